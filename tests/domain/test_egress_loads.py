"""The busiest rate of a week is one that was seen, or it is not known."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.egress_loads import BIN, WINDOW, EgressLoad, busiest_bps
from tests.domain.builders import NOON

BINS = WINDOW // BIN


def load(back: int, rate_bps: float = 1e6, measured_s: float = 300.0) -> EgressLoad:
    return EgressLoad(from_at=NOON - back * BIN, rate_bps=rate_bps, measured_s=measured_s)


def test_a_busy_hour_a_day_stays_above_the_percentile_and_two_do_not() -> None:
    def week(busy_hours: int) -> list[EgressLoad]:
        return [load(back, 9e6 if back % 288 < 12 * busy_hours else 1e6) for back in range(BINS)]

    assert busiest_bps(week(1), NOON) == 1e6
    assert busiest_bps(week(2), NOON) == 9e6


def test_it_is_not_known_before_nine_tenths_of_a_week_were_measured() -> None:
    enough = int(BINS * 0.9) + 1
    assert busiest_bps([load(back) for back in range(enough)], NOON) == 1e6
    assert busiest_bps([load(back) for back in range(enough - 1)], NOON) is None


def test_five_minutes_of_which_little_was_measured_do_not_count() -> None:
    assert busiest_bps([load(back, measured_s=149.0) for back in range(BINS)], NOON) is None
    assert busiest_bps([load(back, measured_s=150.0) for back in range(BINS)], NOON) == 1e6


def test_what_is_older_than_a_week_or_comes_twice_does_not_fill_gaps() -> None:
    old = [load(back) for back in range(2 * BINS) if back > BINS // 2]
    assert busiest_bps(old, NOON) is None
    assert busiest_bps([load(0)] * BINS, NOON) is None
    assert busiest_bps([load(back) for back in range(BINS)], NOON - timedelta(days=1)) is None


@given(st.lists(st.floats(0, 1e10), min_size=BINS // 12, max_size=BINS // 12))
def test_it_is_a_rate_that_was_seen(rates: list[float]) -> None:
    loads = [load(back, rates[back % len(rates)]) for back in range(BINS)]
    found = busiest_bps(loads, NOON)
    assert found in rates
    assert sum(rate <= found for rate in rates) >= 0.95 * len(rates)


@pytest.mark.parametrize("loads", [[], [load(0)]])
def test_nothing_is_known_of_a_link_that_was_hardly_polled(loads: list[EgressLoad]) -> None:
    assert busiest_bps(loads, NOON) is None
