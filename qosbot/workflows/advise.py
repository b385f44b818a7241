"""What is worth a word and no alarm: limits of design, and departures from what is usual."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from qosbot.domain.alarms import AffectedWay
from qosbot.domain.departures import DAYS_BACK, departure
from qosbot.domain.detection import Calm, ceiling_mos, design_limit
from qosbot.domain.grouping import Detection
from qosbot.domain.inventory import Direction, Inventory, VoicePath
from qosbot.domain.path_scores import PathScore
from qosbot.domain.paths import Unmeasured
from qosbot.ports import Store


class Kind(StrEnum):
    """What an advisory is about."""

    DESIGN = "design"
    """The codec cannot reach the threshold at the path's loss-free delay."""
    DEPARTURE = "departure"
    """The path sounds worse than it usually does at this hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """One thing to know of a path."""

    path: str
    kind: Kind
    words: str


def advise(
    inventory: Inventory,
    scores: Sequence[PathScore | Unmeasured],
    *,
    store: Store,
    detection: Detection,
    now: datetime,
) -> tuple[Advisory, ...]:
    """Return the advisories of all paths, in the order of the inventory; keep nothing."""
    by_path = {score.path: score for score in scores}
    found: list[Advisory] = []
    for path in inventory.paths.values():
        limit = design_limit(path, ceiling_mos(path, _calm(path, detection)))
        if limit is not None:
            found.append(Advisory(path=path.name, kind=Kind.DESIGN, words=limit.words))
        score = by_path.get(path.name)
        if not isinstance(score, PathScore):
            continue
        left = departure(path.name, score.mos, _same_hour(path.name, store, now))
        if left is not None:
            found.append(Advisory(path=path.name, kind=Kind.DEPARTURE, words=left.words))
    return tuple(found)


def _calm(path: VoicePath, detection: Detection) -> dict[Direction, Calm | None]:
    return {
        direction: detection.state_of(AffectedWay(path=path.name, direction=direction)).calm
        for direction in Direction
    }


def _same_hour(path: str, store: Store, now: datetime) -> list[list[float]]:
    """Return the worse direction's scores of this hour, one list for each day before."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    days = [hour - timedelta(days=back) for back in range(1, DAYS_BACK + 1)]
    return [
        [
            min(row.mos_forward, row.mos_backward)
            for row in store.score_history(path, day, day + timedelta(hours=1))
            if row.mos_forward is not None and row.mos_backward is not None
        ]
        for day in days
    ]
