"""What the latest run of an IP SLA udp-jitter operation says, per direction, and what it is worth.

Loss is counted, never taken from an agent's percentage; an agent's zero for "not computed" is
never a measurement.  Forward is source to destination (SD).
"""

from dataclasses import dataclass, field
from datetime import timedelta

from qosbot.domain.inventory import ProbeId
from qosbot.domain.metrics.continuity import UPTIME_WRAP_S, Life
from qosbot.domain.metrics.values import (
    Continuity,
    Invalid,
    Measured,
    Metric,
    NotMeasured,
    ProbeDirection,
    ProbeMetrics,
    Reason,
    grade_of,
)
from qosbot.domain.samples import DeviceSample, ProbeSample

EF = 46
ENOUGH_PACKETS = 100
"""Fewer give loss in steps of more than one percent."""
VALID_SENSES = frozenset({1, 3})
"""ok and overThreshold; the latter crossed a configured limit and is as good a measurement."""

_UNUSABLE = frozenset({Reason.PROBE_FAILED, Reason.NOT_PROVIDED})
_FINE_RESOLUTION_S = 1e-6
_STAMP_SLACK_S = 1.0
_STALE_AFTER_RUNS = 3
_ACCOUNTED_RATIO = 0.98
_ONE_WAY_SHARE = 0.5
_ONE_WAY_TOLERANCE_RATIO = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loss:
    """Packets per direction and how many of them were lost."""

    sent: int
    forward: int
    backward: int
    reasons: tuple[Reason, ...] = ()

    @property
    def arrived(self) -> int:
        """Return how many turned around at the destination."""
        return self.sent - self.forward


@dataclass(slots=True)
class _Reasons:
    """The reasons found so far, each once and in the order found."""

    found: list[Reason] = field(default_factory=list)

    def add(self, *reasons: Reason) -> None:
        self.found.extend(reason for reason in reasons if reason not in self.found)


def probe_metrics(
    earlier: ProbeSample | None, later: ProbeSample, sample: DeviceSample, life: Life
) -> ProbeMetrics:
    """Return what the latest run says; a run that failed or is too old measures nothing.

    Args:
        earlier: the same operation at the poll before, if it was there.
        later: the operation now.
        sample: the poll that `later` is part of.
        life: what lies between the two polls.

    Source: CISCO-RTTMON-MIB; ITU-T G.107 wants mean values per direction.
    """
    age_s = _age_s(later)
    reasons = _Reasons()
    reasons.add(*_run_reasons(later, age_s), *_setup_reasons(later))
    loss = _losses(later)
    blocked = next((reason for reason in reasons.found if reason in _UNUSABLE), None)
    if blocked is None and loss is not None and loss.sent:
        reasons.add(*loss.reasons)
        rtt_s, forward, backward = _measured(later, loss, reasons)
    else:
        if blocked is None:
            blocked = Reason.NOT_PROVIDED if loss is None else Reason.PROBE_FAILED
            reasons.add(blocked)
        rtt_s = NotMeasured(blocked)
        forward = backward = _nothing(blocked)
    return ProbeMetrics(
        probe=ProbeId(device=sample.device, operation=later.operation),
        tag=later.tag,
        target=later.target,
        codec=later.codec,
        dscp=later.dscp,
        frequency_s=later.frequency_s,
        run_stamp_s=later.run_uptime_s,
        run_at=None if age_s is None else sample.taken_at - timedelta(seconds=age_s),
        is_new_run=_is_new_run(earlier, later, life),
        rtt_s=rtt_s,
        forward=forward,
        backward=backward,
        agent_mos=later.agent_mos,
        grade=grade_of(reasons.found),
        reasons=tuple(reasons.found),
    )


def _age_s(later: ProbeSample) -> float | None:
    """Return how long before this poll the run was, by the agent's clock."""
    if not later.run_uptime_s:  # 0: the operation has not run since the agent started
        return None
    if 0 < later.run_uptime_s - later.uptime_s < _STAMP_SLACK_S:
        return 0.0  # rounded the other way; not a run of 497 days ago
    return (later.uptime_s - later.run_uptime_s) % UPTIME_WRAP_S


def _is_new_run(earlier: ProbeSample | None, later: ProbeSample, life: Life) -> bool:
    if not later.run_uptime_s:
        return False
    if earlier is None or life.continuity in {Continuity.REBOOTED, Continuity.OTHER_ENGINE}:
        return True
    return earlier.run_uptime_s != later.run_uptime_s


def _run_reasons(later: ProbeSample, age_s: float | None) -> list[Reason]:
    reasons = []
    if not later.is_active:
        reasons.append(Reason.PROBE_IDLE)
    if age_s is None or later.sense not in VALID_SENSES:
        reasons.append(Reason.PROBE_FAILED)
    elif later.frequency_s is not None and age_s > _STALE_AFTER_RUNS * later.frequency_s:
        reasons.append(Reason.STALE)
    return reasons


def _setup_reasons(later: ProbeSample) -> list[Reason]:
    reasons = []
    if later.dscp is None:
        reasons.append(Reason.MARKING_UNKNOWN)
    elif later.dscp != EF:
        reasons.append(Reason.NOT_MARKED_EF)
    if later.resolution_s > _FINE_RESOLUTION_S:
        reasons.append(Reason.MS_RESOLUTION)
    return reasons


def _losses(later: ProbeSample) -> _Loss | None:
    """Return lost packets per direction; None where the agent does not count them.

    What was lost somewhere, and what came too late to play, goes to the direction that is the
    worse one anyway: it loses more or, if equal, varies more.
    """
    if later.received is None or (later.loss_sd is None and later.missing is None):
        return None
    forward, backward = later.loss_sd or 0, later.loss_ds or 0
    somewhere = (later.missing or 0) + (later.late or 0)
    accounted = later.received + forward + backward + somewhere
    sent = max(later.sent or 0, accounted)
    reasons = []
    if accounted < _ACCOUNTED_RATIO * sent:
        reasons.append(Reason.RUN_INCOMPLETE)
        sent = accounted
    if sent < ENOUGH_PACKETS:
        reasons.append(Reason.TOO_FEW_PACKETS)
    if somewhere > forward + backward:
        reasons.append(Reason.LOSS_DIRECTION_UNKNOWN)
    unevenness = (backward, later.jitter_sum_ds_s or 0.0), (forward, later.jitter_sum_sd_s or 0.0)
    if unevenness[0] > unevenness[1]:
        backward += somewhere
    else:
        forward += somewhere
    return _Loss(sent=sent, forward=forward, backward=backward, reasons=tuple(reasons))


def _measured(
    later: ProbeSample, loss: _Loss, reasons: _Reasons
) -> tuple[Metric, ProbeDirection, ProbeDirection]:
    rtt_s: Metric = _mean(later.rtt_sum_s, later.received)
    delays = _one_way(later, rtt_s, reasons)
    if delays is None:
        half = Measured(rtt_s.value / 2) if isinstance(rtt_s, Measured) else rtt_s
        reasons.add(Reason.RTT_HALVED if isinstance(rtt_s, Measured) else rtt_s.reason)
        delays = (half, half)
    jitters = _jitter(later, forward=True), _jitter(later, forward=False)
    reasons.add(*(jitter.reason for jitter, _ in jitters if not isinstance(jitter, Measured)))
    forward = ProbeDirection(
        delay_s=delays[0],
        jitter_s=jitters[0][0],
        jitter_changed_s=jitters[0][1],
        loss_ratio=Measured(loss.forward / loss.sent),
        packets=loss.sent,
    )
    backward = ProbeDirection(
        delay_s=delays[1],
        jitter_s=jitters[1][0],
        jitter_changed_s=jitters[1][1],
        loss_ratio=(
            Measured(loss.backward / loss.arrived)
            if loss.arrived
            else NotMeasured(Reason.NO_TRAFFIC)
        ),
        packets=loss.arrived,
    )
    return rtt_s, forward, backward


def _one_way(later: ProbeSample, rtt_s: Metric, reasons: _Reasons) -> tuple[Metric, Metric] | None:
    """Return the one-way delays where the clocks at both ends can be believed.

    A direction that takes no time at all is an offset between the clocks, not a path; the sum
    of both directions must be the round trip, since an offset cancels there.
    """
    if later.clocks_in_sync is False:
        reasons.add(Reason.CLOCK_OUT_OF_SYNC)
        return None
    count = later.one_way_count or 0
    if count == 0 or count < _ONE_WAY_SHARE * (later.received or 0):
        return None
    forward, backward = (
        _mean(later.one_way_sum_sd_s, count),
        _mean(later.one_way_sum_ds_s, count),
    )
    if not (
        isinstance(forward, Measured)
        and isinstance(backward, Measured)
        and isinstance(rtt_s, Measured)
    ):
        return None
    off_s = abs(forward.value + backward.value - rtt_s.value)
    tolerance_s = _ONE_WAY_TOLERANCE_RATIO * rtt_s.value + 2 * later.resolution_s
    if min(forward.value, backward.value) <= 0 or off_s > tolerance_s:
        reasons.add(Reason.CLOCK_OUT_OF_SYNC)
        return None
    return forward, backward


def _jitter(later: ProbeSample, *, forward: bool) -> tuple[Metric, Metric]:
    """Return mean delay change over all pairs, and over the changed ones as the agent has it."""
    total_s = later.jitter_sum_sd_s if forward else later.jitter_sum_ds_s
    changed = later.jitter_count_sd if forward else later.jitter_count_ds
    if total_s is None or later.received is None or changed is None:
        missing = NotMeasured(Reason.NOT_PROVIDED)
        return missing, missing
    if changed > max(later.sent or 0, later.received):
        broken = Invalid(Reason.IMPLAUSIBLE)
        return broken, broken
    over_changed: Metric = Measured(0.0) if changed == 0 else _mean(total_s, changed)
    return _mean(total_s, max(later.received - 1, changed)), over_changed


def _mean(total: float | None, count: int | None) -> Metric:
    if total is None or count is None:
        return NotMeasured(Reason.NOT_PROVIDED)
    if count <= 0:
        return NotMeasured(Reason.NO_TRAFFIC)
    return Measured(total / count)


def _nothing(reason: Reason) -> ProbeDirection:
    missing = NotMeasured(reason)
    return ProbeDirection(
        delay_s=missing, jitter_s=missing, jitter_changed_s=missing, loss_ratio=missing, packets=0
    )
