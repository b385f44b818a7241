"""Whether two polls saw the same life of an agent, and how much of its time lies between them.

The agent's uptime is the judge of intervals; our clock and the engine's boots and time are only
witnesses, since some agents answer nonsense there.
"""

from dataclasses import dataclass

from qosbot.domain.metrics.values import Continuity, Invalid, Measured, Metric, NotMeasured, Reason
from qosbot.domain.samples import AgentClock, DeviceSample

UPTIME_WRAP_S = 2**32 / 100
"""sysUpTime counts hundredths of a second in 32 bits: 497.1 days."""

_SLACK_RATIO = 0.05
_SLACK_S = 5.0
"""A poll takes a while, and the scalars are read first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What lies between two polls of a device."""

    continuity: Continuity
    wall_s: float
    """By our clock."""
    reasons: tuple[Reason, ...] = ()

    def elapsed_s(self, earlier_uptime_s: float, later_uptime_s: float) -> Metric:
        """Return the agent's time between two of its rows, or why their difference means nothing.

        Args:
            earlier_uptime_s: sysUpTime from the PDU of the earlier row.
            later_uptime_s: sysUpTime from the PDU of the later row.
        """
        if self.continuity is Continuity.FIRST:
            return NotMeasured(Reason.FIRST_POLL)
        if self.continuity is Continuity.OTHER_ENGINE:
            return Invalid(Reason.OTHER_ENGINE)
        if self.continuity is Continuity.REBOOTED:
            return Invalid(Reason.REBOOT)
        elapsed_s = later_uptime_s - earlier_uptime_s
        if elapsed_s < 0:  # this row's PDU may have been the first after a wrap, or after a reboot
            elapsed_s += UPTIME_WRAP_S
            if not _agree(elapsed_s, self.wall_s):
                return Invalid(Reason.REBOOT)
        if elapsed_s == 0:
            return NotMeasured(Reason.NO_TIME_PASSED)
        return Measured(elapsed_s)


def life_between(earlier: DeviceSample | None, later: DeviceSample) -> Life:
    """Return what happened between two polls of one device.

    Where the agent's clock went back and nothing proves a wrap it is a reboot: that costs one
    interval, while the opposite mistake invents traffic.

    Source: RFC 3418 (sysUpTime), RFC 3411 (snmpEngineBoots, snmpEngineTime).
    """
    if earlier is None:
        return Life(continuity=Continuity.FIRST, wall_s=0.0)
    wall_s = (later.taken_at - earlier.taken_at).total_seconds()
    before, after = earlier.clock, later.clock
    if _differs(before.engine_id, after.engine_id):
        return Life(continuity=Continuity.OTHER_ENGINE, wall_s=wall_s)
    if after.uptime_s < before.uptime_s:
        wrapped = _wrapped(before, after, wall_s)
        continuity = Continuity.WRAPPED if wrapped else Continuity.REBOOTED
        return Life(continuity=continuity, wall_s=wall_s)
    return _forward(before, after, wall_s)


def _forward(before: AgentClock, after: AgentClock, wall_s: float) -> Life:
    elapsed_s = after.uptime_s - before.uptime_s
    restarted = _differs(before.engine_boots, after.engine_boots)
    agrees = _agree(elapsed_s, wall_s)
    if not agrees and elapsed_s < wall_s and _may_have_rebooted(before, after):
        # After a long silence a rebooted agent may already be "older" than it was.
        return Life(continuity=Continuity.REBOOTED, wall_s=wall_s)
    return Life(
        continuity=Continuity.AGENT_RESTARTED if restarted else Continuity.SAME,
        wall_s=wall_s,
        reasons=() if agrees else (Reason.CLOCK_DISAGREES,),
    )


def _may_have_rebooted(before: AgentClock, after: AgentClock) -> bool:
    if before.engine_boots is None or after.engine_boots is None:
        return True
    return before.engine_boots != after.engine_boots


def _wrapped(before: AgentClock, after: AgentClock, wall_s: float) -> bool:
    near_the_end = before.uptime_s > UPTIME_WRAP_S - wall_s * (1 + _SLACK_RATIO) - _SLACK_S
    if not near_the_end or _differs(before.engine_boots, after.engine_boots):
        return False
    if before.engine_time_s is not None and after.engine_time_s is not None:
        return after.engine_time_s >= before.engine_time_s
    if before.engine_boots is not None and after.engine_boots is not None:
        return True
    return _agree(after.uptime_s + UPTIME_WRAP_S - before.uptime_s, wall_s)


def _agree(elapsed_s: float, wall_s: float) -> bool:
    return abs(elapsed_s - wall_s) <= _SLACK_RATIO * max(wall_s, 0.0) + _SLACK_S


def _differs(before: object | None, after: object | None) -> bool:
    return before is not None and after is not None and before != after
