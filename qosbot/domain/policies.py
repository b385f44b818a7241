"""A device's QoS configuration as values, whatever vendor's words it was written in.

Nothing here is guessed: what a platform could not read is listed in `not_understood`, and a
reference to something that is not defined resolves to None.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from qosbot.domain.samples import FlowDirection

EF = 46


@dataclass(frozen=True, slots=True, kw_only=True)
class DscpMatch:
    """Packets with one of these DSCP values; one statement is an OR over its values."""

    values: frozenset[int]
    ipv4_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AclMatch:
    """Packets that an access list permits."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassMatch:
    """Packets that another classifier matches."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyMatch:
    """Every packet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CosMatch:
    """Frames with one of these 802.1p priorities."""

    values: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class QosGroupMatch:
    """Packets that were put into one of these groups on their way in."""

    values: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class RtpPortMatch:
    """UDP packets to an even port in this range, both ends included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolMatch:
    """Packets of an application that the device recognises by looking into them."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherMatch:
    """A match that is known to be one, and not analysed further."""

    text: str


Match = (
    DscpMatch
    | AclMatch
    | ClassMatch
    | AnyMatch
    | CosMatch
    | QosGroupMatch
    | RtpPortMatch
    | ProtocolMatch
    | OtherMatch
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassMap:
    """A named classifier."""

    name: str
    match_all: bool
    matches: tuple[Match, ...]
    negated: tuple[Match, ...] = ()
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Reckon the hash once: what is judged of a class is kept by its value."""
        of_all = (self.name, self.match_all, self.matches, self.negated)
        object.__setattr__(self, "_hash", hash(of_all))

    def __hash__(self) -> int:
        """Return the hash of all that it says."""
        return self._hash

    @property
    def dscp_values(self) -> frozenset[int] | None:
        """Return the DSCP values that can satisfy it; None where other matches decide too.

        An empty set is a class that nothing can ever be in.
        """
        if self.negated or not all(isinstance(match, DscpMatch) for match in self.matches):
            return None
        sets = [match.values for match in self.matches if isinstance(match, DscpMatch)]
        if not sets:
            return frozenset()
        return frozenset.intersection(*sets) if self.match_all else frozenset.union(*sets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A rate given as such or as a share of the reference rate; exactly one of the two."""

    bps: float | None = None
    ratio: float | None = None

    def __post_init__(self) -> None:
        """Reject both and neither."""
        if (self.bps is None) == (self.ratio is None):
            raise ValueError("a share is either a rate or a ratio")

    def of(self, reference_bps: float) -> float:
        """Return the rate in bit/s."""
        return self.bps if self.bps is not None else (self.ratio or 0.0) * reference_bps


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyClass:
    """What a policy does to one class."""

    name: str
    priority: Share | None = None
    is_priority: bool = False
    """True also for a priority without a bound."""
    bandwidth: Share | None = None
    bandwidth_remaining_ratio: float | None = None
    shape: Share | None = None
    police: Share | None = None
    set_dscp: int | None = None
    child: str | None = None
    """The nested policy's name."""
    queue_limit_packets: int | None = None
    has_fair_queue: bool = False
    has_random_detect: bool = False
    priority_level: int | None = None
    has_police: bool = False
    """True also for a policer whose rate is in packets."""
    police_burst_bytes: float | None = None
    police_burst_s: float | None = None
    """The same, where it is given as a time."""
    police_actions: tuple[tuple[str, str], ...] = ()
    """`conform`, `exceed` or `violate`, each with what is done then."""
    shape_burst_bits: float | None = None
    """What may be sent in one interval; None: the platform chooses."""
    bandwidth_remaining_weight: int | None = None
    """Among its sisters, of what is left; not a share of a rate."""
    queue_limit_s: float | None = None
    queue_limit_bytes: int | None = None
    set_values: tuple[tuple[str, str], ...] = ()
    """Each field that is written and its value, in the device's words; DSCP among them."""
    other: tuple[str, ...] = ()
    """Lines that the fields above do not say in full: bursts, policer actions, units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyMap:
    """Classes in the order in which they are tried; the first that matches has the packet."""

    name: str
    classes: tuple[PolicyClass, ...]
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Reckon the hash once: what is judged of a policy is kept by its value.

        Of its name alone it would be the same all over a network, whatever the rates.
        """
        object.__setattr__(self, "_hash", hash((self.name, self.classes)))

    def __hash__(self) -> int:
        """Return the hash of all that it says."""
        return self._hash

    def find(self, class_name: str) -> PolicyClass | None:
        """Return a class of this policy by name."""
        return next((one for one in self.classes if one.name == class_name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A policy at work on an interface."""

    interface: str
    direction: FlowDirection
    policy: str


class InterfaceConfig(NamedTuple):
    """What an interface's configuration says that matters to QoS."""

    # A tuple, as a call leg is: an audit makes thousands, several times as fast as a dataclass.
    name: str
    description: str = ""
    bandwidth_bps: float | None = None
    """What the configuration says, which is what shares are shares of; None: the port's rate."""
    reservable_ratio: float = 0.75
    """Of the bandwidth; what its classes may reserve together."""
    is_shutdown: bool = False
    is_tunnel: bool = False
    has_crypto: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CodecClass:
    """A list of codecs in the order in which they are preferred; slot number to codec."""

    tag: int
    preferences: tuple[tuple[int, str], ...]


class DialPeer(NamedTuple):
    """A call leg's configuration."""

    tag: int
    codec_class: int | None = None
    codec: str | None = None
    offers_all_codecs: bool = False
    session_target: str = ""
    destination_pattern: str = ""
    is_voip: bool = True
    """False for a leg to a telephone line."""
    is_shutdown: bool = False
    max_calls: int | None = None
    media_dscp: int | None = None
    signaling_dscp: int | None = None
    is_protected: bool = False
    """Fax, modem or emergency: its codec is never touched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QosPolicy:
    """All of it, for one device."""

    class_maps: Mapping[str, ClassMap]
    policy_maps: Mapping[str, PolicyMap]
    attachments: tuple[Attachment, ...]
    interfaces: Mapping[str, InterfaceConfig]
    access_lists: Mapping[str, tuple[str, ...]]
    codec_classes: Mapping[int, CodecClass]
    dial_peers: Mapping[int, DialPeer]
    has_archive: bool
    not_understood: tuple[str, ...] = ()

    def attached(self, interface: str, direction: FlowDirection) -> PolicyMap | None:
        """Return the policy that is at work there; None also where its name is not defined."""
        for one in self.attachments:
            if one.interface == interface and one.direction is direction:
                return self.policy_maps.get(one.policy)
        return None

    def classes_under(self, policy: PolicyMap) -> Iterator[tuple[tuple[str, ...], PolicyClass]]:
        """Yield each class with its class path, parents before children."""
        yield from self._classes(policy, (policy.name,), frozenset({policy.name}))

    def _classes(
        self, policy: PolicyMap, path: tuple[str, ...], seen: frozenset[str]
    ) -> Iterator[tuple[tuple[str, ...], PolicyClass]]:
        for one in policy.classes:
            yield (*path, one.name), one
            child = self.policy_maps.get(one.child) if one.child else None
            if child is not None and child.name not in seen:
                yield from self._classes(child, (*path, one.name, child.name), seen | {child.name})
