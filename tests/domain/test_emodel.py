"""The narrowband E-model against published values and against its own algebra."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.emodel import (
    LIMITS,
    TABLE_3,
    Connection,
    mos_from_r,
    rate,
)

LOSSES = st.floats(0, 1)
DELAYS_S = st.floats(0, 10)


def symmetric(delay_s: float, **inputs: float) -> Connection:
    """Return a connection with T = Ta and Tr = 2 Ta."""
    return Connection(
        talker_echo_delay_s=delay_s,
        round_trip_delay_s=2 * delay_s,
        absolute_delay_s=delay_s,
        **inputs,
    )


def test_the_default_connection_has_the_published_terms() -> None:
    rating = rate(Connection())
    assert rating.r == pytest.approx(93.2062077233, abs=1e-9)
    assert rating.ro == pytest.approx(94.768821579, abs=1e-9)
    assert rating.simultaneous == pytest.approx(1.413568131, abs=1e-9)
    assert rating.idle == pytest.approx(0.149045725, abs=1e-9)
    assert [float(rating.idte), float(rating.idd), float(rating.ie_eff)] == [0, 0, 0]
    assert mos_from_r(rating.r) == pytest.approx(4.409405954, abs=1e-9)


@pytest.mark.parametrize(
    ("delay_s", "r"),
    [(0.05, 91.756), (0.1, 90.664), (0.15, 89.539), (0.2, 85.805), (0.3, 72.666), (0.5, 54.803)],
)
def test_delay_costs_what_the_default_echo_path_makes_it_cost(delay_s: float, r: float) -> None:
    assert rate(symmetric(delay_s)).r == pytest.approx(r, abs=6e-4)


@pytest.mark.parametrize(
    ("ie", "bpl", "r", "mos"),
    [(0, 25.1, 85.899, 4.226), (0, 4.3, 71.615, 3.672), (11, 19, 74.339, 3.793)],
)
def test_one_percent_of_loss_costs_each_codec_its_own(
    ie: float, bpl: float, r: float, mos: float
) -> None:
    rating = rate(symmetric(0.15, ie=ie, bpl=bpl, loss_ratio=0.01))
    assert rating.r == pytest.approx(r, abs=6e-4)
    assert mos_from_r(rating.r) == pytest.approx(mos, abs=6e-4)


@pytest.mark.parametrize(("bpl", "ie_eff"), [(4.3, 35.8), (25.1, 7.3)])
def test_losses_in_bursts_cost_more(bpl: float, ie_eff: float) -> None:
    # Two-state losses with p = 0.01, q = 0.49: 2 % in runs twice as long as by chance.
    rating = rate(Connection(bpl=bpl, loss_ratio=0.02, burst_ratio=2))
    assert rating.ie_eff == pytest.approx(ie_eff, abs=0.06)


@pytest.mark.parametrize(
    ("delay_s", "ie"),
    [(0.400, 0), (0.342, 5), (0.322, 7), (0.294, 10), (0.251, 15), (0.210, 20), (0.177, 23)],
)
def test_echo_free_calls_reach_r_70_at_the_published_delays(delay_s: float, ie: float) -> None:
    assert rate(Connection(absolute_delay_s=delay_s)).idd + ie == pytest.approx(24.1, abs=0.15)


def test_an_echo_within_a_millisecond_is_sidetone() -> None:
    assert rate(symmetric(0.0005)).idte == 0
    assert rate(symmetric(0.001)).idte == pytest.approx(-0.109, abs=1e-3)


def test_without_sidetone_even_an_early_echo_counts() -> None:
    # 93.091 would follow if the rule for T < 1 ms came last.
    alone = rate(Connection(stmr_db=20.1, talker_echo_delay_s=0.0))
    assert alone.idte > 0


def test_loud_sidetone_masks_the_echo() -> None:
    echo = {"talker_echo_delay_s": 0.06, "telr_db": 45.0}
    assert rate(Connection(stmr_db=8.9, **echo)).idte < rate(Connection(stmr_db=9.1, **echo)).idte


def test_connections_are_rated_together_as_they_are_alone() -> None:
    delays_s = np.array([[0.0], [0.12], [0.3]])
    losses = np.array([0.0, 0.01, 0.2, 1.0])
    together = rate(Connection(absolute_delay_s=delays_s, loss_ratio=losses))
    alone = [
        [rate(Connection(absolute_delay_s=d, loss_ratio=p)).r for p in losses]
        for d in delays_s.ravel()
    ]
    assert together.ro.shape == together.idd.shape == (3, 4)
    np.testing.assert_allclose(together.r, alone, rtol=1e-14)


@given(st.lists(LOSSES, min_size=2), st.sampled_from([4.3, 19.0, 25.1]), st.floats(1, 8))
def test_more_loss_never_raises_r(losses: list[float], bpl: float, burst_ratio: float) -> None:
    rating = rate(Connection(bpl=bpl, loss_ratio=np.sort(losses), burst_ratio=burst_ratio))
    assert np.all(np.diff(rating.r) <= 1e-9)


@given(st.lists(DELAYS_S, min_size=2), st.sampled_from([(1.0, 0.1), (0.55, 0.12), (0.4, 0.15)]))
def test_more_delay_never_raises_r_while_the_echo_path_is_held(
    delays_s: list[float], sensitivity: tuple[float, float]
) -> None:
    st_, mt_s = sensitivity
    rating = rate(
        Connection(
            absolute_delay_s=np.sort(delays_s),
            delay_sensitivity=st_,
            minimum_perceivable_delay_s=mt_s,
        )
    )
    assert np.all(np.diff(rating.r) <= 1e-9)


@given(st.fixed_dictionaries({name: st.floats(*ends) for name, ends in LIMITS.items()}))
def test_everything_within_the_limits_has_a_rating(inputs: dict[str, float]) -> None:
    rating = rate(Connection(**inputs))
    assert all(np.isfinite(getattr(rating, field.name)) for field in fields(rating))
    assert rating.idd >= -1e-9
    assert rating.ie_eff >= inputs["ie"]
    assert 1 <= mos_from_r(rating.r) <= 4.5


@pytest.mark.parametrize("name", LIMITS)
def test_not_knowing_an_input_is_not_knowing_the_rating(name: str) -> None:
    inputs: dict[str, Any] = {"loss_ratio": 0.01, "absolute_delay_s": 0.2, name: np.nan}
    assert np.isnan(rate(Connection(**inputs)).r)


def test_an_unknown_input_leaves_its_neighbours_alone() -> None:
    r = rate(Connection(loss_ratio=np.array([np.nan, 0.0]))).r
    assert np.isnan(r[0])
    assert r[1] == pytest.approx(93.2062, abs=1e-4)


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.parametrize("end", [0, 1])
def test_an_input_beyond_its_limit_is_refused_by_name_and_range(name: str, end: int) -> None:
    low, high = LIMITS[name]
    beyond: dict[str, Any] = {name: np.array([low, LIMITS[name][end] + (0.5 if end else -0.5)])}
    with pytest.raises(ValueError, match=f"^{name} must be in {low:g} to {high:g}, not "):
        Connection(**beyond)


def test_infinity_is_beyond_every_limit() -> None:
    with pytest.raises(ValueError, match=r"absolute_delay_s must be in 0 to 10, not inf"):
        Connection(absolute_delay_s=np.inf)


def test_every_input_has_its_range_and_no_limit_is_tighter_than_table_3() -> None:
    assert set(LIMITS) == set(TABLE_3) == {field.name for field in fields(Connection)}
    assert all(
        LIMITS[name][0] <= low and high <= LIMITS[name][1] for name, (low, high) in TABLE_3.items()
    )


def test_leaving_table_3_shows_where() -> None:
    connection = Connection(loss_ratio=np.array([0.2, 0.21, np.nan]), absolute_delay_s=0.6)
    beyond = connection.beyond_table_3()
    assert {name: mask.tolist() for name, mask in beyond.items()} == {
        "loss_ratio": [False, True, False],
        "absolute_delay_s": True,
    }


@pytest.mark.parametrize("given", [None, "5", 1 + 2j, [None]], ids=repr)
def test_what_is_no_number_is_refused_by_name_and_range(given: Any) -> None:  # noqa: ANN401
    with pytest.raises(ValueError, match=r"^ie must be numbers in 0 to 95, not "):
        Connection(ie=given)


def test_all_is_computed_in_float64_whatever_the_numbers_are() -> None:
    delays_s = np.array([0, 0.125, 0.25, 2.0])
    single: Any = delays_s.astype(np.float32)
    counted: Any = [0, 1, 2]
    given = rate(Connection(absolute_delay_s=single, talker_echo_delay_s=single))
    assert given.r.dtype == np.float64
    full = rate(Connection(absolute_delay_s=delays_s, talker_echo_delay_s=delays_s))
    assert given.r.tolist() == full.r.tolist()
    assert rate(Connection(absolute_delay_s=counted)).r.shape == (3,)


def test_an_outlier_is_told_with_the_digits_that_make_it_one() -> None:
    with pytest.raises(ValueError, match=r"^loss_ratio must be in 0 to 1, not 1\.0000001$"):
        Connection(loss_ratio=np.array([0.5, np.nan, 1.0000001]))


def test_no_connections_at_all_have_no_ratings() -> None:
    assert rate(Connection(absolute_delay_s=np.empty((0, 3)), ie=np.zeros((1, 3)))).r.shape == (
        0,
        3,
    )
