"""What is worth a word and no alarm, followed from look to look: told when it comes and goes.

A limit of design stands as soon as it is known.  A departure has to last, as an alarm does, so
that one odd run tells nobody anything; and where an alarm tells of a path already, it is silent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class AdvisoryKind(StrEnum):
    """What an advisory is about."""

    DESIGN = "design"
    """The codec cannot reach the threshold at the path's loss-free delay."""
    DEPARTURE = "departure"
    """The path sounds worse than it usually does at this hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """One thing to know of a path."""

    path: str
    kind: AdvisoryKind
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """An advisory, and whether it stands yet."""

    advisory: Advisory
    """As it was seen last."""
    stands: bool = False
    runs: int = 0
    """New ones in a row that say otherwise than `stands`."""
    run_stamp_s: float | None = None
    """The agent's own time of the run that was counted last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What a look saw of a path beside its advisories."""

    run_stamp_s: float | None
    """Of the latest run; None: not measured, so that it says nothing."""
    hold_runs: int
    """So many new runs in a row bring a departure, or end it."""
    is_raised: bool
    """Whether an alarm tells of the path."""


def follow(
    before: Sequence[Followed], seen: Sequence[Advisory], glances: Mapping[str, Glance]
) -> tuple[Followed, ...]:
    """Return what is followed after a look; the same look twice changes nothing.

    Args:
        before: what was followed until now.
        seen: the advisories of this look.
        glances: every path; of one that is not among them nothing is followed any more.
    """
    known = {(one.advisory.path, one.advisory.kind): one for one in before}
    new = {(one.path, one.kind): one for one in seen}
    found = []
    for key in dict.fromkeys((*known, *new)):
        glance = glances.get(key[0])
        one = None if glance is None else _next(known.get(key), new.get(key), glance)
        if one is not None:
            found.append(one)
    return tuple(found)


def _next(known: Followed | None, seen: Advisory | None, glance: Glance) -> Followed | None:
    if seen is not None:
        known = Followed(advisory=seen) if known is None else replace(known, advisory=seen)
    if known is None:
        return None
    if known.advisory.kind is AdvisoryKind.DESIGN:
        return None if seen is None else replace(known, stands=True)
    if glance.run_stamp_s is None or glance.run_stamp_s == known.run_stamp_s:
        return known
    is_otherwise = (seen is not None) is not known.stands
    known = replace(
        known, runs=known.runs + 1 if is_otherwise else 0, run_stamp_s=glance.run_stamp_s
    )
    has_held = known.runs >= glance.hold_runs
    if known.stands:
        return None if has_held else known
    if seen is None:
        return None
    return replace(known, stands=True, runs=0) if has_held and not glance.is_raised else known


def standing(followed: Sequence[Followed]) -> tuple[Advisory, ...]:
    """Return the advisories that stand."""
    return tuple(one.advisory for one in followed if one.stands)


def not_among(these: Sequence[Advisory], those: Sequence[Advisory]) -> tuple[Advisory, ...]:
    """Return what stands in one list and not in the other, whatever its words."""
    known = {(one.path, one.kind) for one in those}
    return tuple(one for one in these if (one.path, one.kind) not in known)
