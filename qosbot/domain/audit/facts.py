"""What a configuration says that rules judge: QoS as it is at work, ports, voice and probes.

It is what stands there and no more: nothing is judged here, and what is absent is None or empty.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from qosbot.domain.audit.context import AuditContext
from qosbot.domain.policies import PolicyMap, QosPolicy
from qosbot.domain.samples import FlowDirection


class InterfaceFacts(NamedTuple):
    """What an interface's configuration says; what `QosPolicy.interfaces` has is not repeated."""

    # A tuple: a night makes thousands, and with so many fields a frozen dataclass takes five times
    # as long.
    name: str
    speed_bps: float | None = None
    """As configured; None: negotiated, or the port's own."""
    port_bps: float | None = None
    """The most that a port of this kind can do; None where its name does not tell."""
    duplex: str = ""
    """`full`, `half`, `auto`; empty where nothing is said."""
    mtu_bytes: int | None = None
    has_ipv4: bool = False
    has_ipv6: bool = False
    tunnel_mode: str = ""
    tunnel_source: str = ""
    has_qos_pre_classify: bool = False
    encapsulation: str = ""
    tx_ring_limit: int | None = None
    reserved_ratio: float | None = None
    """`max-reserved-bandwidth`, where it is said."""
    fragment_delay_s: float | None = None
    """Of link fragmentation on a multilink bundle; 0 where it is on and the default delay holds."""
    fragment_bytes: int | None = None
    """Of frame-relay fragmentation, also where the port's map-class says it."""
    pvc_bps: float | None = None
    """What its one ATM circuit may send in the long run; None also where it has several."""
    pvc_burst_cells: int | None = None
    multilink_group: str = ""
    """The bundle that it is part of; a bundle says its own number."""
    has_interleave: bool = False
    has_rtp_compression: bool = False
    is_switchport: bool = False
    switchport_mode: str = ""
    access_vlan: int | None = None
    voice_vlan: str | None = None
    trusts: tuple[str, ...] = ()
    """`dscp`, `cos`, `device cisco-phone` ...; what a port says it believes."""
    auto_qos: tuple[str, ...] = ()
    """The words after `auto qos`."""
    has_nbar: bool = False
    has_priority_queue: bool = False
    """Of a switch port."""
    zone: str = ""
    unjudged: tuple[str, ...] = ()
    """Lines of QoS that are known for what they are, and that no rule judges."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A policy at work, wherever it was put."""

    holder: str
    """The section, as in `interface GigabitEthernet0/1` or `map-class frame-relay X`."""
    via: str = ""
    """What stands between, as in `pvc 0/32` or `service instance 1 ethernet`."""
    interface: str | None
    direction: FlowDirection
    policy: str

    @property
    def where(self) -> str:
        """Return the place, outside in."""
        return f"{self.holder} > {self.via}" if self.via else self.holder


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPolicy:
    """A policy of another kind than interface queueing; it is never judged as QoS."""

    kind: str
    """`inspect`, `control-plane`, `pbr` ..."""
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeOperation:
    """A probe as it is configured."""

    number: int
    kind: str
    """`udp-jitter`, `icmp-echo` ...; empty where none is said."""
    target: str = ""
    codec: str | None = None
    tos: int | None = None
    frequency_s: float | None = None
    packets: int | None = None
    interval_s: float | None = None
    vrf: str = ""
    tag: str = ""
    is_scheduled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLimit:
    """At how much voice the device takes no more calls; one of the two figures is None."""

    line: str
    interface: str | None
    """None: the whole device."""
    calls: int | None = None
    bps: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the device as a whole is told."""

    is_whole: bool = False
    """The text is a configuration and not a part of one: it names the device or its release."""
    unsaved: tuple[str, ...] | None = None
    """The lines that say it was changed after it was saved; empty: it was not; None: not said."""
    version: tuple[int, ...] = ()
    """Of its software, as in (12, 4); empty where nothing says it."""
    has_switch_qos: bool | None = None
    """`mls qos`; None where nothing is said, which is "off" on switches that know the words."""
    switch_qos_line: str = "mls qos"
    """As this switch says it: a Catalyst 4500 says `qos`."""
    keeps_ip_marks: bool = False
    """`no mls qos rewrite ip dscp`, or queues alone: what is not trusted keeps its mark."""
    has_archive_path: bool = False
    has_log_timestamps: bool = False
    """Its log says the time of day; time since the last start does not count."""
    ntp_servers: tuple[str, ...] = ()
    has_responder: bool = False
    """It answers probes."""
    call_limits: tuple[CallLimit, ...] = ()
    probes: Mapping[int, ProbeOperation] = field(default_factory=dict)
    tracked: tuple[int, ...] = ()
    """Probes that some `track` watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What devices of a platform do when nothing is said."""

    may_be_switch_qos: bool
    """It may be a switch on which `mls qos` rewrites what is not trusted."""
    may_lack_hqf: bool
    """It may reserve 75 % at most, and shape in intervals of 125 ms or so."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AuditFacts:
    """One device, read; told apart by identity, so that what follows from it can be kept."""

    device: str
    platform: str
    traits: Traits
    policy: QosPolicy
    interfaces: Mapping[str, InterfaceFacts]
    attached: tuple[Attached, ...]
    addresses: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    """An interface's own addresses of IPv4, each with its mask, as they stand."""
    other_policies: tuple[OtherPolicy, ...] = ()
    ipv6_lists: frozenset[str] = frozenset()
    """Access lists of IPv6 among `policy.access_lists`."""
    table_maps: frozenset[str] = frozenset()
    map_classes: frozenset[str] = frozenset()
    """Of frame-relay."""
    channels: Mapping[str, float] = field(default_factory=dict)
    """Interfaces that are timeslots of a T1 or E1, to their rates in bit/s."""
    services: Services = field(default_factory=Services)
    context: AuditContext | None = None
    """None: there is no inventory, and what needs one is not judged."""
    sections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Header as printed, blanks collapsed, to the lines below it."""
    class_heads: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Name of a class to the headers that it is defined under."""
    not_understood: tuple[str, ...] = ()

    def quote(self, header: str, *begins: str, within: str = "") -> tuple[str, ...]:
        """Return a section's header and those of its lines that begin with one of these words.

        Args:
            header: as in `policy-map WAN`.
            begins: none: the header alone.
            within: a line of the section, as in `class VOICE`; its own lines are meant.
        """
        try:
            lines = self.sections[header]
        except KeyError:
            return ()
        head: tuple[str, ...] = (header,)
        if within:
            if within not in lines:
                return head
            after = lines[lines.index(within) + 1 :]
            stop = next((i for i, one in enumerate(after) if one.startswith("class ")), len(after))
            head, lines = (header, within), after[:stop]
        return head + tuple([line for line in lines if line.startswith(begins)]) if begins else head

    def quote_class(self, name: str) -> tuple[str, ...]:
        """Return a class-map's header and its lines."""
        for head in self.class_heads.get(name, ()):
            return (head, *self.sections.get(head, ()))
        return ()

    def at_work(self, direction: FlowDirection) -> tuple[tuple[Attached, PolicyMap], ...]:
        """Return attached policies that are defined, in the order of the configuration.

        What is on an interface that is shut down is not at work.
        """
        return _at_work(self, direction)

    def is_shutdown(self, interface: str | None) -> bool:
        """Return whether an interface, or the port that it is part of, is shut down."""
        off = _shut_down(self)
        if interface is None or not off:
            return False
        return interface in off or interface.partition(".")[0] in off

    def ports_up(self) -> tuple[InterfaceFacts, ...]:
        """Return what interfaces say, in their order, but for those that are shut down."""
        return _ports_up(self)

    def interface_lines(self, name: str) -> tuple[str, ...]:
        """Return the header of an interface and all lines below it, as they stand."""
        for kind in ("", " point-to-point", " multipoint"):
            head = f"interface {name}{kind}"
            try:
                return (head, *self.sections[head])
            except KeyError:
                continue
        return (f"interface {name}",)


@lru_cache(maxsize=2)
def _shut_down(facts: AuditFacts) -> frozenset[str]:
    return frozenset(one.name for one in facts.policy.interfaces.values() if one.is_shutdown)


@lru_cache(maxsize=2)
def _ports_up(facts: AuditFacts) -> tuple[InterfaceFacts, ...]:
    return tuple([one for one in facts.interfaces.values() if not facts.is_shutdown(one.name)])


@lru_cache(maxsize=4)
def _at_work(facts: AuditFacts, direction: FlowDirection) -> tuple[tuple[Attached, PolicyMap], ...]:
    defined = facts.policy.policy_maps
    return tuple(
        [
            (one, defined[one.policy])
            for one in facts.attached
            if one.direction is direction and one.policy in defined
            if not facts.is_shutdown(one.interface)
        ]
    )
