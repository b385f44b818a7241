from dataclasses import replace

from qosbot.domain.audit.findings import AuditFinding, DeviceAudit, Severity, Status
from qosbot.render.audit_json import audit_json

FINDING = AuditFinding(
    rule="QUE-03",
    severity=Severity.CRITICAL,
    device="par-ce1",
    where="policy WAN > class VOICE",
    evidence=("priority",),
    fix="priority percent 30",
)


def test_a_finding_whose_evidence_moved_is_the_same_finding() -> None:
    worse = replace(FINDING, evidence=("priority level 1",), severity=Severity.HIGH)
    assert worse.id == FINDING.id


def test_another_rule_device_or_place_is_another_finding() -> None:
    others = (
        replace(FINDING, rule="QUE-01"),
        replace(FINDING, device="lyo-ce1"),
        replace(FINDING, where="policy WAN > class VIDEO"),
    )
    assert len({FINDING.id, *(one.id for one in others)}) == 4


def test_severities_are_in_order() -> None:
    assert [one.rank for one in Severity] == [4, 3, 2, 1, 0]
    assert Severity.HIGH.is_at_least(Severity.HIGH)
    assert not Severity.MEDIUM.is_at_least(Severity.HIGH)


def test_what_is_accepted_does_not_make_an_audit_fail() -> None:
    audit = DeviceAudit(
        device="par-ce1",
        platform="cisco_ios",
        findings=(
            replace(FINDING, status=Status.ACCEPTED),
            replace(FINDING, rule="OPS-03", severity=Severity.MEDIUM),
        ),
        not_judged=(),
        not_understood=(),
    )
    assert audit.worst is Severity.MEDIUM


def test_json_says_all_of_a_finding() -> None:
    audit = DeviceAudit(
        device="par-ce1",
        platform="cisco_ios",
        findings=(FINDING,),
        not_judged=(),
        not_understood=("qos strange",),
    )
    assert audit_json(audit)["findings"] == [
        {
            "id": FINDING.id,
            "rule": "QUE-03",
            "severity": "critical",
            "status": "failed",
            "device": "par-ce1",
            "where": "policy WAN > class VOICE",
            "evidence": ["priority"],
            "fix": "priority percent 30",
        }
    ]
