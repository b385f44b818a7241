import pytest

from qosbot.domain.metrics import Grade, Reason, grade_of


def test_without_a_reason_the_grade_is_a() -> None:
    assert grade_of(()) is Grade.A


def test_the_worst_reason_decides_the_grade() -> None:
    assert grade_of([Reason.RTT_HALVED]) is Grade.B
    assert grade_of([Reason.RTT_HALVED, Reason.STALE]) is Grade.C


@pytest.mark.parametrize("reason", Reason)
def test_no_reason_leaves_a_measurement_good_for_everything(reason: Reason) -> None:
    assert grade_of([reason]) is not Grade.A
