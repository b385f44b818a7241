"""The audit of a network as one JSON tree, which docs/audit-report.md describes.

The other forms are written from this tree, so that none of them knows more than it.
"""

from collections import Counter
from collections.abc import Callable, Mapping

from qosbot.domain.audit.catalogue import RULES
from qosbot.domain.audit.days import BAND_FLOORS, PathDay
from qosbot.domain.audit.findings import AuditFinding, DeviceAudit, Severity, Status
from qosbot.domain.audit.nights import ConfigChange, NetworkAudit, Unread
from qosbot.domain.precautions import is_offered
from qosbot.render.audit_json import finding_json, not_judged_json
from qosbot.render.plain_json import JsonTree, tree

SCHEMA = 1
"""Moves where a field changes its meaning or goes; new fields may come at any time."""

BAND_WORDS = (
    "very satisfied",
    "satisfied",
    "some dissatisfied",
    "many dissatisfied",
    "nearly all dissatisfied",
    "not recommended",
)
"""Of `BAND_FLOORS`, in the words of ITU-T G.107, Annex B, Table B.1."""

Report = dict[str, JsonTree]


def report(audit: NetworkAudit) -> Report:
    """Return all of an audit as JSON's own types."""
    return {
        "schema": SCHEMA,
        "audit": audit.id,
        "began_at": tree(audit.began_at),
        "ended_at": tree(audit.ended_at),
        "is_nightly": audit.is_nightly,
        "since": tree(audit.since),
        "summary": _summary(audit),
        "findings": _findings(audit),
        "fixed": [_finding(one, "fixed") for one in audit.changes.fixed],
        "not_seen": [_finding(one, "not_seen") for one in audit.changes.not_seen],
        "unread": [_unread(one) for one in audit.unread],
        "devices": [_device(one) for one in audit.devices],
        "paths": [_path(one) for one in audit.days],
        "config_changes": [_config_change(one) for one in audit.config_changes],
        "rules": _rules(audit),
    }


def masked(given: JsonTree, mask: Callable[[str], str]) -> JsonTree:
    """Return a tree with every text masked; what its fields are called stays."""
    match given:
        case str():
            return mask(given)
        case list():
            return [masked(one, mask) for one in given]
        case dict():
            return {name: masked(one, mask) for name, one in given.items()}
        case _:
            return given


def by_severity(findings: tuple[AuditFinding, ...]) -> dict[str, JsonTree]:
    """Return how many there are of each severity, the worst first."""
    counts = Counter(one.severity for one in findings)
    return {one.value: counts[one] for one in Severity}


def _rules(audit: NetworkAudit) -> dict[str, JsonTree]:
    """Return the rules that the report speaks of, by id; one that is no more has no words."""
    changes = audit.changes
    found = {one.rule for one in (*audit.findings, *changes.fixed, *changes.not_seen)}
    unjudged = {one.rule for device in audit.devices for one in device.not_judged}
    return {
        rule.id: {"title": rule.title, "meaning": rule.meaning, "source": rule.source}
        for rule in RULES
        if rule.id in found | unjudged
    }


def _summary(audit: NetworkAudit) -> dict[str, JsonTree]:
    changes = audit.changes
    return {
        "devices": len(audit.devices),
        "unread": len(audit.unread),
        "findings": len(audit.standing),
        "by_severity": by_severity(audit.standing),
        "accepted": len(audit.findings) - len(audit.standing),
        "new": len(changes.new),
        "worse": len(changes.worse),
        "fixed": len(changes.fixed),
        "not_seen": len(changes.not_seen),
        "configs_changed": len(audit.config_changes),
        "paths_below_threshold": sum(one.below_min > 0 for one in audit.days),
        "paths_unmeasured": sum(one.measured_min == 0 for one in audit.days),
    }


def _findings(audit: NetworkAudit) -> list[JsonTree]:
    new = {one.id for one in audit.changes.new}
    worse = {one.finding.id: one.before.value for one in audit.changes.worse}

    def shown(one: AuditFinding) -> JsonTree:
        change = "new" if one.id in new else "worse" if one.id in worse else ""
        return _finding(one, change, worse.get(one.id))

    return [shown(one) for one in audit.findings]


def _finding(one: AuditFinding, change: str, was: str | None = None) -> JsonTree:
    is_there = change not in {"fixed", "not_seen"}
    plan = plan_command(one) if is_there and is_offered(one) else None
    return {**finding_json(one), "change": change, "was": was, "plan": plan}


def plan_command(one: AuditFinding) -> str:
    """Return what to type to have a change proposed that answers a finding."""
    return f"qosbot plan --from-audit {one.id}"


def _unread(one: Unread) -> dict[str, JsonTree]:
    return {"device": one.device, "why": one.why, "read_at": tree(one.read_at)}


def _device(one: DeviceAudit) -> dict[str, JsonTree]:
    standing = tuple(found for found in one.findings if found.status is Status.FAILED)
    return {
        "device": one.device,
        "platform": one.platform,
        "worst": None if one.worst is None else one.worst.value,
        "findings": len(standing),
        "by_severity": by_severity(standing),
        "passed": list(one.passed),
        "not_judged": [not_judged_json(two) for two in one.not_judged],
        "not_understood": list(one.not_understood),
    }


def _path(day: PathDay) -> dict[str, JsonTree]:
    bands = zip(BAND_FLOORS, BAND_WORDS, day.bands_min, strict=True)
    return {
        "path": day.path,
        "since": tree(day.since),
        "until": tree(day.until),
        "grade": day.grade.value,
        "threshold_mos": day.threshold,
        "mos_median": day.mos_median,
        "mos_worst": day.mos_worst,
        "measured_min": day.measured_min,
        "unmeasured_min": day.unmeasured_min,
        "below_min": day.below_min,
        "bands": [
            {"least_mos": floor, "words": words, "minutes": minutes}
            for floor, words, minutes in bands
        ],
        "hours_worst_mos": list(day.hours),
    }


def _config_change(one: ConfigChange) -> dict[str, JsonTree]:
    return {
        "device": one.device,
        "before_at": tree(one.before_at),
        "diff": list(one.diff),
        "lines_left_out": one.left_out,
    }


def part(given: Mapping[str, JsonTree], name: str) -> list[dict[str, JsonTree]]:
    """Return the objects of a list in a report."""
    value = given[name]
    items = value if isinstance(value, list) else []
    return [one for one in items if isinstance(one, dict)]
