"""When voice is bad for long enough to say so, and good for long enough to say that it is over.

What is counted is new runs of a path's probe.  Nothing that was not measured ever clears: not
silence, not a stale or failed probe, not a run of grade C, not a path without load.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from qosbot.domain.alarms import AffectedWay
from qosbot.domain.codecs import CODECS
from qosbot.domain.inventory import Direction, Thresholds, VoicePath
from qosbot.domain.metrics import Grade
from qosbot.domain.path_scores import PathScore
from qosbot.domain.paths import DirectionMeasurement, Unmeasured
from qosbot.domain.scoring import Measurements, codec_columns, score_voice

CALM_JITTER_S = 0.003
"""Above this something queues, and the delay is not the path's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calm:
    """One direction as it is when nothing queues: its least delay without a loss."""

    delay_s: float
    jitter_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one look at one direction of a path brought."""

    way: AffectedWay
    run_stamp_s: float | None
    """The agent's own time of the latest run; the same again is the same run again."""
    run_at: datetime | None
    mos: float | None
    """None where it is not measured."""
    grade: Grade
    has_load: bool
    """Calls, or traffic as much as calls would be, were seen on the way."""
    measured: DirectionMeasurement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WayState:
    """What is remembered of one direction of a path from look to look."""

    way: AffectedWay
    run_stamp_s: float | None = None
    run_at: datetime | None = None
    is_raised: bool = False
    bad_runs: int = 0
    """In a row, below the threshold, towards raising."""
    good_runs: int = 0
    """In a row, above the other threshold and under load, towards clearing."""
    mos_worst: float | None = None
    """Since it was raised, or since it began to be bad."""
    mos_latest: float | None = None
    calm: Calm | None = None


def seen(
    way: AffectedWay,
    score: PathScore | Unmeasured | None,
    *,
    run_stamp_s: float | None,
    has_load: bool,
) -> Observation:
    """Return a path's score as an observation of one of its directions."""
    if not isinstance(score, PathScore):
        return Observation(
            way=way, run_stamp_s=None, run_at=None, mos=None, grade=Grade.C, has_load=has_load
        )
    return Observation(
        way=way,
        run_stamp_s=run_stamp_s,
        run_at=score.run_at,
        mos=score.towards(way.direction).mos,
        grade=score.grade,
        has_load=has_load,
        measured=score.measurement.towards(way.direction),
    )


def calmer(state: WayState, look: Observation) -> WayState:
    """Return the state with what a look shows of the way when nothing queues.

    That comes before the run is judged: the very first one may be as good as the design allows.
    """
    return replace(state, calm=_calmer(state.calm, look))


def observe(state: WayState, look: Observation, thresholds: Thresholds) -> WayState:
    """Return the state after a look; a run that was counted before changes nothing.

    What is not measured leaves the way as bad as it was, and good runs count anew after it.
    """
    if look.mos is None:
        return replace(state, mos_latest=None, good_runs=0)
    if not _is_new(state, look):
        return replace(state, mos_latest=look.mos)
    state = replace(
        state,
        run_stamp_s=look.run_stamp_s,
        run_at=look.run_at,
        mos_latest=look.mos,
        calm=_calmer(state.calm, look),
    )
    if state.is_raised:
        return _towards_clear(state, look, look.mos, thresholds)
    return _towards_raise(state, look.mos, thresholds)


def _is_new(state: WayState, look: Observation) -> bool:
    if state.run_at is None or state.run_stamp_s is None:
        return True
    if look.run_stamp_s is None or look.run_stamp_s == state.run_stamp_s:
        return False
    # Our time of a run moves by the jitter of the poll; the stamp decides, time only orders.
    return look.run_at is not None and look.run_at > state.run_at


def _towards_raise(state: WayState, mos: float, thresholds: Thresholds) -> WayState:
    if mos >= thresholds.raise_below:
        return replace(state, bad_runs=0, mos_worst=None)
    worst = mos if state.mos_worst is None else min(mos, state.mos_worst)
    bad_runs = state.bad_runs + 1
    return replace(
        state,
        bad_runs=bad_runs,
        good_runs=0,
        mos_worst=worst,
        is_raised=bad_runs >= thresholds.hold_runs,
    )


def _towards_clear(
    state: WayState, look: Observation, mos: float, thresholds: Thresholds
) -> WayState:
    worst = mos if state.mos_worst is None else min(mos, state.mos_worst)
    is_good = mos > thresholds.clear_above and look.grade is not Grade.C and look.has_load
    good_runs = state.good_runs + 1 if is_good else 0
    if good_runs >= thresholds.hold_runs:
        return replace(state, is_raised=False, bad_runs=0, good_runs=0, mos_worst=None)
    return replace(state, good_runs=good_runs, mos_worst=worst)


def _calmer(known: Calm | None, look: Observation) -> Calm | None:
    """Return the run with the least delay among those in which nothing was lost or queued."""
    now = look.measured
    if now is None or look.grade is Grade.C or now.loss_ratio > 0 or now.jitter_s > CALM_JITTER_S:
        return known
    if known is not None and known.delay_s <= now.delay_s:
        return known
    return Calm(delay_s=now.delay_s, jitter_s=now.jitter_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignLimit:
    """A path whose codec cannot reach its threshold even when nothing is wrong: no alarm."""

    path: str
    ceiling_mos: float
    raise_below: float

    @property
    def words(self) -> str:
        """Return the advice in one sentence."""
        return (
            f"{self.path} reaches MOS {self.ceiling_mos:.2f} at most with its codec, packet time "
            f"and distance, below its threshold of {self.raise_below:.2f}: that is its design; "
            f"lower raise_below, or change the codec or the jitter buffer"
        )


def ceiling_mos(path: VoicePath, calm: Mapping[Direction, Calm | None]) -> float | None:
    """Return the MOS of a path without loss at its calm delays; None while one is unknown."""
    forward, backward = calm.get(Direction.FORWARD), calm.get(Direction.BACKWARD)
    if forward is None or backward is None:
        return None
    scores = score_voice(
        Measurements(
            network_delay_s=np.array([forward.delay_s]),
            opposite_network_delay_s=np.array([backward.delay_s]),
            jitter_s=0.0,
            loss_ratio=0.0,
            packets=1,
            codec=codec_columns([CODECS[path.codec]]),
            packet_time_s=path.packet_time_s,
            jitter_buffer_s=path.jitter_buffer_s,
        )
    )
    return float(scores.ceiling_mos[0])


def design_limit(path: VoicePath, ceiling: float | None) -> DesignLimit | None:
    """Return the advice that a path cannot reach its threshold by design; None where it can."""
    threshold = path.thresholds.raise_below
    if ceiling is None or ceiling >= threshold:
        return None
    return DesignLimit(path=path.name, ceiling_mos=ceiling, raise_below=threshold)


def within_reach(thresholds: Thresholds, ceiling: float | None) -> Thresholds:
    """Return thresholds that a path can leave again.

    Below its ceiling a path still gets an alarm when it becomes worse than its design; so both
    thresholds move down together until the ceiling is as far above as they are apart.
    """
    if ceiling is None:
        return thresholds
    gap = thresholds.clear_above - thresholds.raise_below
    clear_above = min(thresholds.clear_above, ceiling - gap)
    return Thresholds(
        raise_below=min(thresholds.raise_below, clear_above - gap),
        clear_above=clear_above,
        hold_runs=thresholds.hold_runs,
    )
