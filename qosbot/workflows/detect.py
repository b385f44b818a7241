"""From scores and counters to alarms, each with its causes.  Keeps nothing; touches no device."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from qosbot.domain.alarms import AffectedWay, Alarm, AlarmState
from qosbot.domain.detection import (
    DesignLimit,
    WayState,
    calmer,
    ceiling_mos,
    design_limit,
    observe,
    seen,
    within_reach,
)
from qosbot.domain.diagnosis import diagnose_way, merge
from qosbot.domain.findings import Finding
from qosbot.domain.grouping import Detection, group
from qosbot.domain.inventory import Direction, Inventory, VoicePath
from qosbot.domain.metrics import DeviceMetrics
from qosbot.domain.path_scores import PathScore
from qosbot.domain.paths import Unmeasured
from qosbot.domain.sightings import Scene, has_load
from qosbot.ports.keeping import Store
from qosbot.workflows.incidents import answering

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """What one look found."""

    detection: Detection
    """To be handed to the next look."""
    findings: Mapping[str, tuple[Finding, ...]]
    """Alarm to causes, for each that is raised."""
    raised: tuple[Alarm, ...]
    """New with this look."""
    cleared: tuple[Alarm, ...]
    designs: tuple[DesignLimit, ...]
    """Paths that cannot reach their threshold by design: advice, not alarm."""


def scene_of(
    inventory: Inventory,
    *,
    store: Store,
    scores: tuple[PathScore | Unmeasured, ...],
    metrics: Mapping[str, DeviceMetrics],
    now: datetime,
) -> Scene:
    """Return all that a diagnosis looks at, with the newest run of each probe and usual marks."""
    runs = store.recent_probe_runs({path.probe for path in inventory.paths.values()}, 1)
    return Scene(
        inventory=inventory,
        metrics=metrics,
        scores={score.path: score for score in scores},
        probes={probe: newest[0] for probe, newest in runs.items() if newest},
        now=now,
    )


def detect(scene: Scene, before: Detection) -> Detected:
    """Return the alarms after a look, with their causes; the same look twice changes nothing."""
    states: list[WayState] = []
    designs: list[DesignLimit] = []
    remembered = {one.way: one for one in before.ways}
    for path in scene.inventory.paths.values():
        states += _look(path, scene, remembered, designs)
    causes = {one.way: diagnose_way(one.way, scene) for one in states if one.is_raised}
    places = {way: found.link for way, found in causes.items()}
    alarms = group(before.alarms, states, places, scene.now)
    known = {one.id for one in before.alarms}
    raised = tuple(one for one in alarms if one.id not in known)
    cleared = tuple(one for one in alarms if one.state is AlarmState.CLEARED)
    _tell(raised, cleared)
    return Detected(
        detection=replace(before, ways=tuple(states), alarms=alarms),
        findings={
            one.id: merge(causes[way] for way in one.ways)
            for one in alarms
            if one.state is AlarmState.RAISED
        },
        raised=raised,
        cleared=cleared,
        designs=tuple(designs),
    )


def _look(
    path: VoicePath,
    scene: Scene,
    known: Mapping[AffectedWay, WayState],
    designs: list[DesignLimit],
) -> list[WayState]:
    run = scene.probes.get(path.probe)
    looks = [
        seen(
            way,
            scene.scores.get(path.name),
            run_stamp_s=run.run_stamp_s if run is not None else None,
            has_load=has_load(way, scene),
        )
        for way in (AffectedWay(path=path.name, direction=direction) for direction in Direction)
    ]
    states = [calmer(known.get(one.way) or WayState(way=one.way), one) for one in looks]
    ceiling = ceiling_mos(path, {one.way.direction: one.calm for one in states})
    advice = design_limit(path, ceiling)
    if advice is not None:
        designs.append(advice)
    thresholds = within_reach(path.thresholds, ceiling)
    return [observe(*pair, thresholds) for pair in zip(states, looks, strict=True)]


def _tell(raised: tuple[Alarm, ...], cleared: tuple[Alarm, ...]) -> None:
    for alarm in raised:
        _say("alarm raised", alarm, alarm.mos_worst)
    for alarm in cleared:
        _say("alarm cleared", alarm, alarm.mos_latest)


def _say(message: str, alarm: Alarm, mos: float | None) -> None:
    paths = sorted({way.path for way in alarm.ways})
    shown = None if mos is None else round(mos, 2)
    with answering(alarm.id):
        log.info(message, extra={"alarm": alarm.id, "paths": paths, "mos": shown})
