"""`qosbot paths`: the voice paths and their MOS, from what was polled."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from qosbot.cli.door import complain, guarded
from qosbot.cli.options import AsJson, DatabaseFile, InventoryDir
from qosbot.cli.tables import Cell, Row, show

if TYPE_CHECKING:
    from qosbot.domain.inventory import VoicePath
    from qosbot.domain.path_scores import PathScore
    from qosbot.domain.paths import DirectionMeasurement, Unmeasured
    from qosbot.domain.scoring import VoiceScore
    from qosbot.ports.keeping import DeviceState
    from qosbot.render.plain_json import JsonTree

COLUMNS = [
    "path",
    "MOS",
    "grade",
    "direction",
    "score (95 %)",
    "delay ms",
    "jitter ms",
    "loss %",
    "run",
    "remarks",
]


@guarded
def paths(
    *,
    inventory: InventoryDir = None,
    database: DatabaseFile = None,
    as_json: AsJson = False,
) -> None:
    """Show every voice path with its MOS, as far as it was measured.

    A path's MOS is that of its worse direction.  A path without a good probe has none.
    """
    from qosbot.bootstrap import open_bot
    from qosbot.domain.in_force import codecs_not_in_files
    from qosbot.settings import read_settings

    with open_bot(read_settings(inventory=inventory, database=database), make=False) as bot:
        scores = bot.assess()
        advisories = bot.advise(scores)
        states = bot.records.store.device_states()
        now = bot.clock.now()
        in_force = bot.inventory_now()
        described = in_force.paths
        changed = codecs_not_in_files(bot.inventory, in_force)
    if as_json:
        from qosbot.render.plain_json import tree

        answer = {
            "at": now.isoformat(timespec="milliseconds"),
            "paths": [score_tree(score) for score in scores],
            "codecs_not_in_files": dict(changed),
            "advisories": tree(advisories),
        }
        print(json.dumps(answer, indent=2))
        return
    show("voice paths", COLUMNS, path_rows(scores, described, now), caption(states, now))
    for advisory in advisories:
        print(f"advice: {advisory.words}")
    for name, codec in changed.items():
        complain(f"{name}: calls speak {codec} since it was changed; write it into paths.yaml")


def score_tree(score: "PathScore | Unmeasured") -> "JsonTree":
    """Return a path's score as JSON's own types; `mos` is null where it was not measured."""
    from qosbot.domain.path_scores import PathScore
    from qosbot.render.plain_json import tree
    from qosbot.render.words import in_words

    if not isinstance(score, PathScore):
        return {
            "path": score.path,
            "mos": None,
            "not_measured": score.reason.value,
            "why": in_words([score.reason]),
            "run_at": tree(score.run_at),
            "grade": score.grade.value,
        }
    return {
        "path": score.path,
        "mos": score.mos,
        "scale": score.forward.scale.value,
        "worse": score.worse.value,
        "grade": score.grade.value,
        "reasons": tree(score.reasons),
        "run_at": tree(score.run_at),
        "runs": score.runs,
        "forward": {"measured": tree(score.measurement.forward), "score": tree(score.forward)},
        "backward": {"measured": tree(score.measurement.backward), "score": tree(score.backward)},
    }


def path_rows(
    scores: "Iterable[PathScore | Unmeasured]", described: "Mapping[str, VoicePath]", now: datetime
) -> list[Row]:
    """Return two rows for each path, one for each direction, in the order of the inventory."""
    from qosbot.domain.path_scores import PathScore

    return [
        row
        for score in scores
        for row in (
            _scored(score, described[score.path], now)
            if isinstance(score, PathScore)
            else [_unmeasured(score, now)]
        )
    ]


def _unmeasured(score: "Unmeasured", now: datetime) -> Row:
    from qosbot.render.words import in_words

    verdict = Cell("not measured", "yellow")
    ran = age(score.run_at, now)
    return [
        score.path,
        verdict,
        score.grade.value,
        *["-"] * 5,
        ran,
        in_words([score.reason]),
    ]


def _scored(score: "PathScore", path: "VoicePath", now: datetime) -> list[Row]:
    from qosbot.render.words import in_words

    floor = path.thresholds.raise_below
    is_below = score.mos < floor
    verdict = Cell(f"{score.mos:.2f}", "bold red" if is_below else "green")
    below = f"MOS is below {floor:g} ({score.worse.value})" if is_below else ""
    remarks = "; ".join(filter(None, [below, in_words(score.reasons)]))
    ran = age(score.run_at, now)
    forward = _direction("forward", score.forward, score.measurement.forward)
    backward = _direction("backward", score.backward, score.measurement.backward)
    return [
        [score.path, verdict, score.grade.value, *forward, ran, remarks],
        ["", "", "", *backward, "", ""],
    ]


def _direction(name: str, score: "VoiceScore", measured: "DirectionMeasurement") -> Sequence[str]:
    return [
        name,
        f"{score.mos:.2f} ({score.mos_low:.2f}-{score.mos_high:.2f})",
        f"{measured.delay_s * 1e3:.1f}",
        f"{measured.jitter_s * 1e3:.1f}",
        f"{measured.loss_ratio * 100:.1f}",
    ]


def caption(states: "Mapping[str, DeviceState]", now: datetime) -> str:
    """Return how old what is shown is, and which devices are silent."""
    if not states:
        return "nothing was polled yet; run `qosbot poll`"
    last = max(state.polled_at for state in states.values())
    silent = sorted(name for name, state in states.items() if state.silent)
    words = f"last poll {age(last, now)}; MOS is that of the worse direction"
    return words + (f"; silent: {', '.join(silent)}" if silent else "")


def age(at: datetime | None, now: datetime) -> str:
    """Return how long ago a time is, in the unit that reads best."""
    if at is None:
        return "never"
    seconds = max(0.0, (now - at).total_seconds())
    for unit, length_s in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length_s:
            return f"{seconds / length_s:.0f} {unit} ago"
    return f"{seconds:.0f} s ago"
