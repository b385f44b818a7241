"""An alarm needs enough bad runs to be raised, and enough good ones under load to be cleared."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.alarms import AffectedWay
from qosbot.domain.detection import (
    Calm,
    Observation,
    WayState,
    ceiling_mos,
    design_limit,
    observe,
    seen,
    within_reach,
)
from qosbot.domain.inventory import Direction, Thresholds
from qosbot.domain.metrics import Grade, Reason
from qosbot.domain.paths import DirectionMeasurement, Unmeasured
from tests.domain.builders import NOON, PATH, run, way
from tests.domain.voice_builders import scored

WAY = AffectedWay(path="par-lyo", direction=Direction.BACKWARD)
LIMITS = Thresholds(raise_below=3.5, clear_above=3.7, hold_runs=3)
GOOD, BETWEEN, BAD = 4.2, 3.6, 2.0


def look(
    number: int,
    mos: float | None,
    *,
    grade: Grade = Grade.A,
    has_load: bool = True,
    measured: DirectionMeasurement | None = None,
) -> Observation:
    return Observation(
        way=WAY,
        run_stamp_s=5.0 * number,
        run_at=NOON + timedelta(seconds=5 * number),
        mos=mos,
        grade=grade,
        has_load=has_load,
        measured=measured,
    )


def after(*looks: Observation, state: WayState | None = None) -> WayState:
    state = state or WayState(way=WAY)
    for one in looks:
        state = observe(state, one, LIMITS)
    return state


def runs(*mos: float | None, first: int = 1, **changes: object) -> list[Observation]:
    made = [look(first + number, one) for number, one in enumerate(mos)]
    return [replace(one, **changes) for one in made]  # type: ignore[arg-type]  # real fields


RAISED = after(*runs(BAD, BAD, BAD))


def test_as_many_bad_runs_as_hold_raise() -> None:
    assert not after(*runs(BAD, BAD)).is_raised
    assert RAISED.is_raised


def test_a_run_at_the_threshold_is_not_below_it() -> None:
    assert not after(*runs(BAD, BAD, LIMITS.raise_below)).is_raised
    assert after(*runs(BAD, BAD, LIMITS.raise_below, BAD, BAD)).bad_runs == 2


def test_polling_twice_between_runs_adds_nothing() -> None:
    twice = [one for one in runs(BAD, BAD) for _ in range(5)]
    assert not after(*twice).is_raised
    good = [one for one in runs(GOOD, GOOD, first=9) for _ in range(5)]
    assert after(*good, state=RAISED).is_raised


def test_the_same_run_at_a_slightly_different_time_of_ours_is_the_same_run() -> None:
    first = look(1, BAD)
    again = replace(first, run_at=NOON + timedelta(seconds=5.03))
    assert after(first, again, again).bad_runs == 1


def test_good_runs_under_load_clear() -> None:
    assert after(*runs(GOOD, GOOD, first=9), state=RAISED).is_raised
    assert not after(*runs(GOOD, GOOD, GOOD, first=9), state=RAISED).is_raised


def test_between_the_thresholds_nothing_changes() -> None:
    assert after(*runs(*[BETWEEN] * 9, first=9), state=RAISED).is_raised
    assert not after(*runs(*[BETWEEN] * 9)).is_raised


@pytest.mark.parametrize("changes", [{"has_load": False}, {"grade": Grade.C}])
def test_no_load_and_poor_data_never_clear(changes: dict[str, object]) -> None:
    good = runs(*[GOOD] * 9, first=9, **changes)
    assert after(*good, state=RAISED).is_raised


def test_what_is_not_measured_never_clears_and_breaks_the_row() -> None:
    silence = [replace(look(20, None), run_at=None, run_stamp_s=None)]
    assert after(*silence * 9, state=RAISED).is_raised
    row = [*runs(GOOD, GOOD, first=9), *silence, *runs(GOOD, GOOD, first=30)]
    assert after(*row, state=RAISED).is_raised


def test_silence_between_bad_runs_does_not_hide_them() -> None:
    assert after(look(1, BAD), look(2, None), look(3, BAD), look(4, BAD)).is_raised


def test_poor_data_may_raise_an_alert() -> None:
    assert after(*runs(BAD, BAD, BAD, grade=Grade.C)).is_raised


@given(st.lists(st.tuples(st.floats(1, 4.5), st.booleans()), max_size=30))
def test_fewer_than_hold_good_runs_in_a_row_under_load_never_clear(
    seen_runs: list[tuple[float, bool]],
) -> None:
    state, row = RAISED, 0
    for number, (mos, has_load) in enumerate(seen_runs, start=10):
        row = row + 1 if mos > LIMITS.clear_above and has_load else 0
        state = observe(state, look(number, mos, has_load=has_load), LIMITS)
        if row >= LIMITS.hold_runs:
            return
        assert state.is_raised


def test_an_unmeasured_path_is_an_observation_without_a_score() -> None:
    poor = Unmeasured(path="par-lyo", reason=Reason.STALE, run_at=NOON)
    assert seen(WAY, poor, run_stamp_s=5.0, has_load=True).mos is None


def test_a_score_is_seen_per_direction() -> None:
    score = scored(PATH, run(backward=way(loss_ratio=0.1)))
    look_back = seen(WAY, score, run_stamp_s=5.0, has_load=True)
    assert look_back.mos == score.backward.mos < score.forward.mos


def measured(delay_s: float, *, jitter_s: float = 0.001, loss: float = 0) -> DirectionMeasurement:
    return DirectionMeasurement(delay_s=delay_s, jitter_s=jitter_s, loss_ratio=loss, packets=100)


def test_only_a_run_without_loss_and_queueing_tells_the_calm_delay() -> None:
    state = after(
        look(1, GOOD, measured=measured(0.03)),
        look(2, GOOD, measured=measured(0.02, loss=0.01)),
        look(3, GOOD, measured=measured(0.02, jitter_s=0.02)),
        look(4, GOOD, measured=measured(0.025)),
        look(5, GOOD, measured=measured(0.04)),
    )
    assert state.calm == Calm(delay_s=0.025, jitter_s=0.001)


def far(delay_s: float) -> dict[Direction, Calm | None]:
    return dict.fromkeys(Direction, Calm(delay_s=delay_s, jitter_s=0.001))


def test_a_codec_that_cannot_reach_the_threshold_is_design_and_not_alarm() -> None:
    path = replace(PATH, codec="g729a")
    ceiling = ceiling_mos(path, far(0.26 - 0.02 - 0.005 - 0.04 - 0.005))
    # 260 ms from mouth to ear: 3.44 at most.
    assert ceiling == pytest.approx(3.44, abs=0.01)
    advice = design_limit(path, ceiling)
    assert advice is not None
    assert "3.44" in advice.words
    assert design_limit(path, ceiling_mos(path, far(0.02))) is None


def test_while_the_calm_delay_is_unknown_nothing_is_called_design() -> None:
    unknown = ceiling_mos(PATH, {Direction.FORWARD: Calm(delay_s=1, jitter_s=0)})
    assert unknown is None
    assert design_limit(PATH, unknown) is None
    assert within_reach(LIMITS, unknown) == LIMITS


@given(st.floats(1.5, 4.5))
def test_a_path_at_its_ceiling_neither_raises_nor_keeps_an_alarm(ceiling: float) -> None:
    reach = within_reach(LIMITS, ceiling)
    assert reach.raise_below < reach.clear_above < ceiling
    assert reach.raise_below <= LIMITS.raise_below
