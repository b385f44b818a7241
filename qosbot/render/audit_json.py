"""What an audit found, as JSON; docs/audit.md describes it."""

from qosbot.domain.audit.findings import AuditFinding, DeviceAudit, NotJudged
from qosbot.render.plain_json import JsonTree


def audit_json(audit: DeviceAudit) -> dict[str, JsonTree]:
    """Return the audit of one device as an object for `json.dumps`."""
    return {
        "device": audit.device,
        "platform": audit.platform,
        "findings": [finding_json(one) for one in audit.findings],
        "not_judged": [not_judged_json(one) for one in audit.not_judged],
        "not_understood": list(audit.not_understood),
        "passed": list(audit.passed),
    }


def finding_json(finding: AuditFinding) -> dict[str, JsonTree]:
    """Return one finding; its evidence is a list of lines."""
    return {
        "id": finding.id,
        "rule": finding.rule,
        "severity": finding.severity.value,
        "status": finding.status.value,
        "device": finding.device,
        "where": finding.where,
        "evidence": list(finding.evidence),
        "fix": finding.fix,
    }


def not_judged_json(one: NotJudged) -> dict[str, JsonTree]:
    """Return what could not be judged, and why."""
    return {"rule": one.rule, "where": one.where, "why": one.why}
