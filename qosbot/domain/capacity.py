"""How much voice a link has to carry, and how much of it strict priority may take.

Rates come in two counts.  *Counted* is what class counters, `priority`, shapers and policers count:
the layer 2 header without its check sequence.  *On the line* has the check sequence too; that is
what a carrier and IF-MIB see.  The two differ by some percent and are never compared.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from qosbot.domain.codecs import CODECS, IP_UDP_RTP_BYTES
from qosbot.domain.inventory import (
    Direction,
    Inventory,
    Layer2,
    Limits,
    Link,
    LinkId,
    ProbeId,
    VoicePath,
)
from qosbot.domain.metrics import ProbeMetrics
from qosbot.domain.policies import QosPolicy
from qosbot.domain.samples import FlowDirection

COUNTED_BYTES: Mapping[Layer2, int] = MappingProxyType(
    {Layer2.ETHERNET: 14, Layer2.DOT1Q: 18, Layer2.HDLC: 4, Layer2.PPP: 4, Layer2.MLPPP: 6}
)
"""Layer 2 bytes of a packet in class counters: 85.6 kbit/s for a call of G.711 on Ethernet."""

LINE_BYTES: Mapping[Layer2, int] = MappingProxyType(
    {Layer2.ETHERNET: 18, Layer2.DOT1Q: 22, Layer2.HDLC: 7, Layer2.PPP: 7, Layer2.MLPPP: 7}
)
"""The same with the check sequence, and the flag of serial lines: 87.2 kbit/s for such a call."""

HEADROOM = 1.05
"""What a class gets beyond its expected voice, since packets come in bursts."""

_PLAIN_PROBE_BYTES = 32
"""The payload of a udp-jitter packet without a codec, RTP's header not counted apart."""
_USUAL_PERIOD_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EfLoad:
    """The EF that a link is expected to carry in one direction, in the busy hour."""

    calls: int
    calls_counted_bps: float
    calls_line_bps: float
    probes_counted_bps: float
    """The mean over a period of each probe."""
    probes_running_bps: float = 0.0
    """What the probes take while all of them run: a probe of a codec is a call then."""

    @property
    def counted_bps(self) -> float:
        """Return what a class counter shows when all is as expected."""
        return self.calls_counted_bps + self.probes_counted_bps

    @property
    def need_bps(self) -> float:
        """Return the strict priority that this needs, counted, headroom included.

        A class of the mean of calls and probes would lose voice whenever a probe runs.
        """
        probes_bps = max(self.probes_running_bps, self.probes_counted_bps)
        return (self.calls_counted_bps + probes_bps) * HEADROOM

    def times(self, ratio: float) -> "EfLoad":
        """Return a load of as many calls, each so many times as large."""
        return replace(
            self,
            calls_counted_bps=ratio * self.calls_counted_bps,
            calls_line_bps=ratio * self.calls_line_bps,
            probes_counted_bps=ratio * self.probes_counted_bps,
            probes_running_bps=ratio * self.probes_running_bps,
        )

    def counted_of_line(self, line_bps: float) -> float:
        """Return what is counted of voice that takes `line_bps` on the line."""
        if not self.calls_line_bps:
            return line_bps
        return line_bps * self.calls_counted_bps / self.calls_line_bps


def expected_ef(
    inventory: Inventory,
    link: Link,
    flow: FlowDirection,
    probes: Mapping[ProbeId, ProbeMetrics],
    *,
    codecs: Mapping[str, str] = MappingProxyType({}),
) -> EfLoad:
    """Return the EF expected on a link: the sum over all its paths, and their probes.

    Args:
        inventory: the paths.
        link: the link.
        flow: out for what leaves by it, in for what arrives on it.
        probes: the newest run of each probe; one that has none counts as nothing.
        codecs: path to another codec than the path has, for what a change of codec would do.
    """
    calls, counted_bps, line_bps, probes_bps, running_bps = 0, 0.0, 0.0, 0.0, 0.0
    for path, direction in crossings(inventory, link.id, flow):
        codec = CODECS[codecs.get(path.name, path.codec)]
        calls += path.busy_hour_calls
        for_one = codec.per_call_bps
        counted_bps += path.busy_hour_calls * for_one(
            path.packet_time_s, COUNTED_BYTES[link.layer2]
        )
        line_bps += path.busy_hour_calls * for_one(path.packet_time_s, LINE_BYTES[link.layer2])
        run = probes.get(path.probe)
        if run is not None:
            bits, mean_pps = _probe_bits(run, path, link.layer2), probe_pps(run, direction)
            probes_bps += mean_pps * bits
            running_bps += (1 / path.packet_time_s if run.codec else mean_pps) * bits
    return EfLoad(
        calls=calls,
        calls_counted_bps=counted_bps,
        calls_line_bps=line_bps,
        probes_counted_bps=probes_bps,
        probes_running_bps=running_bps,
    )


def crossings(
    inventory: Inventory, link: LinkId, flow: FlowDirection
) -> Iterator[tuple[VoicePath, Direction]]:
    """Yield each path with each direction of it that crosses a link that way.

    A link that is one of several alternatives is crossed: a failover makes it so.
    """
    for path in inventory.paths.values():
        for direction in Direction:
            route = path.route(direction)
            hops = route.egress if flow is FlowDirection.OUT else (route.ingress,)
            if any(link in hop.any_of for hop in hops):
                yield path, direction


def probe_pps(run: ProbeMetrics, direction: Direction) -> float:
    """Return the packets per second of a probe in one direction, as a mean over its period."""
    return run.towards(direction).packets / (run.frequency_s or _USUAL_PERIOD_S)


def _probe_bits(run: ProbeMetrics, path: VoicePath, layer2: Layer2) -> float:
    payload = _PLAIN_PROBE_BYTES
    if run.codec:
        # An operation with a codec imitates it, whatever law or annex its name ends in.
        key = next((key for key in CODECS if run.codec.startswith(key)), path.codec)
        payload = CODECS[key].payload_bytes(path.packet_time_s)
    return (payload + IP_UDP_RTP_BYTES + COUNTED_BYTES[layer2]) * 8


def reference_bps(
    policy: QosPolicy, interface: str, class_path: tuple[str, ...], speed_bps: float
) -> float:
    """Return the rate that shares of a class are shares of.

    The nearest shaper above the class; else the interface's configured bandwidth; else the
    negotiated speed.

    Args:
        policy: the device's QoS configuration.
        interface: where the policy is attached.
        class_path: policy, class, policy, class ... to the class; empty for the interface.
        speed_bps: the negotiated speed.
    """
    configured = policy.interfaces.get(interface)
    reference = (configured.bandwidth_bps if configured else None) or speed_bps
    ancestors = class_path[:-2]
    for name, class_name in zip(ancestors[::2], ancestors[1::2], strict=False):
        held = policy.policy_maps.get(name)
        above = held.find(class_name) if held else None
        if above is not None and above.shape is not None:
            reference = above.shape.of(reference)
    return reference


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityLimit:
    """The most that strict priority may take on a link, counted; no approval lifts it."""

    share_bps: float
    contract_bps: float | None
    """The carrier's EF contract in this count; None where it is not known."""

    @property
    def bps(self) -> float:
        """Return the least of the limits that are known."""
        return (
            self.share_bps if self.contract_bps is None else min(self.share_bps, self.contract_bps)
        )


def priority_limit(
    link: Link, load: EfLoad, reference: float, share: float = Limits().priority_share
) -> PriorityLimit:
    """Return the most that strict priority may take.

    The share is of the reference rate or of the circuit, whichever is less: a port may be
    faster than what was bought.  The contract is the carrier's count, so it is converted.
    """
    contract = link.ef_contract_bps
    return PriorityLimit(
        share_bps=share * min(reference, link.rate_out_bps),
        contract_bps=None if contract is None else load.counted_of_line(contract),
    )
