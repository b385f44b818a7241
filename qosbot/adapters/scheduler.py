"""APScheduler: runs ticks at an interval, never two of a kind at once, and counts what went wrong.

A tick that raises is told of and comes again; it stops neither the scheduler nor another tick.
"""

import contextlib
import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    JobEvent,
    JobExecutionEvent,
)
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from qosbot.domain.errors import QosbotError
from qosbot.ports import Clock
from qosbot.ports.serving import Tick, TickState

log = logging.getLogger(__name__)


class Scheduler:
    """Runs ticks in the background until it is stopped."""

    def __init__(self, clock: Clock, ticks: Sequence[Tick]) -> None:
        self._clock = clock
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._scheduler.add_listener(
            self._heard, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES | EVENT_JOB_ERROR
        )
        self._changed = threading.Condition()
        self._states = {tick.name: TickState(tick=tick) for tick in ticks}
        self._again: set[str] = set()
        self._is_stopping = False
        for tick in ticks:
            self._add(tick)

    def _add(self, tick: Tick) -> None:
        first = {} if tick.follows else {"next_run_time": self._clock.now()}
        self._scheduler.add_job(
            self._run,
            trigger_of(tick),
            args=[tick],
            id=tick.name,
            name=tick.name,
            # Late by less than this it still runs, a nightly one however late it is; of several
            # late ones only one does.
            misfire_grace_time=None if tick.nightly else max(1, int(tick.interval_s / 2)),
            coalesce=True,
            max_instances=1,
            **first,
        )

    def start(self) -> None:
        """Start the ticks; returns at once."""
        self._scheduler.start()

    def is_running(self) -> bool:
        """Return whether ticks are begun when their time comes."""
        return bool(self._scheduler.running) and not self._is_stopping

    def states(self) -> tuple[TickState, ...]:
        """Return how every tick has gone so far."""
        with self._changed:
            return tuple(self._states.values())

    def soon(self, name: str) -> None:
        """Run a tick now, besides its interval, or once more where it runs already."""
        with self._changed:
            if self._states[name].is_running:
                # What it should see may have come after it looked.
                self._again.add(name)
                return
        # Gone where the scheduler was stopped meanwhile.
        with contextlib.suppress(JobLookupError):
            self._scheduler.modify_job(name, next_run_time=self._clock.now())

    def stop(self, within_s: float) -> bool:
        """Start no tick any more; return whether those that run ended within so long."""
        with self._changed:
            self._is_stopping = True
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        with self._changed:
            return self._changed.wait_for(
                lambda: not any(state.is_running for state in self._states.values()), within_s
            )

    def _run(self, tick: Tick) -> None:
        with self._changed:
            if self._is_stopping:
                return
            state = self._states[tick.name]
            began_s = time.monotonic()
            self._states[tick.name] = replace(state, began_s=began_s, is_running=True)
        has_failed = True
        try:
            tick.work()
            has_failed = False
        finally:
            self._ended(tick, has_failed=has_failed)
        for name in self._due_after(tick):
            self.soon(name)

    def _due_after(self, tick: Tick) -> list[str]:
        with self._changed:
            again = [tick.name] if tick.name in self._again else []
            self._again.discard(tick.name)
            followers = [
                name for name, one in self._states.items() if one.tick.follows == tick.name
            ]
        return again + followers

    def _ended(self, tick: Tick, *, has_failed: bool) -> None:
        with self._changed:
            state = self._states[tick.name]
            self._states[tick.name] = replace(
                state,
                is_running=False,
                runs=state.runs + 1,
                failed=state.failed + has_failed,
                failed_in_a_row=state.failed_in_a_row + 1 if has_failed else 0,
            )
            self._changed.notify_all()

    def _heard(self, event: JobEvent) -> None:
        name = event.job_id
        if event.code == EVENT_JOB_ERROR:
            _tell_failure(event)
            return
        with self._changed:
            state = self._states[name]
            if event.code == EVENT_JOB_MISSED:
                self._states[name] = replace(state, missed=state.missed + 1)
            else:
                self._states[name] = replace(state, skipped=state.skipped + 1)
        if event.code == EVENT_JOB_MISSED:
            log.warning("tick missed", extra={"tick": name})
        else:
            log.warning("tick skipped: the one before still runs", extra={"tick": name})


def trigger_of(tick: Tick) -> BaseTrigger:
    """Return when a tick comes: at its interval and, if it has one, at its time of day."""
    again = IntervalTrigger(seconds=tick.interval_s, timezone="UTC")
    if tick.nightly is None:
        return again
    at, zone = tick.nightly.at, tick.nightly.zone
    return OrTrigger([CronTrigger(hour=at.hour, minute=at.minute, timezone=zone), again])


def _tell_failure(event: JobExecutionEvent) -> None:
    # What the outside did is said in its own words; anything else is a defect to be found.
    error = event.exception
    trace = None if isinstance(error, QosbotError) else error
    log.error("tick failed", exc_info=trace, extra={"tick": event.job_id, "error": str(error)})
