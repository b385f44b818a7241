"""A voice path's day: how long it sounded how good, and how long nobody knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from qosbot.domain.metrics import Grade

BAND_FLOORS = (4.34, 4.03, 3.60, 3.10, 2.58, 1.0)
"""The least MOS of each band, the best first.

Source: ITU-T G.107 (06/2015), Annex B, Table B.1: user satisfaction at R = 90, 80, 70, 60 and 50.
"""

_MOST_HELD = 2.0
"""A score counts until the next one, for so many poll intervals at most."""
_ENOUGH = 0.9
"""Of the day; with less of it measured so well the day has the grade below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One point of a path's history, of its worse direction."""

    at: datetime
    mos: float | None
    """None: not measured."""
    grade: Grade


@dataclass(frozen=True, slots=True, kw_only=True)
class PathDay:
    """What a path was like between two times; all lengths are minutes."""

    path: str
    since: datetime
    until: datetime
    threshold: float
    """The MOS below which the path raises an alarm."""
    bands_min: tuple[float, ...]
    """In the order of `BAND_FLOORS`."""
    below_min: float
    """Below the threshold."""
    unmeasured_min: float
    mos_median: float | None
    """Half of the measured time was at or below it; None: nothing was measured."""
    mos_worst: float | None
    hours: tuple[float | None, ...]
    """The worst MOS of each hour since `since`; None: not measured in it."""
    grade: Grade
    """A: nine tenths of the day were measured at A; B: at A or B; C: less than that."""

    @property
    def measured_min(self) -> float:
        """Return how long it was measured."""
        return sum(self.bands_min)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Of which time, and how often a path is scored in it."""

    since: datetime
    until: datetime
    interval_s: float


def path_day(path: str, scores: Sequence[Score], span: Span, *, threshold: float) -> PathDay:
    """Return a path's day from its scores, oldest first, all within the span."""
    minutes = _held_min(scores, span)
    pairs = zip(scores, minutes, strict=True)
    held = [(one.mos, one.grade, long) for one, long in pairs if one.mos is not None]
    whole = (span.until - span.since).total_seconds() / 60
    bands = [0.0] * len(BAND_FLOORS)
    for mos, _, long in held:
        bands[_band(mos)] += long
    return PathDay(
        path=path,
        since=span.since,
        until=span.until,
        threshold=threshold,
        bands_min=tuple(bands),
        below_min=sum(long for mos, _, long in held if mos < threshold),
        unmeasured_min=max(0.0, whole - sum(bands)),
        mos_median=_median([(mos, long) for mos, _, long in held]),
        mos_worst=min((mos for mos, _, _ in held), default=None),
        hours=_hours(scores, span),
        grade=_grade([(grade, long) for _, grade, long in held], whole),
    )


def _held_min(scores: Sequence[Score], span: Span) -> list[float]:
    """Return for how long each score counts."""
    times = [*(one.at for one in scores), span.until]
    most_s = _MOST_HELD * span.interval_s
    return [
        max(0.0, min((end - begin).total_seconds(), most_s)) / 60 for begin, end in pairwise(times)
    ]


def _band(mos: float) -> int:
    last = len(BAND_FLOORS) - 1
    return next((i for i, floor in enumerate(BAND_FLOORS) if mos >= floor), last)


def _median(held: Sequence[tuple[float, float]]) -> float | None:
    half, passed = sum(long for _, long in held) / 2, 0.0
    for mos, long in sorted(held):
        passed += long
        if passed >= half:
            return mos
    return None


def _hours(scores: Sequence[Score], span: Span) -> tuple[float | None, ...]:
    count = max(1, round((span.until - span.since).total_seconds() / 3600))
    worst: list[float | None] = [None] * count
    for one in scores:
        hour = min(count - 1, int((one.at - span.since).total_seconds() // 3600))
        known = worst[hour]
        if one.mos is not None:
            worst[hour] = one.mos if known is None else min(known, one.mos)
    return tuple(worst)


def _grade(held: Sequence[tuple[Grade, float]], whole: float) -> Grade:
    for grade in (Grade.A, Grade.B):
        if whole > 0 and sum(long for one, long in held if one <= grade) >= _ENOUGH * whole:
            return grade
    return Grade.C
