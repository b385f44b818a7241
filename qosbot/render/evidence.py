"""What a plot of the evidence shows, apart from the drawing, which is slow to import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from qosbot.ports.keeping import ScoreRow

Point = tuple[datetime, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Scores of paths above the drops of a class; texts are shown as they are."""

    title: str
    scores: Mapping[str, Sequence[ScoreRow]]
    """By path, oldest first."""
    thresholds: Mapping[str, float]
    """The MOS below which an alarm is raised, by path."""
    drops: Sequence[Point]
    """Drop ratio of one class in 0..1, oldest first."""
    drops_of: str
    """What drops, as a title."""
