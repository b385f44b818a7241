"""The fast scores are the scores, and both are those of the formulas typed anew."""

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.emodel import TABLE_3, Connection, mos_from_r, rate
from qosbot.domain.planning_scores import CHUNK, planning_scores, scores_in_pieces
from tests.scalar_emodel import scalar_score

DELAYS_S = st.lists(st.floats(0, 10), min_size=1, max_size=20)
IES = st.floats(0, 95)
BPLS = st.floats(1, 100)
BURSTS = st.floats(1, 8)


@given(DELAYS_S, st.floats(0, 1), IES, BPLS, BURSTS)
def test_fast_scores_are_those_of_the_whole_model(
    delays_s: list[float], loss: float, ie: float, bpl: float, burst_ratio: float
) -> None:
    r, mos = planning_scores(
        np.array(delays_s), np.array([loss]), ie=ie, bpl=bpl, burst_ratio=burst_ratio
    )
    whole = rate(
        Connection(
            absolute_delay_s=np.array(delays_s),
            loss_ratio=loss,
            ie=ie,
            bpl=bpl,
            burst_ratio=burst_ratio,
        )
    )
    np.testing.assert_allclose(r, whole.r, rtol=0, atol=1e-9)
    np.testing.assert_allclose(mos, mos_from_r(whole.r), rtol=0, atol=1e-9)


@given(st.fixed_dictionaries({name: st.floats(*ends) for name, ends in TABLE_3.items()}))
def test_the_model_agrees_with_the_formulas_typed_anew(inputs: dict[str, Any]) -> None:
    r, mos = scalar_score(**inputs)
    rating = rate(Connection(**inputs))
    assert rating.r == pytest.approx(r, abs=1e-8)
    assert mos_from_r(rating.r) == pytest.approx(mos, abs=1e-9)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 7])
def test_no_piece_is_left_out(size: int) -> None:
    delays_s = np.linspace(0, 0.5, size)
    r, mos = planning_scores(delays_s, np.array([0.01]))
    whole = rate(Connection(absolute_delay_s=delays_s, loss_ratio=0.01)).r
    np.testing.assert_allclose(r, whole, rtol=0, atol=1e-9)
    np.testing.assert_allclose(mos, mos_from_r(whole), rtol=0, atol=1e-9)


def test_delay_up_to_100_ms_costs_nothing_at_all() -> None:
    r, _ = planning_scores(np.array([0.0, 0.05, 0.1]), np.zeros(3))
    np.testing.assert_allclose(r, 93.2062077233, rtol=0, atol=1e-9)


def test_beyond_the_results_no_memory_grows_with_their_number() -> None:
    def needed_bytes(size: int) -> int:
        delays_s, losses = np.zeros(size), np.zeros(1)
        tracemalloc.start()
        results = planning_scores(delays_s, losses)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak - sum(result.nbytes for result in results)

    assert needed_bytes(20 * CHUNK) < needed_bytes(CHUNK) + CHUNK


def test_results_may_be_written_where_others_were() -> None:
    delays_s = np.linspace(0, 0.5, 100)
    out = np.empty(100), np.empty(100)
    r, mos = planning_scores(delays_s, np.zeros(1), out=out)
    assert r is out[0]
    assert mos is out[1]
    np.testing.assert_array_equal(r, planning_scores(delays_s, np.zeros(1))[0])
    with pytest.raises(ValueError, match=r"out must be two arrays of shape \(99,\)"):
        planning_scores(delays_s[:99], np.zeros(1), out=out)


def test_what_is_not_known_stays_unknown_and_leaves_its_neighbours_alone() -> None:
    r, mos = planning_scores(np.array([np.nan, 0.1]), np.zeros(2))
    assert np.isnan(r).tolist() == np.isnan(mos).tolist() == [True, False]


@pytest.mark.parametrize("place", [0, CHUNK + 3])
def test_an_outlier_in_any_piece_is_refused_even_beside_the_unknown(place: int) -> None:
    delays_s = np.zeros(2 * CHUNK)
    delays_s[place], delays_s[place + 1] = np.nan, 11
    with pytest.raises(ValueError, match="absolute_delay_s must be in 0 to 10, not 11"):
        planning_scores(delays_s, np.zeros(1))
    with pytest.raises(ValueError, match="loss_ratio must be in 0 to 1, not 11"):
        planning_scores(np.zeros(1), delays_s)


def test_whole_connections_in_pieces_are_as_they_are_at_once() -> None:
    rng = np.random.default_rng(3)
    size = CHUNK + 100
    given_ones = {name: rng.uniform(*ends, size) for name, ends in TABLE_3.items()}
    connection = Connection(**given_ones | {"qdu": 2.0})
    r, mos = scores_in_pieces(connection)
    np.testing.assert_array_equal(r, rate(connection).r)
    np.testing.assert_array_equal(mos, mos_from_r(r))


def test_connections_of_numbers_only_are_one() -> None:
    r, _ = scores_in_pieces(Connection())
    assert r.tolist() == pytest.approx([93.2062077233])


def test_a_codec_that_leaves_nothing_to_lose_loses_nothing() -> None:
    losses = np.linspace(0, 1, 101)
    r, _ = planning_scores(np.zeros(101), losses, ie=95, bpl=1, burst_ratio=8)
    whole = rate(Connection(loss_ratio=losses, ie=95, bpl=1, burst_ratio=8)).r
    assert np.abs(r - whole).max() < 1e-9


def test_another_shape_than_a_row_is_refused_in_words() -> None:
    for shape in ((), (3, 4)):
        with pytest.raises(ValueError, match=r"must be arrays of shape \(n,\)"):
            planning_scores(np.zeros(shape), np.zeros(shape))
    with pytest.raises(ValueError, match=r"^ie must be a number or of shape \(n,\), not \(3, 4\)"):
        scores_in_pieces(Connection(ie=np.zeros((3, 4))))
