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


def departure(path: str, mos: float, days: Sequence[Sequence[float]]) -> Departure | None:
    """Return the departure of a path from its baseline; None where there is none, or no baseline.

    Args:
        path: its name.
        mos: of the worse direction, now.
        days: the same of this hour on each day before; days without a score are left out.

    The baseline is the median of the days' medians, so that one bad day is not usual.
    """
    known = [day for day in days if day]
    if sum(len(day) for day in known) < ENOUGH_SCORES:
        return None
    usual = median(median(day) for day in known)
    # Scores that are as far apart as the margin differ by a little more in binary.
    if usual - mos <= MARGIN_MOS + 1e-9:
        return None
    return Departure(path=path, mos=mos, usual_mos=usual, days=len(known))
