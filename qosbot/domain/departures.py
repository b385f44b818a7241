"""A path that leaves what it usually sounds like at this hour: an advisory, no alarm."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

MARGIN_MOS = 0.3
BEST_MOS = 4.5
"""Where every scale ends."""
DAYS_BACK = 7
"""As far as history is kept that long."""
ENOUGH_SCORES = 10
"""With fewer, nobody knows what is usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What a path usually sounds like at an hour."""

    mos: float
    days: int
    """On how many days it rests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """A path below its own baseline of the same hour by more than the margin."""

    path: str
    mos: float
    usual_mos: float
    days: int
    """On how many days the baseline rests."""

    @property
    def words(self) -> str:
        """Return the advisory in one sentence."""
        days = "day" if self.days == 1 else "days"
        return (
            f"{self.path} has MOS {self.mos:.2f}, {self.usual_mos - self.mos:.2f} below the "
            f"{self.usual_mos:.2f} that is usual at this hour ({self.days} {days} before)"
        )


def baseline_of(days: Sequence[Sequence[float]]) -> Baseline | None:
    """Return what is usual at an hour; None with too few scores to know.

    Args:
        days: MOS of the worse direction in this hour, on each day before; a day without a score
            is left out.

    It is the median of the days' medians, so that one bad day is not usual.
    """
    known = [day for day in days if day]
    if sum(len(day) for day in known) < ENOUGH_SCORES:
        return None
    return Baseline(mos=median(median(day) for day in known), days=len(known))


def departure(path: str, mos: float, usual: Baseline | None) -> Departure | None:
    """Return the departure of a path from its baseline; None where there is none, or no baseline.

    `mos` is that of the worse direction, now.
    """
    # Scores that are as far apart as the margin differ by a little more in binary.
    if usual is None or usual.mos - mos <= MARGIN_MOS + 1e-9:
        return None
    return Departure(path=path, mos=mos, usual_mos=usual.mos, days=usual.days)
