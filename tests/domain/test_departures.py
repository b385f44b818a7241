"""A path is compared with its own past at this hour, and only where that is known."""

import pytest

from qosbot.domain.departures import ENOUGH_SCORES, baseline_of, departure

USUAL = [[4.3] * 6, [4.2] * 6, [4.3] * 6]


def test_a_path_well_below_what_is_usual_at_this_hour_has_departed() -> None:
    left = departure("par-lyo", 3.9, baseline_of(USUAL))
    assert left is not None
    assert left.words == (
        "par-lyo has MOS 3.90, 0.40 below the 4.30 that is usual at this hour (3 days before)"
    )


@pytest.mark.parametrize("mos", [4.5, 4.3, 4.1, 4.0])
def test_up_to_the_margin_and_above_nothing_is_said(mos: float) -> None:
    assert departure("par-lyo", mos, baseline_of(USUAL)) is None


def test_just_beyond_the_margin_something_is_said() -> None:
    assert departure("par-lyo", 3.9999, baseline_of(USUAL)) is not None


def test_one_bad_day_is_not_usual() -> None:
    assert departure("par-lyo", 3.9, baseline_of([*USUAL, [2.0] * 60])) is not None


def test_a_path_that_is_always_like_this_has_departed_from_nothing() -> None:
    assert departure("par-lyo", 2.1, baseline_of([[2.0] * 60] * 3)) is None


@pytest.mark.parametrize("days", [[], [[], []], [[4.3] * (ENOUGH_SCORES - 1), []]])
def test_without_enough_scores_nobody_knows_what_is_usual(days: list[list[float]]) -> None:
    assert departure("par-lyo", 1.0, baseline_of(days)) is None


def test_a_single_day_of_enough_scores_is_a_baseline_and_says_so() -> None:
    left = departure("par-lyo", 3.0, baseline_of([[4.3] * ENOUGH_SCORES]))
    assert left is not None
    assert "(1 day before)" in left.words
