"""Score every voice path from the newest runs of its probe.

One global step over the whole network; it reads what the pollers have left, touches no device,
and gives the same answer however often it is called.
"""

import logging
from datetime import datetime

from qosbot.domain.inventory import Inventory, ProbeId
from qosbot.domain.metrics import Reason
from qosbot.domain.path_scores import PathScore, score_paths
from qosbot.domain.paths import (
    ENOUGH_PACKETS,
    PathMeasurement,
    Polling,
    Unmeasured,
    measure_path,
)
from qosbot.ports.keeping import Store

log = logging.getLogger(__name__)

SMALLEST_RUN_PACKETS = 10
"""The default of an IP SLA operation without a codec."""


def assess(
    inventory: Inventory,
    *,
    store: Store,
    now: datetime,
    poll_interval_s: float,
    enough_packets: int = ENOUGH_PACKETS,
) -> tuple[PathScore | Unmeasured, ...]:
    """Return the score of each path of the inventory, in its order; keep nothing."""
    paths = inventory.paths
    runs = store.recent_probe_runs(
        {path.probe for path in paths.values()}, enough_packets // SMALLEST_RUN_PACKETS
    )
    states = store.device_states()
    devices = store.latest_metrics({path.probe.device for path in paths.values()})

    def polling(probe: ProbeId) -> Polling:
        state, device = states.get(probe.device), devices.get(probe.device)
        is_silent = state is not None and bool(state.silent)
        is_whole = device is not None and Reason.PARTIAL_WALK not in device.reasons
        known = device is not None and any(one.probe == probe for one in device.probes)
        return Polling(
            now=now,
            interval_s=poll_interval_s,
            is_silent=is_silent,
            is_gone=not is_silent and is_whole and not known,
        )

    found = [
        measure_path(path, runs.get(path.probe, ()), polling(path.probe)) for path in paths.values()
    ]
    scored = {
        score.path: score
        for score in score_paths(paths, [one for one in found if isinstance(one, PathMeasurement)])
    }
    return tuple(one if isinstance(one, Unmeasured) else scored[one.path] for one in found)


def assess_and_keep(
    inventory: Inventory, *, store: Store, now: datetime, poll_interval_s: float
) -> tuple[PathScore | Unmeasured, ...]:
    """Score every path and keep the scores as history."""
    scores = assess(inventory, store=store, now=now, poll_interval_s=poll_interval_s)
    keep_scores(scores, store, now)
    return scores


def keep_scores(scores: tuple[PathScore | Unmeasured, ...], store: Store, now: datetime) -> None:
    """Keep scores as history, and say which paths have none."""
    store.record_scores(now, scores)
    for score in scores:
        if isinstance(score, Unmeasured):
            log.warning("path not measured", extra={"path": score.path, "reason": score.reason})
