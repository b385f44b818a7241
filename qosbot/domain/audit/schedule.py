"""When a night's audit is due.  Whether it was done is what is kept of it, not what was timed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MOST_TRIES = 3
"""Of one night: a process that dies of it each time must not audit until morning."""
_CLOCK_MOVES = timedelta(days=1)
"""A night that is further ahead of the clock was kept while the clock was wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nightly:
    """A time of day."""

    at: time
    zone: ZoneInfo

    def latest(self, now: datetime) -> datetime:
        """Return the last time that was due at `now`, in UTC: one for each day of the zone.

        Where clocks are set forward over it, it is due as long after midnight as ever; where
        they are set back over it, the first of the two counts.
        """
        today = now.astimezone(self.zone).date()
        due = self._on(today)
        return due if due <= now else self._on(today - timedelta(days=1))

    def _on(self, day: date) -> datetime:
        return datetime.combine(day, self.at, tzinfo=self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What became of one night's audit."""

    due_at: datetime
    tries: int
    """How often it was begun."""
    is_over: bool
    """Whether it was done or given up."""


def due_night(nightly: Nightly, now: datetime, kept: Iterable[Night]) -> datetime | None:
    """Return the night that is to be audited now; None: none is.

    Of several that were missed only the latest is.
    """
    latest = nightly.latest(now)
    over = [one.due_at for one in kept if one.is_over and one.due_at <= now + _CLOCK_MOVES]
    # A time of day that was moved forward makes no second night of one that was over.
    return None if any(due_at >= latest for due_at in over) else latest
