"""Rates and ratios of interfaces and classes from the counters of two polls.

A delta is used only within one life of the agent, between rows of the same name and with the
same discontinuity stamp; whatever fails that is `Invalid` with the reason, never zero.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from qosbot.domain.metrics.continuity import Life
from qosbot.domain.metrics.values import (
    ClassMetrics,
    Continuity,
    InterfaceMetrics,
    Invalid,
    Measured,
    Metric,
    NotMeasured,
    Reason,
)
from qosbot.domain.samples import ClassSample, InterfaceSample

_WIDE_BITS = 64
_WRAP = 2**32
_LINE_RATE_MARGIN = 1.1
_SMALLEST_FRAME_BITS = 84 * 8
"""64 octets with preamble and gap on Ethernet: no port carries more frames than that allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """The agent's time between two rows, and what forbids to subtract them."""

    elapsed_s: Metric
    speed_bps: float | None = None
    may_wrap: bool = True
    """False after a restart of the agent: then a counter that went back was reset."""

    def rate(self, delta: Metric, factor: float = 1.0) -> Metric:
        """Return a delta per second, times `factor`."""
        if not isinstance(self.elapsed_s, Measured):
            return self.elapsed_s
        if not isinstance(delta, Measured):
            return delta
        return Measured(factor * delta.value / self.elapsed_s.value)

    def wide(self, earlier: int | None, later: int | None) -> Metric:
        """Return how far a Counter64 moved; it never wraps in the life of a device."""
        if not isinstance(self.elapsed_s, Measured):
            return self.elapsed_s
        if earlier is None or later is None:
            return NotMeasured(Reason.NOT_PROVIDED)
        if later < earlier:
            return Invalid(Reason.COUNTER_RESET)
        if later - earlier > 2**63:  # some agents subtract below zero
            return Invalid(Reason.IMPLAUSIBLE)
        return Measured(float(later - earlier))

    def narrow(self, earlier: int | None, later: int | None, bits_each: float) -> Metric:
        """Return how far a Counter32 of traffic moved, over at most one wrap.

        Args:
            earlier: its value at the earlier poll.
            later: its value at the later poll.
            bits_each: how much of the line one count takes at least, in bits.
        """
        if isinstance(self.elapsed_s, Measured) and self._most(bits_each) >= _WRAP:
            return Invalid(Reason.WRAPS_TOO_FAST)
        return self.rare(earlier, later, bits_each)

    def rare(self, earlier: int | None, later: int | None, bits_each: float) -> Metric:
        """Return how far a Counter32 of exceptions moved; they never come at line rate for long."""
        if not isinstance(self.elapsed_s, Measured):
            return self.elapsed_s
        if earlier is None or later is None:
            return NotMeasured(Reason.NOT_PROVIDED)
        if later >= earlier:
            return Measured(float(later - earlier))
        delta = later - earlier + _WRAP
        is_wrap = self.may_wrap and delta <= min(self._most(bits_each), _WRAP / 2)
        return Measured(float(delta)) if is_wrap else Invalid(Reason.COUNTER_RESET)

    def _most(self, bits_each: float) -> float:
        """Return the counts that fit the line; none where its speed is not known."""
        elapsed_s = self.elapsed_s.value if isinstance(self.elapsed_s, Measured) else 0.0
        return (self.speed_bps or 0.0) * _LINE_RATE_MARGIN * elapsed_s / bits_each


def ratio(part: Metric, whole: Metric) -> Metric:
    """Return `part` of `whole`, in 0..1; a part greater than its whole is implausible."""
    if not isinstance(part, Measured):
        return part
    if not isinstance(whole, Measured):
        return whole
    if part.value > whole.value:
        return Invalid(Reason.IMPLAUSIBLE)
    if whole.value == 0:
        return NotMeasured(Reason.NO_TRAFFIC)
    return Measured(part.value / whole.value)


def _total(*parts: Metric) -> Metric:
    for part in parts:
        if not isinstance(part, Measured):
            return part
    return Measured(sum(part.value for part in parts if isinstance(part, Measured)))


def _went_back(pairs: Iterable[tuple[int | None, int | None]]) -> bool:
    return any(
        earlier is not None and later is not None and later < earlier for earlier, later in pairs
    )


def interface_metrics(
    earlier: InterfaceSample | None, later: InterfaceSample, life: Life
) -> InterfaceMetrics:
    """Return the traffic of an interface since the earlier row of the same name."""
    before = earlier or later
    is_wide = min(before.octets_bits, later.octets_bits) == _WIDE_BITS
    between = Interval(
        elapsed_s=_interface_interval(earlier, later, life),
        speed_bps=later.speed_bps,
        may_wrap=life.continuity is not Continuity.AGENT_RESTARTED,
    )

    def traffic(old: int | None, new: int | None, bits_each: float) -> Metric:
        return between.wide(old, new) if is_wide else between.narrow(old, new, bits_each)

    def few(old: int | None, new: int | None) -> Metric:
        return between.rare(old, new, bits_each=_SMALLEST_FRAME_BITS)

    in_octets = traffic(before.in_octets, later.in_octets, bits_each=8)
    out_octets = traffic(before.out_octets, later.out_octets, bits_each=8)
    in_packets = traffic(before.in_packets, later.in_packets, _SMALLEST_FRAME_BITS)
    out_packets = traffic(before.out_packets, later.out_packets, _SMALLEST_FRAME_BITS)
    in_discards = few(before.in_discards, later.in_discards)
    out_discards = few(before.out_discards, later.out_discards)
    in_errors = few(before.in_errors, later.in_errors)
    return InterfaceMetrics(
        interface=later.interface,
        alias=later.alias,
        is_up=later.is_up,
        speed_bps=later.speed_bps,
        interval_s=between.elapsed_s,
        in_rate_bps=between.rate(in_octets, 8),
        out_rate_bps=between.rate(out_octets, 8),
        in_rate_pps=between.rate(in_packets),
        out_rate_pps=between.rate(out_packets),
        in_discard_ratio=ratio(in_discards, _total(in_discards, in_packets)),
        out_discard_ratio=ratio(out_discards, _total(out_discards, out_packets)),
        out_discard_rate_pps=between.rate(out_discards),
        in_error_ratio=ratio(in_errors, _total(in_errors, in_packets)),
        fcs_error_rate_pps=between.rate(few(before.fcs_errors, later.fcs_errors)),
    )


def _interface_interval(
    earlier: InterfaceSample | None, later: InterfaceSample, life: Life
) -> Metric:
    if earlier is None:
        return NotMeasured(Reason.FIRST_POLL)
    elapsed_s = life.elapsed_s(earlier.uptime_s, later.uptime_s)
    if not isinstance(elapsed_s, Measured):  # a reboot says more than the counters it reset
        return elapsed_s
    if earlier.discontinuity_ticks != later.discontinuity_ticks:
        return Invalid(Reason.COUNTER_RESET)
    is_wide = min(earlier.octets_bits, later.octets_bits) == _WIDE_BITS
    if is_wide and _went_back(
        [
            (earlier.in_octets, later.in_octets),
            (earlier.out_octets, later.out_octets),
            (earlier.in_packets, later.in_packets),
            (earlier.out_packets, later.out_packets),
        ]
    ):
        return Invalid(Reason.COUNTER_RESET)
    return elapsed_s


def class_metrics(earlier: ClassSample | None, later: ClassSample, life: Life) -> ClassMetrics:
    """Return the traffic of a class since the earlier row of the same place and path."""
    before = earlier or later
    between = Interval(elapsed_s=_class_interval(earlier, later, life))
    offered = between.wide(before.pre_policy_packets, later.pre_policy_packets)
    offered_bytes = between.wide(before.pre_policy_bytes, later.pre_policy_bytes)
    drops = between.wide(before.drop_packets, later.drop_packets)
    drop_bytes = between.wide(before.drop_bytes, later.drop_bytes)
    return ClassMetrics(
        interface=later.interface,
        direction=later.direction,
        class_path=later.class_path,
        matches=later.matches,
        is_voice=later.is_voice,
        is_priority=later.is_priority,
        is_leaf=later.is_leaf,
        interval_s=between.elapsed_s,
        offered_rate_bps=between.rate(offered_bytes, 8),
        offered_rate_pps=between.rate(offered),
        drop_rate_bps=between.rate(drop_bytes, 8),
        drop_rate_pps=between.rate(drops),
        drop_ratio=ratio(drops, offered),
        queue_depth_bytes=(
            NotMeasured(Reason.NOT_PROVIDED)
            if later.queue_depth_bytes is None
            else Measured(float(later.queue_depth_bytes))
        ),
    )


def _class_interval(earlier: ClassSample | None, later: ClassSample, life: Life) -> Metric:
    if earlier is None:
        return NotMeasured(Reason.FIRST_POLL)
    elapsed_s = life.elapsed_s(earlier.uptime_s, later.uptime_s)
    if not isinstance(elapsed_s, Measured):
        return elapsed_s
    # Editing or re-attaching a policy starts all its counters anew; one that went back proves it.
    if earlier.discontinuity_ticks != later.discontinuity_ticks or _went_back(
        [
            (earlier.pre_policy_packets, later.pre_policy_packets),
            (earlier.pre_policy_bytes, later.pre_policy_bytes),
            (earlier.post_policy_bytes, later.post_policy_bytes),
            (earlier.drop_packets, later.drop_packets),
            (earlier.drop_bytes, later.drop_bytes),
        ]
    ):
        return Invalid(Reason.COUNTER_RESET)
    return elapsed_s
