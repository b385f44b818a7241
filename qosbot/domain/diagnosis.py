"""Why voice is bad on a way: one cause, where it is, and what was read to say so.

The order is that of how much a cause spoils the evidence for the next: data too poor, physical
errors, then what happens at our egress links, then the carrier's side, and at last the honest
"unexplained".  Only links and classes of the way and its direction are looked at.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from qosbot.domain import suspects
from qosbot.domain.alarms import AffectedWay
from qosbot.domain.capacity import expected_ef
from qosbot.domain.findings import Cause, Evidence, Finding
from qosbot.domain.metrics import Grade
from qosbot.domain.path_scores import PathScore
from qosbot.domain.paths import DirectionMeasurement, Unmeasured
from qosbot.domain.samples import FlowDirection
from qosbot.domain.sightings import Scene, Sight, in_bits, look_along
from qosbot.domain.suspects import OUT, Suspect


def diagnose(ways: Sequence[AffectedWay], scene: Scene) -> tuple[Finding, ...]:
    """Return the findings for ways that share an alarm, each cause at each place once."""
    return merge([diagnose_way(way, scene) for way in ways])


def merge(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings with those of the same cause at the same place made one."""
    merged: dict[tuple[object, ...], Finding] = {}
    for found in findings:
        # Without a place only the words tell one from another.
        where = found.words if found.link is None else found.class_path
        key = (found.cause, found.link, found.direction, where)
        known = merged.get(key)
        merged[key] = found if known is None else _join(known, found)
    return tuple(merged.values())


def _join(one: Finding, other: Finding) -> Finding:
    return replace(
        one,
        ways=(*one.ways, *other.ways),
        evidence=tuple(dict.fromkeys((*one.evidence, *other.evidence))),
        grade=max(one.grade, other.grade),
    )


def diagnose_way(way: AffectedWay, scene: Scene) -> Finding:
    """Return the cause for one way; `DATA_TOO_POOR` wherever a guess would be needed."""
    score = scene.scores.get(way.path)
    if not isinstance(score, PathScore):
        reason = score.reason if isinstance(score, Unmeasured) else "no probe was read"
        return _poor(way, f"the path is not measured ({reason})")
    heard = _heard(way, score, scene)
    if score.grade is Grade.C:
        reasons = ", ".join(score.reasons)
        return _poor(way, f"the measurement is of grade C ({reasons})", heard)
    sight = look_along(way, scene)
    if isinstance(sight, str):
        return _poor(way, sight, heard)
    measured = score.measurement.towards(way.direction)
    suspect = _suspect(way, sight, measured, scene)
    grade = max(score.grade, sight.grade)
    if suspect is None:
        return _unexplained(way, sight, heard, grade, _hints(sight, scene))
    if suspect.cause is Cause.DATA_TOO_POOR:
        return _poor(way, suspect.words, (*heard, *suspect.evidence))
    return Finding(
        cause=suspect.cause,
        link=suspect.view.link.id,
        direction=suspect.direction,
        class_path=suspect.class_path,
        ways=(way,),
        evidence=(*heard, *suspect.evidence),
        grade=max(grade, suspect.cap),
        words=suspect.words,
    )


def _heard(way: AffectedWay, score: PathScore, scene: Scene) -> tuple[Evidence, ...]:
    """Return what the probe says, as evidence."""
    probe = scene.inventory.paths[way.path].probe
    measured = score.measurement.towards(way.direction)
    values = {
        f"{way.direction}_loss_ratio": measured.loss_ratio,
        f"{way.direction}_delay_s": measured.delay_s,
        f"{way.direction}_jitter_s": measured.jitter_s,
    }
    return tuple(
        Evidence(
            device=probe.device,
            interface=f"probe {probe.operation}",
            direction=None,
            class_path=(),
            counter=counter,
            value=value,
            at=score.run_at,
        )
        for counter, value in values.items()
    )


def _suspect(
    way: AffectedWay, sight: Sight, measured: DirectionMeasurement, scene: Scene
) -> Suspect | None:
    at_egress = tuple(suspects.egress(way, sight, scene))
    return (
        _worst(suspects.physical(sight, measured, scene))
        or _worst(one for one in at_egress if one.loss_ratio > 0)
        or _worst(suspects.ingress(sight, scene))
        # Full without a loss explains delay, where nothing explains more.
        or _worst(at_egress)
    )


def _worst(fitting: Iterable[Suspect]) -> Suspect | None:
    """Return the suspect that explains most; the first on the way among equals."""
    return max(fitting, key=lambda one: one.loss_ratio, default=None)


def _poor(way: AffectedWay, why: str, heard: tuple[Evidence, ...] = ()) -> Finding:
    return Finding(
        cause=Cause.DATA_TOO_POOR,
        link=None,
        direction=None,
        class_path=(),
        ways=(way,),
        evidence=heard,
        grade=Grade.C,
        words=f"nothing can be said of the cause: {why}",
    )


def _hints(sight: Sight, scene: Scene) -> tuple[str, ...]:
    """Return what may be behind it, though nothing that was counted proves it."""
    unserved = [str(one.link.id) for one in sight.egress if one.policy_out and not one.voice_out]
    hints = [f"the policy on {' and '.join(unserved)} has no class for voice"] if unserved else []
    for views, flow in ((sight.egress, FlowDirection.OUT), (sight.ingress, FlowDirection.IN)):
        for view in views:
            load = expected_ef(scene.inventory, view.link, flow, scene.probes)
            contract_bps = view.link.ef_contract_bps
            if contract_bps is not None and load.calls_line_bps > contract_bps:
                taken, sold = in_bits(load.calls_line_bps), in_bits(contract_bps)
                hints.append(
                    f"{load.calls} calls on {view.link.id} take {taken}, more than the carrier's "
                    f"EF contract of {sold}"
                )
    return tuple(hints)


def _unexplained(
    way: AffectedWay,
    sight: Sight,
    heard: tuple[Evidence, ...],
    grade: Grade,
    hints: tuple[str, ...],
) -> Finding:
    fullest = max(sight.egress, key=lambda one: one.out_ratio)
    sent = [quoted for one in sight.egress for quoted in one.quote("out_rate_bps", OUT)]
    words = (
        "every hop was read and none of the known causes fits; the fullest egress link is "
        f"{fullest.link.id} at {fullest.out_ratio:.0%}"
    )
    return Finding(
        cause=Cause.UNEXPLAINED,
        link=None,
        direction=None,
        class_path=(),
        ways=(way,),
        evidence=(*heard, *sent),
        grade=grade,
        words="; ".join((words, *hints)),
    )
