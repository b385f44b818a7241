"""APScheduler: runs ticks at an interval, never two of a kind at once, and tells of misses."""

import logging
from collections.abc import Callable

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler

from qosbot.ports import Clock

log = logging.getLogger(__name__)


class Scheduler:
    """Runs ticks in the background until it is stopped."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # A tick that is late by less than its grace still runs; several late ones run once.
        self._scheduler = BackgroundScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1}
        )
        self._scheduler.add_listener(_tell, EVENT_JOB_MISSED | EVENT_JOB_ERROR)

    def every(self, interval_s: float, tick: Callable[[], None], *, name: str) -> None:
        """Run `tick` now and then every `interval_s` seconds."""
        self._scheduler.add_job(
            tick,
            "interval",
            seconds=interval_s,
            id=name,
            next_run_time=self._clock.now(),
            misfire_grace_time=max(1, int(interval_s / 2)),
        )

    def start(self) -> None:
        """Start the ticks; returns at once."""
        self._scheduler.start()

    def stop(self) -> None:
        """Let the running ticks finish, start no more."""
        self._scheduler.shutdown(wait=True)


def _tell(event: JobExecutionEvent) -> None:
    if event.code == EVENT_JOB_MISSED:
        log.warning("tick missed", extra={"tick": event.job_id})
    else:
        log.error(
            "tick failed",
            extra={"tick": event.job_id, "error": str(event.exception)},
        )
