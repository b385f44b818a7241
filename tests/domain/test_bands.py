"""A word for each score, as an operator wants it."""

import pytest

from qosbot.domain.bands import Band, Bands


@pytest.mark.parametrize(
    ("mos", "band"),
    [
        (4.5, Band.EXCELLENT),
        (4.3, Band.EXCELLENT),
        (4.299, Band.GOOD),
        (4.0, Band.GOOD),
        (3.999, Band.FAIR),
        (3.5, Band.FAIR),
        (3.0, Band.POOR),
        (2.999, Band.UNACCEPTABLE),
        (1.0, Band.UNACCEPTABLE),
    ],
)
def test_a_band_begins_at_its_lower_end(mos: float, band: Band) -> None:
    assert Bands().of(mos) is band


def test_an_operator_may_move_the_bands() -> None:
    assert Bands(excellent=4.1, good=3.9, fair=3.4, poor=2.5).of(4.1) is Band.EXCELLENT


@pytest.mark.parametrize(
    "ends",
    [
        {"good": 4.3},
        {"fair": 4.1},
        {"excellent": 4.6},
        {"poor": 0.9},
        {"excellent": float("nan")},
    ],
)
def test_bands_that_overlap_or_leave_the_scale_are_refused(ends: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"must fall from at most 4\.5 to at least 1, not "):
        Bands(**ends)
