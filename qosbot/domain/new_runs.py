"""Which probe runs were certainly made after a change, each counted once."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from qosbot.domain.figures import WayFigures

LEAST_RUN_S = 2.0
"""A run is reckoned to take this long at least; its time is known to about a second only."""
SAME_RUN_S = 5.0
"""Our time of one run moves by no more than this from poll to poll."""


def runs_since(seen: Iterable[WayFigures], changed_at: datetime) -> tuple[WayFigures, ...]:
    """Return the measured runs that began after a change, each once, oldest first.

    Args:
        seen: one direction of a path as it was seen again and again, in any order; with what was
            seen before the change, so that a run of then is known again.
        changed_at: by the clock that `run_at` is by.
    """
    found = [(one.run_at, one) for one in seen if one.mos is not None and one.run_at is not None]
    runs: list[tuple[datetime, WayFigures]] = []
    for at, one in sorted(found, key=lambda each: each[0]):
        if not any(_is_again(at - known_at, one, known) for known_at, known in runs):
            runs.append((at, one))
    return tuple(one for at, one in runs if _begun_at(at, one) > changed_at)


def _is_again(apart: timedelta, one: WayFigures, known: WayFigures) -> bool:
    """Return whether a run is one that was seen by an earlier time of ours, or by the same.

    A stamp that went back is that of a probe that started anew, or the times of two runs
    crossed; how far they are apart tells which.
    """
    stamp_s, known_s = one.run_stamp_s, known.run_stamp_s
    if stamp_s is not None and known_s is not None and stamp_s >= known_s:
        return stamp_s == known_s
    return apart <= timedelta(seconds=SAME_RUN_S)


def _begun_at(at: datetime, one: WayFigures) -> datetime:
    """Return when a run may have begun, for agents may stamp its end."""
    return at - timedelta(seconds=max(LEAST_RUN_S, one.run_length_s))
