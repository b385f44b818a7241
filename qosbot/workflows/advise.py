"""What is worth a word and no alarm: limits of design, and departures from what is usual."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from qosbot.domain.advisories import (
    Advisory,
    AdvisoryKind,
    Glance,
    follow,
    not_among,
    standing,
)
from qosbot.domain.alarms import AffectedWay
from qosbot.domain.departures import (
    BEST_MOS,
    DAYS_BACK,
    MARGIN_MOS,
    Baseline,
    baseline_of,
    departure,
)
from qosbot.domain.detection import DesignLimit, WayState, ceiling_mos, design_limit
from qosbot.domain.grouping import Detection
from qosbot.domain.inventory import Direction, Inventory, VoicePath
from qosbot.domain.path_scores import PathScore
from qosbot.domain.paths import Unmeasured
from qosbot.ports.keeping import Store
from qosbot.workflows.detect import Detected

log = logging.getLogger(__name__)

Ways = Mapping[AffectedWay, WayState]


class Baselines:
    """What is usual of each path at this hour, read once an hour; lost with the process.

    It rests on the days before, so nothing that comes in during the hour moves it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, tuple[datetime, Baseline | None]] = {}

    def of(self, path: str, now: datetime) -> Baseline | None:
        """Return what is usual of a path at this hour; None where nobody knows."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        known = self._known.get(path)
        if known is None or known[0] != hour:
            usual = baseline_of(_same_hour(path, self._store, hour))
            known = self._known[path] = (hour, usual)
        return known[1]


def advise(
    inventory: Inventory,
    scores: Sequence[PathScore | Unmeasured],
    *,
    store: Store,
    detection: Detection,
    now: datetime,
) -> tuple[Advisory, ...]:
    """Return the advisories of all paths as of now, in the order of the inventory; keep nothing."""
    ways = {one.way: one for one in detection.ways}
    limits = [
        design_limit(path, ceiling_mos(path, {one.way.direction: one.calm for one in both}))
        for path in inventory.paths.values()
        if len(both := _both(path, ways)) == len(Direction)
    ]
    designs = [one for one in limits if one is not None]
    return _advisories(inventory, scores, designs, Baselines(store), now)


def follow_up(
    inventory: Inventory,
    scores: Sequence[PathScore | Unmeasured],
    detected: Detected,
    *,
    baselines: Baselines,
    now: datetime,
) -> Detection:
    """Return what is remembered, with the advisories as they stand; log what came and went.

    Args:
        inventory: the paths.
        scores: of this look.
        detected: at this look, with the advisories of the look before.
        baselines: what is usual.
        now: the time, aware.
    """
    detection = detected.detection
    seen = _advisories(inventory, scores, detected.designs, baselines, now)
    ways = {one.way: one for one in detection.ways}
    glances = {path.name: _glance(path, ways) for path in inventory.paths.values()}
    followed = follow(detection.advisories, seen, glances)
    before, after = standing(detection.advisories), standing(followed)
    for one in not_among(after, before):
        is_design = one.kind is AdvisoryKind.DESIGN
        level = logging.INFO if is_design else logging.WARNING
        log.log(level, "advisory raised", extra=_facts(one))
    for one in not_among(before, after):
        log.info("advisory over", extra=_facts(one))
    return replace(detection, advisories=followed)


def _facts(one: Advisory) -> Mapping[str, str]:
    return {"path": one.path, "kind": one.kind.value, "words": one.words}


def _both(path: VoicePath, ways: Ways) -> list[WayState]:
    """Return what is remembered of the directions of a path, as far as they were looked at."""
    both = (AffectedWay(path=path.name, direction=direction) for direction in Direction)
    return [ways[way] for way in both if way in ways]


def _glance(path: VoicePath, ways: Ways) -> Glance:
    both = _both(path, ways)
    is_measured = bool(both) and all(one.mos_latest is not None for one in both)
    return Glance(
        run_stamp_s=both[0].run_stamp_s if is_measured else None,
        hold_runs=path.thresholds.hold_runs,
        is_raised=any(one.is_raised for one in both),
    )


def _advisories(
    inventory: Inventory,
    scores: Sequence[PathScore | Unmeasured],
    designs: Iterable[DesignLimit],
    baselines: Baselines,
    now: datetime,
) -> tuple[Advisory, ...]:
    measured = {score.path: score for score in scores if isinstance(score, PathScore)}
    limits = {one.path: one.words for one in designs}
    found: list[Advisory] = []
    for path in inventory.paths:
        if path in limits:
            found.append(Advisory(path=path, kind=AdvisoryKind.DESIGN, words=limits[path]))
        # So good that nothing usual can be better by the margin: not worth reading a week for.
        if path not in measured or measured[path].mos + MARGIN_MOS >= BEST_MOS:
            continue
        left = departure(path, measured[path].mos, baselines.of(path, now))
        if left is not None:
            found.append(Advisory(path=path, kind=AdvisoryKind.DEPARTURE, words=left.words))
    return tuple(found)


def _same_hour(path: str, store: Store, hour: datetime) -> list[list[float]]:
    """Return the worse direction's scores of an hour, one list for each day before."""
    days = [hour - timedelta(days=back) for back in range(1, DAYS_BACK + 1)]
    return [
        [
            min(row.mos_forward, row.mos_backward)
            for row in store.score_history(path, day, day + timedelta(hours=1))
            if row.mos_forward is not None and row.mos_backward is not None
        ]
        for day in days
    ]
