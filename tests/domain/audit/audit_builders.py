"""Findings, devices and audits with good defaults."""

from datetime import datetime, timedelta

from qosbot.domain.audit.days import PathDay, Span, path_day
from qosbot.domain.audit.findings import AuditFinding, DeviceAudit, NotJudged, Severity
from qosbot.domain.audit.nights import Changes, NetworkAudit, Unread, audit_id
from tests.domain.builders import NOON


def finding(rule: str = "QUE-03", device: str = "r1", **changed: object) -> AuditFinding:
    given: dict[str, object] = {
        "severity": Severity.CRITICAL,
        "where": "policy WAN > class VOICE",
        "evidence": ("priority",),
        "fix": "priority percent 30",
    }
    given |= changed
    return AuditFinding(rule=rule, device=device, **given)  # type: ignore[arg-type]  # fields, by their names


def device_audit(
    *findings: AuditFinding, device: str = "r1", not_judged: tuple[NotJudged, ...] = ()
) -> DeviceAudit:
    return DeviceAudit(
        device=device, platform="cisco_ios", findings=findings, not_judged=not_judged,
        not_understood=(),
    )  # fmt: skip


def empty_day(path: str = "par-lyo") -> PathDay:
    span = Span(since=NOON - timedelta(days=1), until=NOON, interval_s=60.0)
    return path_day(path, (), span, threshold=3.5)


def network_audit(
    *devices: DeviceAudit, began_at: datetime = NOON, **changed: object
) -> NetworkAudit:
    given: dict[str, object] = {
        "ended_at": began_at + timedelta(seconds=40),
        "is_nightly": True,
        "since": began_at - timedelta(days=1),
        "unread": (Unread(device="r9", why="r9 did not answer within 10 s"),),
        "changes": Changes(),
        "config_changes": (),
        "days": (),
    }
    given |= changed
    return NetworkAudit(id=audit_id(began_at), began_at=began_at, devices=devices, **given)  # type: ignore[arg-type]  # fields, by their names
