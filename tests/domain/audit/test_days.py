from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qosbot.domain.audit.days import BAND_FLOORS, PathDay, Score, Span, path_day
from qosbot.domain.metrics import Grade
from tests.domain.builders import NOON

SPAN = Span(since=NOON - timedelta(hours=2), until=NOON, interval_s=60.0)


def score(minute: float, mos: float | None, grade: Grade = Grade.A) -> Score:
    return Score(at=SPAN.since + timedelta(minutes=minute), mos=mos, grade=grade)


def day(*scores: Score) -> PathDay:
    return path_day("par-lyo", scores, SPAN, threshold=3.5)


def test_a_path_that_nobody_measured_has_no_figure_and_the_worst_grade() -> None:
    found = day()
    assert (found.mos_worst, found.mos_median, found.grade) == (None, None, Grade.C)
    assert (found.measured_min, found.unmeasured_min, found.below_min) == (0, 120, 0)
    assert found.hours == (None, None)


def test_minutes_below_the_threshold_are_those_that_its_scores_were_held() -> None:
    found = day(*[score(i, 3.49 if 30 <= i < 40 else 4.4) for i in range(120)])
    assert found.below_min == pytest.approx(10)
    assert found.unmeasured_min == pytest.approx(0)
    assert found.bands_min == pytest.approx((110, 0, 0, 10, 0, 0))
    assert (found.mos_worst, found.mos_median) == (3.49, 4.4)
    assert found.hours == (3.49, 4.4)


def test_a_score_is_not_held_through_a_silence() -> None:
    found = day(score(0, 2.0), score(60, 4.4))
    assert found.below_min == pytest.approx(2)
    assert found.unmeasured_min == pytest.approx(116)


def test_the_grade_is_that_of_nine_tenths_of_the_day() -> None:
    def graded(bad: int, grade: Grade) -> Grade:
        return day(*[score(i, 4.0, grade if i < bad else Grade.A) for i in range(120)]).grade

    assert graded(12, Grade.C) is Grade.A
    assert graded(13, Grade.B) is Grade.B
    assert graded(13, Grade.C) is Grade.C


def test_unmeasured_minutes_lower_the_grade() -> None:
    known = [score(i, None if i < 13 else 4.0) for i in range(120)]
    assert day(*known).grade is Grade.C


@given(
    st.lists(
        st.tuples(st.floats(0, 119.9), st.none() | st.floats(1.0, 4.5), st.sampled_from(Grade)),
        max_size=20,
    )
)
@settings(max_examples=40)
def test_all_minutes_of_a_day_are_in_one_band_or_unmeasured(
    given_: list[tuple[float, float | None, Grade]],
) -> None:
    found = day(*[score(*one) for one in sorted(given_, key=lambda one: one[0])])
    assert len(found.bands_min) == len(BAND_FLOORS)
    assert sum(found.bands_min) + found.unmeasured_min == pytest.approx(120, abs=1e-6)
    assert 0 <= found.below_min <= found.measured_min + 1e-6
