"""Ticks: they come, they come again whatever happened, and what did not come is counted."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

import pytest

from qosbot.adapters.scheduler import Scheduler, trigger_of
from qosbot.domain.audit.schedule import Nightly
from qosbot.domain.errors import StoreError
from qosbot.ports.serving import Tick, TickState
from qosbot.workflows.readiness import is_alive, is_ticking
from tests.until import until

OFTEN_S = 0.05
NEVER_S = 3600.0


@dataclass
class Shifted:
    """The machine's clock, or one that is behind it."""

    behind: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(tz=UTC) - self.behind  # noqa: TID251  the scheduler's own clock


@dataclass
class Hanging:
    """Work that hangs until it is let go."""

    let_go: threading.Event = field(default_factory=threading.Event)
    began: int = 0

    def __call__(self) -> None:
        self.began += 1
        assert self.let_go.wait(30.0)


@contextmanager
def running(*ticks: Tick, clock: Shifted | None = None) -> Iterator[Scheduler]:
    scheduler = Scheduler(clock or Shifted(), ticks)
    scheduler.start()
    try:
        yield scheduler
    finally:
        scheduler.stop(30.0)


def tick(work: Callable[[], object], name: str = "t", **changed: object) -> Tick:
    given = {"name": name, "interval_s": NEVER_S, "work": work, **changed}
    return Tick(**given)  # type: ignore[arg-type]  # fields, by their names


def state(scheduler: Scheduler, name: str = "t") -> TickState:
    return next(one for one in scheduler.states() if one.tick.name == name)


def broken() -> None:
    raise StoreError("the disk is full")


def told(caplog: pytest.LogCaptureFixture, message: str) -> list[logging.LogRecord]:
    return [one for one in caplog.records if one.msg == message]


def test_a_tick_that_raises_comes_again_and_stops_no_other() -> None:
    other = tick(lambda: None, "other", interval_s=OFTEN_S)
    with running(tick(broken, interval_s=OFTEN_S), other) as scheduler:
        until(lambda: state(scheduler).failed >= 3 and state(scheduler, "other").runs >= 3)
        found = state(scheduler)
        assert found.failed_in_a_row == found.failed == found.runs
        assert state(scheduler, "other").failed == 0
        assert scheduler.is_running()


def test_one_that_went_well_ends_a_row_of_failures() -> None:
    left = [broken, broken]

    def work() -> None:
        if left:
            left.pop()()

    with running(tick(work, interval_s=OFTEN_S)) as scheduler:
        until(lambda: state(scheduler).runs >= 3)
        assert (state(scheduler).failed, state(scheduler).failed_in_a_row) == (2, 0)


def test_a_failure_is_told_in_its_own_words(caplog: pytest.LogCaptureFixture) -> None:
    with running(tick(broken)) as scheduler:
        (record,) = until(lambda: told(caplog, "tick failed"))
        assert state(scheduler).failed == 1
    assert vars(record)["error"] == "the disk is full"
    assert (vars(record)["tick"], record.exc_info) == ("t", None)


def test_a_tick_that_comes_too_late_is_counted_and_told(caplog: pytest.LogCaptureFixture) -> None:
    # Due 40 minutes ago by our clock; late by more than half of its hour it is left out.
    clock = Shifted(behind=timedelta(minutes=40))
    with running(tick(lambda: None), clock=clock) as scheduler:
        (record,) = until(lambda: told(caplog, "tick missed"))
        assert (state(scheduler).missed, state(scheduler).runs) == (1, 0)
    assert (vars(record)["tick"], record.levelname) == ("t", "WARNING")


def test_how_long_ago_a_tick_began_does_not_move_with_the_clock() -> None:
    clock = Shifted()
    with running(tick(lambda: None), clock=clock) as scheduler:
        until(lambda: state(scheduler).runs)
        clock.behind = timedelta(hours=1)
        silent_for_s = time.monotonic() + 50 * 60.0
        often = replace(state(scheduler), tick=tick(lambda: None, interval_s=60.0))
        found = is_ticking(often, time.monotonic(), silent_for_s)
        alive = is_alive((often,), 0.0, silent_for_s, is_scheduling=True)
        assert not found.is_met
        assert not alive.is_met


def test_a_tick_that_still_runs_is_not_begun_again_but_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    work = Hanging()
    with running(tick(work, interval_s=OFTEN_S)) as scheduler:
        record, *_ = until(lambda: told(caplog, "tick skipped: the one before still runs"))
        assert (work.began, state(scheduler).is_running) == (1, True)
        assert state(scheduler).skipped >= 1
        work.let_go.set()
    assert (vars(record)["tick"], record.levelname) == ("t", "WARNING")


def test_what_is_wanted_while_it_runs_is_done_once_more_and_is_not_skipped() -> None:
    work = Hanging()
    with running(tick(work)) as scheduler:
        until(lambda: work.began)
        scheduler.soon("t")
        scheduler.soon("t")
        work.let_go.set()
        until(lambda: state(scheduler).runs == 2)
        assert (work.began, state(scheduler).skipped) == (2, 0)


def test_what_follows_another_begins_when_that_has_ended_and_not_before() -> None:
    first, seen = Hanging(), []
    follower = tick(lambda: seen.append(first.let_go.is_set()), "second", follows="t")
    with running(tick(first), follower, tick(lambda: None, "third")) as scheduler:
        until(lambda: first.began and state(scheduler, "third").runs)
        assert state(scheduler, "second").began_s is None
        first.let_go.set()
        until(lambda: seen)
        assert seen == [True]


def test_nothing_follows_what_failed() -> None:
    follower = tick(lambda: None, "second", follows="t")
    with running(tick(broken, interval_s=OFTEN_S), follower) as scheduler:
        until(lambda: state(scheduler).failed >= 3)
        assert state(scheduler, "second").runs == 0


def test_a_stop_waits_for_what_runs_as_long_as_it_may_and_begins_nothing() -> None:
    work, often = Hanging(), tick(lambda: None, "often", interval_s=OFTEN_S)
    with running(tick(work), often) as scheduler:
        until(lambda: work.began and state(scheduler, "often").runs)
        assert not scheduler.stop(0.0)
        runs = state(scheduler, "often").runs
        work.let_go.set()
        assert scheduler.stop(30.0)
        assert state(scheduler, "often").runs <= runs + 1  # it may have run at that very moment
        assert not scheduler.is_running()


def test_a_nightly_tick_comes_at_its_time_of_day_and_at_its_interval() -> None:
    nightly = Nightly(at=clock_time(2, 30), zone=ZoneInfo("Europe/Paris"))
    trigger = trigger_of(tick(print, interval_s=3600.0, nightly=nightly))
    at = datetime(2026, 11, 26, 1, 29, tzinfo=UTC)
    assert trigger.get_next_fire_time(None, at) == datetime(2026, 11, 26, 1, 30, tzinfo=UTC)
    now = Shifted().now()
    assert trigger.get_next_fire_time(None, now) - now <= timedelta(hours=1)
