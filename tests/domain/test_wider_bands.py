"""The wideband and fullband E-models: published values, bounds, and what never happens."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.emodel import LIMITS, Connection, rate
from qosbot.domain.fullband import FULLBAND_LIMITS, FullbandConnection, rate_fullband
from qosbot.domain.scales import Scale, mos_on
from qosbot.domain.wideband import (
    ECHO_REFERENCE,
    WIDEBAND_LIMITS,
    WidebandConnection,
    rate_wideband,
)

LOSSES = st.lists(st.floats(0, 1), min_size=2)
DELAYS_S = st.lists(st.floats(0, 10), min_size=2)


def wideband(delay_s: float, **inputs: float) -> WidebandConnection:
    """Return a connection with T = Ta and Tr = 2 Ta."""
    return WidebandConnection(
        talker_echo_delay_s=delay_s,
        round_trip_delay_s=2 * delay_s,
        absolute_delay_s=delay_s,
        **inputs,
    )


def test_the_default_connections_have_the_published_ratings() -> None:
    assert rate_wideband(WidebandConnection()).r == 129
    assert rate_fullband(FullbandConnection()).r == 148


@pytest.mark.parametrize(
    ("delay_s", "ie", "r", "mos"),
    [(0.0, 0, 128.846315, 4.499152), (0.05, 0, 128.255018, None), (0.15, 5, 122.421331, 4.439743)],
)
def test_wideband_echo_and_delay_cost_what_was_published(
    delay_s: float, ie: float, r: float, mos: float | None
) -> None:
    rating = rate_wideband(wideband(delay_s, ie=ie))
    assert rating.r == pytest.approx(r, abs=1e-6)
    assert mos is None or mos_on(Scale.CQEW, rating.r) == pytest.approx(mos, abs=1e-6)


def test_wideband_loss_costs_what_was_published() -> None:
    rating = rate_wideband(WidebandConnection(ie=20, bpl=4.3, loss_ratio=0.02))
    assert rating.ie_eff == pytest.approx(43.8095, abs=1e-4)
    assert mos_on(Scale.CQEW, rating.r) == pytest.approx(3.4062, abs=1e-4)


def test_the_wideband_echo_reference_is_kept_in_full_and_may_be_replaced() -> None:
    assert pytest.approx(106.208, abs=1e-3) == ECHO_REFERENCE
    louder = rate_wideband(wideband(0.05, echo_reference=120.0))
    assert louder.idte > rate_wideband(wideband(0.05)).idte


def test_a_longer_echo_loses_its_wideband_mask_at_no_step() -> None:
    before, after = (rate_wideband(wideband(t)).idte for t in (0.099999, 0.1))
    assert before == pytest.approx(after, abs=1e-4)


def test_delay_costs_wider_bands_more_in_proportion() -> None:
    narrow = rate(Connection(absolute_delay_s=0.3)).idd
    assert rate_wideband(WidebandConnection(absolute_delay_s=0.3)).idd == pytest.approx(
        1.29 * narrow
    )
    assert rate_fullband(FullbandConnection(absolute_delay_s=0.3)).idd == pytest.approx(
        1.48 * narrow
    )


def test_losing_packets_costs_up_to_132_in_fullband() -> None:
    rating = rate_fullband(FullbandConnection(ie=10.2, bpl=1, loss_ratio=1.0))
    assert rating.ie_eff == pytest.approx(10.2 + (132 - 10.2) * 100 / 101)


@given(LOSSES, st.floats(1, 30), st.floats(1, 8))
def test_more_loss_never_raises_r(losses: list[float], bpl: float, burst_ratio: float) -> None:
    ordered = np.sort(losses)
    fullband = FullbandConnection(bpl=bpl, loss_ratio=ordered, burst_ratio=burst_ratio)
    assert np.all(np.diff(rate_fullband(fullband).r) <= 1e-9)
    assert np.all(np.diff(rate_wideband(WidebandConnection(bpl=bpl, loss_ratio=ordered)).r) <= 1e-9)


@given(DELAYS_S, st.floats(0, 0.5))
def test_more_delay_never_raises_r_while_the_echo_path_is_held(
    delays_s: list[float], echo_s: float
) -> None:
    held = WidebandConnection(
        talker_echo_delay_s=echo_s,
        round_trip_delay_s=2 * echo_s,
        absolute_delay_s=np.sort(delays_s),
    )
    assert np.all(np.diff(rate_wideband(held).r) <= 1e-9)
    fullband = FullbandConnection(absolute_delay_s=np.sort(delays_s))
    assert np.all(np.diff(rate_fullband(fullband).r) <= 1e-9)


@given(st.fixed_dictionaries({name: st.floats(*ends) for name, ends in WIDEBAND_LIMITS.items()}))
def test_every_wideband_connection_within_the_limits_has_a_rating(inputs: dict[str, Any]) -> None:
    rating = rate_wideband(WidebandConnection(**inputs))
    assert all(np.isfinite(getattr(rating, field.name)) for field in fields(rating))
    assert rating.idd >= -1e-9
    assert rating.ie_eff >= inputs["ie"]
    assert 1 <= mos_on(Scale.CQEW, rating.r) <= 4.5


@given(st.fixed_dictionaries({name: st.floats(*ends) for name, ends in FULLBAND_LIMITS.items()}))
def test_every_fullband_connection_within_the_limits_has_a_rating(inputs: dict[str, Any]) -> None:
    rating = rate_fullband(FullbandConnection(**inputs))
    assert all(np.isfinite(getattr(rating, field.name)) for field in fields(rating))
    assert rating.idd >= -1e-9
    assert rating.ie_eff >= inputs["ie"]
    assert 1 <= mos_on(Scale.CQEF, rating.r) <= 4.5


@pytest.mark.parametrize("name", WIDEBAND_LIMITS)
def test_a_wideband_input_beyond_its_limit_is_refused_by_name_and_range(name: str) -> None:
    low, high = WIDEBAND_LIMITS[name]
    beyond: dict[str, Any] = {name: np.array([low, high + 0.5])}
    with pytest.raises(ValueError, match=f"^{name} must be in {low:g} to {high:g}, not "):
        WidebandConnection(**beyond)


@pytest.mark.parametrize("name", FULLBAND_LIMITS)
def test_a_fullband_input_beyond_its_limit_is_refused_by_name_and_range(name: str) -> None:
    low, high = FULLBAND_LIMITS[name]
    beyond: dict[str, Any] = {name: np.array([low, high + 0.5])}
    with pytest.raises(ValueError, match=f"^{name} must be in {low:g} to {high:g}, not "):
        FullbandConnection(**beyond)


@pytest.mark.parametrize("name", WIDEBAND_LIMITS)
def test_not_knowing_a_wideband_input_is_not_knowing_the_rating(name: str) -> None:
    inputs: dict[str, Any] = {"talker_echo_delay_s": 0.1, "round_trip_delay_s": 0.2}
    inputs |= {"loss_ratio": 0.01, "absolute_delay_s": 0.2, name: np.nan}
    assert np.isnan(rate_wideband(WidebandConnection(**inputs)).r)


@pytest.mark.parametrize("name", FULLBAND_LIMITS)
def test_not_knowing_a_fullband_input_is_not_knowing_the_rating(name: str) -> None:
    inputs: dict[str, Any] = {"loss_ratio": 0.01, "absolute_delay_s": 0.2, name: np.nan}
    assert np.isnan(rate_fullband(FullbandConnection(**inputs)).r)


def test_every_input_has_its_range() -> None:
    assert set(WIDEBAND_LIMITS) == {field.name for field in fields(WidebandConnection)}
    assert set(FULLBAND_LIMITS) == {field.name for field in fields(FullbandConnection)}


def test_connections_are_rated_together_as_they_are_alone() -> None:
    delays_s = np.array([[0.0], [0.12], [0.3]])
    losses = np.array([0.0, 0.01, 0.2, 1.0])
    together = rate_wideband(WidebandConnection(absolute_delay_s=delays_s, loss_ratio=losses))
    alone = [
        [rate_wideband(WidebandConnection(absolute_delay_s=d, loss_ratio=p)).r for p in losses]
        for d in delays_s.ravel()
    ]
    assert together.ro.shape == together.idd.shape == (3, 4)
    np.testing.assert_allclose(together.r, alone, rtol=1e-14)


def test_no_limit_of_a_shared_input_differs_between_the_bands() -> None:
    shared = set(LIMITS) & set(WIDEBAND_LIMITS)
    assert all(LIMITS[name] == WIDEBAND_LIMITS[name] for name in shared)
