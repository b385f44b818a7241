from collections.abc import Iterable, Iterator

import pytest

from qosbot.domain.audit.catalogue import RULES
from qosbot.domain.audit.context import AuditContext
from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.findings import Severity, Status
from qosbot.domain.audit.frame import Breach, Check, Rule, Unjudged, judge, needs
from qosbot.platforms import AUDITED
from tests.domain.audit.judged import CLEAN, altered, audited, findings

FACTS = AUDITED["cisco_ios"](CLEAN, "r1")


def rule(check: Check, severity: Severity = Severity.MEDIUM) -> Rule:
    return Rule(
        id="TST-01",
        severity=severity,
        title="t",
        meaning="m",
        evidence="e",
        source="s",
        fix="f",
        check=check,
    )


def silent(facts: AuditFacts) -> Iterable[Breach | Unjudged]:
    del facts
    return ()


def twice(facts: AuditFacts) -> Iterator[Breach]:
    del facts
    yield Breach(where="here", evidence=("one",))
    yield Breach(where="here", evidence=("two",), severity=Severity.HIGH)


def test_a_rule_that_found_nothing_is_passed() -> None:
    audit = judge(FACTS, [rule(silent)])
    assert (audit.passed, audit.findings, audit.not_judged) == (("TST-01",), (), ())


def test_a_rule_without_evidence_is_never_passed() -> None:
    audit = judge(FACTS, [rule(needs("counters"))])
    assert audit.passed == ()
    assert [one.why for one in audit.not_judged] == ["needs counters"]


def test_two_breaches_at_one_place_are_one_finding_as_bad_as_the_worse() -> None:
    (found,) = judge(FACTS, [rule(twice)]).findings
    assert (found.severity, found.evidence) == (Severity.HIGH, ("one", "two"))


def test_what_an_owner_accepts_is_said_and_does_not_fail_an_audit() -> None:
    text = altered(("  priority percent 30", "  priority"))
    (found,) = findings("QUE-03", text)
    accepted = AuditContext(accepted={found.id: "noc: lab device"})
    (again,) = findings("QUE-03", text, accepted)
    assert (again.status, again.id) == (Status.ACCEPTED, found.id)
    assert again.evidence[-1] == "accepted: noc: lab device"
    assert audited(text, accepted).worst is None


def test_findings_come_the_worst_first() -> None:
    text = altered(("  priority percent 30", "  priority"), (" match dscp cs3", " match dscp ef"))
    ranks = [one.severity.rank for one in audited(text).findings]
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) > 1


def test_no_rule_has_the_id_of_another() -> None:
    assert len({one.id for one in RULES}) == len(RULES)


@pytest.mark.parametrize("one", RULES, ids=[one.id for one in RULES])
def test_a_device_without_any_configuration_breaks_no_rule_of_queues(one: Rule) -> None:
    facts = AUDITED["cisco_xe"]("hostname empty\n", "r1")
    assert facts.device == "empty"
    assert judge(facts, [one]).findings == () or one.id.startswith(("OPS", "SLA"))


def test_a_clean_router_breaks_no_rule_about_queues_and_references() -> None:
    ours = [one for one in RULES if one.id.startswith(("QUE", "REF"))]
    audit = judge(FACTS, ours)
    assert audit.findings == ()
    assert {one.rule for one in audit.not_judged} >= {"QUE-04", "REF-03"}
    assert {"QUE-01", "QUE-02", "QUE-03", "QUE-05", "QUE-06"} <= set(audit.passed)
    assert {"REF-01", "REF-02", "REF-04", "REF-05"} <= set(audit.passed)


@pytest.mark.parametrize("rule", ["MRK-07", "MRK-09", "REF-01", "REF-02", "REF-04"])
def test_without_anything_of_qos_nothing_about_it_is_passed(rule: str) -> None:
    facts = AUDITED["cisco_ios"]("hostname empty\n", "r1")
    assert rule not in judge(facts, RULES).passed
