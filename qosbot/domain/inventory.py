"""The network as its owners describe it: devices, links, voice paths and what may be done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Secret:
    """A text that shows itself to nobody who does not ask for it by name."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text; only an adapter that must send it calls this."""
        return self._text

    def __repr__(self) -> str:
        """Return a mask."""
        return "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        """Return whether both hold the same text."""
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        """Return the hash of the text."""
        return hash(self._text)

    def __reduce__(self) -> str:
        """Refuse to be pickled: a pickle is clear text on a disk or a wire."""
        raise TypeError("a Secret cannot be pickled")


@dataclass(frozen=True, slots=True, kw_only=True)
class SnmpV2c:
    """Access by community."""

    community: Secret


class AuthProtocol(StrEnum):
    """How SNMPv3 messages are signed (RFC 3414, RFC 7860)."""

    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"


class PrivProtocol(StrEnum):
    """How SNMPv3 messages are enciphered (RFC 3414, RFC 3826)."""

    DES = "des"
    AES128 = "aes128"


@dataclass(frozen=True, slots=True, kw_only=True)
class SnmpV3:
    """Access by user; without keys it is neither signed nor enciphered."""

    user: str
    auth: AuthProtocol | None = None
    auth_key: Secret | None = None
    priv: PrivProtocol | None = None
    priv_key: Secret | None = None

    def __post_init__(self) -> None:
        """Reject a protocol without its key and privacy without authentication."""
        if (self.auth is None) != (self.auth_key is None):
            raise ValueError("SNMPv3 authentication needs both a protocol and a key")
        if (self.priv is None) != (self.priv_key is None):
            raise ValueError("SNMPv3 privacy needs both a protocol and a key")
        if self.priv is not None and self.auth is None:
            raise ValueError("SNMPv3 privacy needs authentication")


SnmpAccess = SnmpV2c | SnmpV3


@dataclass(frozen=True, slots=True, kw_only=True)
class SshAccess:
    """How a device is configured; port and credentials, never a key that is not checked."""

    address: str
    port: int = 22
    username: str
    password: Secret
    known_hosts: str | None = None
    """A file of host keys; None: the one of the user who runs qosbot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A router or switch, how it is reached and what it speaks."""

    name: str
    platform: str
    """netmiko's name, for example `cisco_ios`."""
    site: str
    address: str
    snmp_port: int = 161
    snmp: SnmpAccess
    ssh: SshAccess | None = None


class Layer2(StrEnum):
    """The framing of a link, which decides how large a voice packet is on it."""

    ETHERNET = "ethernet"
    DOT1Q = "dot1q"
    HDLC = "hdlc"
    PPP = "ppp"
    MLPPP = "mlppp"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class LinkId:
    """A link is known by the device and the interface that it leaves from."""

    device: str
    interface: str

    def __str__(self) -> str:
        """Return `device interface`, as it is written in paths.yaml."""
        return f"{self.device} {self.interface}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One circuit at one device; rates belong here and not to the paths that share it."""

    id: LinkId
    layer2: Layer2
    rate_out_bps: float
    rate_in_bps: float
    ef_contract_bps: float | None
    """What the carrier carries as EF; None where the contract is not known."""
    circuit: str
    role: str | None = None
    """As in `branch-wan`; links of one role are meant to carry one policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One step of a path; more than one link where routing may choose."""

    any_of: tuple[LinkId, ...]

    def __post_init__(self) -> None:
        """Reject a hop that leads nowhere."""
        if not self.any_of:
            raise ValueError("a hop needs at least one link")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One direction of a path: the links that it leaves by, then the link that it arrives on."""

    egress: tuple[Hop, ...]
    ingress: Hop


class Direction(StrEnum):
    """Which way the voice flows; forward is from the probe's source to its destination."""

    FORWARD = "forward"
    BACKWARD = "backward"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ProbeId:
    """An IP SLA operation: the device that sends it and its number there."""

    device: str
    operation: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """When to raise and when to clear; clear must be the harder score to reach."""

    raise_below: float = 3.5
    clear_above: float = 3.7
    hold_runs: int = 3

    def __post_init__(self) -> None:
        """Reject thresholds that would flap."""
        if self.clear_above <= self.raise_below:
            raise ValueError(
                f"clear_above {self.clear_above} must exceed raise_below {self.raise_below}"
            )
        if self.hold_runs < 1:
            raise ValueError(f"hold_runs {self.hold_runs} must be at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicePath:
    """Where calls flow between two sites, and how they are measured."""

    name: str
    forward: Route
    backward: Route
    probe: ProbeId
    codec: str
    """A key of `codecs.CODECS`."""
    packet_time_s: float
    jitter_buffer_s: float
    """The nominal delay of the receivers' jitter buffers."""
    busy_hour_calls: int
    thresholds: Thresholds = field(default_factory=Thresholds)

    def route(self, direction: Direction) -> Route:
        """Return the links of one direction."""
        return self.forward if direction is Direction.FORWARD else self.backward


class Mode(StrEnum):
    """What may be done without a person."""

    OBSERVE = "observe"
    PROPOSE = "propose"
    AUTO = "auto"


class Risk(StrEnum):
    """The tier of a change; approvers and modes are given per tier."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """When changes may start: weekdays (Monday is 0) and local times of day."""

    days: frozenset[int]
    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much may be done in a day, however good the reasons."""

    changes_per_site_per_day: int = 2
    cool_down_s: float = 3600.0
    priority_share: float = 0.33
    """Of the right reference rate; a larger strict-priority queue starves the rest."""
    proposal_expiry_s: float = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedFinding:
    """A finding of the audit that somebody lives with, and why."""

    id: str
    """Twelve hex digits, as the audit shows it."""
    owner: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What may be done, by whom and when.  A first install observes."""

    mode: Mapping[Risk, Mode]
    approvers: Mapping[Risk, tuple[str, ...]]
    windows: tuple[Window, ...]
    """Empty: at any time."""
    time_zone: str
    limits: Limits
    quorum: Mapping[Risk, int] = field(default_factory=dict)
    """How many distinct people must approve; one where nothing is said."""
    accepted: tuple[AcceptedFinding, ...] = ()
    is_readable: bool = True
    """False: what is permitted is not known at the moment, so nothing is, and nothing ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """Everything that the files say, checked as a whole."""

    devices: Mapping[str, Device]
    links: Mapping[LinkId, Link]
    paths: Mapping[str, VoicePath]
    policy: Policy

    def calls_out(self, link: LinkId) -> int:
        """Return the expected busy-hour calls that leave by a link, over all its paths.

        Where a hop has alternatives each must carry all of it: that is what a failover does.
        """
        return self._calls(lambda route: any(link in hop.any_of for hop in route.egress))

    def calls_in(self, link: LinkId) -> int:
        """Return the expected busy-hour calls that arrive on a link, over all its paths."""
        return self._calls(lambda route: link in route.ingress.any_of)

    def _calls(self, uses: Callable[[Route], bool]) -> int:
        return sum(
            path.busy_hour_calls
            for path in self.paths.values()
            for route in (path.forward, path.backward)
            if uses(route)
        )
