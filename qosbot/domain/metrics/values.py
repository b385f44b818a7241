"""What two polls of a device mean: rates, ratios and probe results, each with what it is worth."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from qosbot.domain.inventory import Direction, ProbeId
from qosbot.domain.samples import FlowDirection


class Reason(StrEnum):
    """Why a value is missing, refused or worth less; words for a person are made elsewhere."""

    STALE = "stale"
    TOO_FEW_PACKETS = "too_few_packets"
    COUNTER_RESET = "counter_reset"
    CLOCK_OUT_OF_SYNC = "clock_out_of_sync"
    RTT_HALVED = "rtt_halved"
    PARTIAL_WALK = "partial_walk"
    PROBE_FAILED = "probe_failed"
    PROBE_IDLE = "probe_idle"
    NO_PROBE = "no_probe"
    """The device has no such operation, or has not answered yet."""
    NOT_MARKED_EF = "not_marked_ef"
    MARKING_UNKNOWN = "marking_unknown"
    MS_RESOLUTION = "ms_resolution"
    UNVERIFIED_SOURCE = "unverified_source"
    RUN_INCOMPLETE = "run_incomplete"
    """The packets accounted for are not those sent: the run was cut short."""
    LOSS_DIRECTION_UNKNOWN = "loss_direction_unknown"
    FIRST_POLL = "first_poll"
    """Nothing earlier to compare with; the next poll has it."""
    NOT_PROVIDED = "not_provided"
    """The agent does not have the value."""
    NO_TRAFFIC = "no_traffic"
    """A ratio of nothing."""
    NO_TIME_PASSED = "no_time_passed"
    REBOOT = "reboot"
    OTHER_ENGINE = "other_engine"
    """Another device answers at the same address."""
    CLOCK_DISAGREES = "clock_disagrees"
    """The agent's uptime and our clock do not agree on how much time passed."""
    IMPLAUSIBLE = "implausible"
    WRAPS_TOO_FAST = "wraps_too_fast"
    """A 32-bit counter may have wrapped more than once between the polls."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A value that was measured, in the unit that its field's name ends in."""

    value: float


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """Nothing was measured; that is neither zero nor a fault."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Invalid:
    """Something was read that must not be used."""

    reason: Reason


Metric = Measured | NotMeasured | Invalid


class Grade(StrEnum):
    """What a measurement may be used for; StrEnum's order makes C the greatest, so `max` is worst.

    A: anything.  B: a proposal that a person decides on.  C: an alert only.
    """

    A = "A"
    B = "B"
    C = "C"


_CAPS: Mapping[Reason, Grade] = MappingProxyType(
    {
        Reason.CLOCK_OUT_OF_SYNC: Grade.B,
        Reason.RTT_HALVED: Grade.B,
        Reason.MARKING_UNKNOWN: Grade.B,
        Reason.MS_RESOLUTION: Grade.B,
        Reason.UNVERIFIED_SOURCE: Grade.B,
        Reason.RUN_INCOMPLETE: Grade.B,
        Reason.LOSS_DIRECTION_UNKNOWN: Grade.B,
    }
)


def grade_of(reasons: Iterable[Reason]) -> Grade:
    """Return the worst grade that any of the reasons allows; A without reasons.

    A reason that is not known to be harmless enough for B allows C only.
    """
    return max((_CAPS.get(reason, Grade.C) for reason in reasons), default=Grade.A)


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceMetrics:
    """The traffic of one interface between two polls."""

    interface: str
    alias: str
    is_up: bool
    speed_bps: float | None
    interval_s: Metric
    """By the agent's own clock."""
    in_rate_bps: Metric
    out_rate_bps: Metric
    in_rate_pps: Metric
    out_rate_pps: Metric
    in_discard_ratio: Metric
    out_discard_ratio: Metric
    """Discarded of all that should have left."""
    out_discard_rate_pps: Metric
    in_error_ratio: Metric
    fcs_error_rate_pps: Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassMetrics:
    """One class of an attached policy between two polls; parents include their children."""

    interface: str
    direction: FlowDirection
    class_path: tuple[str, ...]
    matches: tuple[str, ...]
    is_voice: bool
    is_priority: bool
    is_leaf: bool
    interval_s: Metric
    offered_rate_bps: Metric
    offered_rate_pps: Metric
    drop_rate_bps: Metric
    drop_rate_pps: Metric
    drop_ratio: Metric
    """Dropped packets of offered packets."""
    queue_depth_bytes: Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeDirection:
    """What one run of a probe says of one direction."""

    delay_s: Metric
    """One-way network delay; half the round trip where the reasons say `rtt_halved`."""
    jitter_s: Metric
    """Mean magnitude of the delay change over all pairs of packets: the one to feed a model."""
    jitter_changed_s: Metric
    """The same over the pairs whose delay changed: what the device itself shows."""
    loss_ratio: Metric
    """Lost and late, of the packets that entered this direction."""
    packets: int
    """How many entered this direction; the ratio's sample size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeMetrics:
    """The latest run of a probe.  The same `run_stamp_s` again is the same run again."""

    probe: ProbeId
    tag: str
    target: str
    codec: str | None
    dscp: int | None
    frequency_s: float | None
    run_stamp_s: float | None
    """The agent's uptime at the run; None where it has not run."""
    run_at: datetime | None
    """The same by our clock."""
    is_new_run: bool
    rtt_s: Metric
    forward: ProbeDirection
    backward: ProbeDirection
    agent_mos: float | None
    grade: Grade
    reasons: tuple[Reason, ...]

    def towards(self, direction: Direction) -> ProbeDirection:
        """Return one direction; forward is from the probe's source to its target."""
        return self.forward if direction is Direction.FORWARD else self.backward


class Continuity(StrEnum):
    """What happened to the agent's life between two polls."""

    FIRST = "first"
    SAME = "same"
    WRAPPED = "wrapped"
    """sysUpTime passed 497.1 days; nothing else happened."""
    AGENT_RESTARTED = "agent_restarted"
    """The SNMP agent restarted, the device did not; counters usually go on."""
    REBOOTED = "rebooted"
    OTHER_ENGINE = "other_engine"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceMetrics:
    """Everything that the latest poll of a device says, given the one before."""

    device: str
    taken_at: datetime
    continuity: Continuity
    interfaces: tuple[InterfaceMetrics, ...]
    classes: tuple[ClassMetrics, ...]
    probes: tuple[ProbeMetrics, ...]
    reasons: tuple[Reason, ...] = ()
    """What the whole poll suffers from, such as `partial_walk` or `clock_disagrees`."""
    gaps: tuple[str, ...] = ()
    """What could not be read, in words."""
