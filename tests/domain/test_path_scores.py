import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.inventory import Direction
from qosbot.domain.path_scores import PathScore, score_paths
from qosbot.domain.paths import PathMeasurement, Polling, measure_path
from tests.domain.builders import NOON, PATH, run, way


def measurement(forward_loss: float = 0.0, backward_loss: float = 0.0) -> PathMeasurement:
    runs = [run(forward=way(loss_ratio=forward_loss), backward=way(loss_ratio=backward_loss))]
    found = measure_path(PATH, runs, Polling(now=NOON, interval_s=30.0))
    assert isinstance(found, PathMeasurement)
    return found


def score(forward_loss: float = 0.0, backward_loss: float = 0.0) -> PathScore:
    return score_paths({PATH.name: PATH}, [measurement(forward_loss, backward_loss)])[0]


def test_nothing_measured_scores_nothing() -> None:
    assert score_paths({}, []) == ()


def test_the_path_is_as_good_as_its_worse_direction() -> None:
    found = score(backward_loss=0.1)
    assert found.worse is Direction.BACKWARD
    assert found.mos == found.backward.mos < found.forward.mos


def test_loss_of_one_direction_is_not_blamed_on_the_other() -> None:
    assert score(backward_loss=0.1).forward.mos == pytest.approx(score().forward.mos)


def test_scores_come_in_the_order_of_the_measurements() -> None:
    found = score_paths({PATH.name: PATH}, [measurement(0.1), measurement(0.0)])
    assert found[0].mos < found[1].mos


@given(st.floats(0, 1), st.floats(0, 1))
def test_more_loss_never_sounds_better(one: float, other: float) -> None:
    low, high = sorted([one, other])
    assert score(high).forward.mos <= score(low).forward.mos + 1e-9


@given(st.floats(0, 1))
def test_the_interval_holds_the_score(loss: float) -> None:
    found = score(loss).forward
    assert found.mos_low - 1e-9 <= found.mos <= found.mos_high + 1e-9
