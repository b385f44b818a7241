"""Whether a serving bot does its work, by values."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from qosbot.domain.errors import StoreError
from qosbot.ports.keeping import DeviceState
from qosbot.ports.serving import PoolState, Tick, TickState
from qosbot.workflows.readiness import (
    is_alive,
    is_alone,
    is_kept,
    is_let_in,
    is_measured,
    is_ticking,
    is_working,
)
from tests.domain.builders import NOON
from tests.workflows.fakes import FakeStore

MEASURE = Tick(name="measure", interval_s=60.0, work=lambda: None, stuck_after_s=180.0)
NOW_S = 100_000.0
OFTEN = Tick(name="remediate", interval_s=5.0, work=lambda: None)


class Unreadable(FakeStore):
    def device_states(self) -> dict[str, DeviceState]:
        raise StoreError("/srv/secret.db: is damaged")


@dataclass
class Polled(FakeStore):
    """A store whose last poll was so long before noon."""

    ago_s: float = 0.0

    def device_states(self) -> dict[str, DeviceState]:
        times = {"r1": self.ago_s, "r2": self.ago_s + 3600.0}
        return {name: silent(name, ago_s) for name, ago_s in times.items()}


def silent(name: str, ago_s: float) -> DeviceState:
    at = NOON - timedelta(seconds=ago_s)
    return DeviceState(device=name, polled_at=at, answered_at=None, silent="timeout")


def ran(ago_s: float, tick: Tick = MEASURE, **changed: object) -> TickState:
    state = TickState(tick=tick, began_s=NOW_S - ago_s, runs=1)
    return replace(state, **changed)  # type: ignore[arg-type]  # fields, by their names


def test_a_poll_counts_for_three_intervals_whether_or_not_devices_answered() -> None:
    assert is_measured(Polled(ago_s=180.0), NOON, 60.0).is_met
    late = is_measured(Polled(ago_s=181.0), NOON, 60.0)
    assert (late.is_met, late.age_s) == (False, 181.0)
    assert late.why == "the last poll was 181 s ago; one is expected every 60 s"


def test_a_poll_that_is_ahead_of_the_clock_does_not_count() -> None:
    assert is_measured(Polled(ago_s=-5.0), NOON, 60.0).is_met  # the clock was only kept right
    ahead = is_measured(Polled(ago_s=-3599.0), NOON, 60.0)
    assert ahead.why == "the last poll is 3599 s ahead of the clock, which was set back"


def test_before_the_first_poll_nothing_is_measured() -> None:
    assert is_measured(FakeStore(), NOON, 60.0).why == "nothing was polled yet"


def unwritable() -> None:
    raise StoreError("/srv/secret.db: cannot be written")


def test_a_database_that_fails_is_said_without_its_words() -> None:
    found = is_kept(unwritable), is_measured(Unreadable(), NOON, 60.0)
    assert [one.is_met for one in found] == [False, False]
    assert "secret" not in "".join(one.why for one in found)
    assert is_kept(lambda: None).is_met


def test_it_is_not_ready_once_another_process_may_do_the_same() -> None:
    assert is_alone(is_lock_held=True).is_met
    assert not is_alone(is_lock_held=False).is_met


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (ran(180.0), ""),
        (ran(181.0), "it has not run for 181 s; it should every 60 s"),
        (ran(180.0, is_running=True), ""),
        (ran(181.0, is_running=True), "it has been running for 181 s"),
        (ran(10.0, failed_in_a_row=1, failed=9), ""),
        (ran(10.0, failed_in_a_row=2), "it failed 2 times in a row; the log says why"),
        (ran(60.0, OFTEN), ""),  # three times 5 s would be too strict for a busy machine
        (ran(61.0, OFTEN), "it has not run for 61 s; it should every 5 s"),
    ],
)
def test_a_tick_must_come_and_end_and_not_fail_again_and_again(state: TickState, why: str) -> None:
    found = is_ticking(state, NOW_S - 3600.0, NOW_S)
    assert (found.why, found.is_met) == (why, not why)


def test_a_tick_that_has_not_begun_yet_counts_from_the_start_of_the_process() -> None:
    new = TickState(tick=MEASURE)
    assert is_ticking(new, NOW_S - 180.0, NOW_S).is_met
    assert not is_ticking(new, NOW_S - 181.0, NOW_S).is_met


def test_remediations_must_get_on() -> None:
    assert is_working(PoolState(), NOW_S, 600.0).is_met
    begun = PoolState(in_flight=("p-1",), oldest_began_s=NOW_S - 600.0)
    assert is_working(begun, NOW_S, 600.0).is_met
    assert is_working(begun, NOW_S, 599.0).why == "one has been at work for 600 s"
    assert is_working(PoolState(failed_in_a_row=2), NOW_S, 600.0).is_met
    assert is_working(PoolState(failed_in_a_row=3), NOW_S, 600.0).why.startswith(
        "the last 3 failed"
    )


def test_it_is_not_ready_once_too_many_devices_refused_its_credentials() -> None:
    assert is_let_in(has_ssh_stopped=False).is_met
    found = is_let_in(has_ssh_stopped=True)
    assert (found.is_met, found.why[:42]) == (False, "credentials were refused too often, so no ")


def test_it_is_alive_while_any_tick_begins_whatever_comes_of_it() -> None:
    since_s = NOW_S - 3600.0
    failing = (ran(900.0), ran(60.0, OFTEN, failed_in_a_row=100))
    assert is_alive(failing, since_s, NOW_S, is_scheduling=True).is_met
    late = is_alive((ran(900.0), ran(61.0, OFTEN)), since_s, NOW_S, is_scheduling=True)
    assert late.why == "no tick has begun for 61 s"
    assert not is_alive(failing, since_s, NOW_S, is_scheduling=False).is_met


def test_it_is_alive_before_the_first_tick() -> None:
    new = (TickState(tick=OFTEN),)
    assert is_alive(new, NOW_S - 60.0, NOW_S, is_scheduling=True).is_met
    assert not is_alive(new, NOW_S - 61.0, NOW_S, is_scheduling=True).is_met
