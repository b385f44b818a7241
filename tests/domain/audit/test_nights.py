from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from qosbot.domain.audit.findings import AuditFinding, NotJudged, Severity, Status
from qosbot.domain.audit.nights import changes
from tests.domain.audit.audit_builders import device_audit, finding, network_audit

WHERES = ("interface Gi0/1", "interface Gi0/1 > policy WAN", "policy WAN")


def test_what_was_not_there_before_is_new_and_what_is_not_there_now_is_fixed() -> None:
    old, new = finding("QUE-01"), finding("QUE-03")
    found = changes({"r1": device_audit(old)}, [device_audit(new)], [])
    assert (found.new, found.fixed) == ((new,), (old,))
    assert (found.worse, found.not_seen) == ((), ())


def test_the_same_finding_with_a_higher_severity_is_worse_and_not_new() -> None:
    before = finding(severity=Severity.LOW)
    found = changes({"r1": device_audit(before)}, [device_audit(finding())], [])
    assert [(one.finding, one.before) for one in found.worse] == [(finding(), Severity.LOW)]
    assert (found.new, found.fixed) == ((), ())


def test_a_finding_that_got_less_bad_is_neither_new_nor_worse() -> None:
    less = finding(severity=Severity.LOW)
    found = changes({"r1": device_audit(finding())}, [device_audit(less)], [])
    assert (found.new, found.worse, found.fixed) == ((), (), ())


def test_findings_of_a_device_that_was_not_read_are_not_seen_and_not_fixed() -> None:
    found = changes({"r1": device_audit(finding())}, [], ["r1"])
    assert (found.fixed, found.not_seen) == ((), (finding(),))


def test_a_finding_whose_rule_cannot_be_judged_any_more_is_not_seen() -> None:
    for where in ("", "policy WAN", "policy WAN > class VOICE"):
        blind = NotJudged(rule="QUE-03", why="needs the interface's rate", where=where)
        now = device_audit(not_judged=(blind,))
        assert changes({"r1": device_audit(finding())}, [now], []).not_seen == (finding(),)


def test_a_rule_that_cannot_be_judged_elsewhere_leaves_a_finding_fixed() -> None:
    elsewhere = NotJudged(rule="QUE-03", why="needs a rate", where="policy WAN2")
    now = device_audit(not_judged=(elsewhere,))
    assert changes({"r1": device_audit(finding())}, [now], []).fixed == (finding(),)


def test_what_somebody_accepts_is_not_fixed_and_is_new_when_it_is_granted_no_more() -> None:
    accepted = replace(finding(), status=Status.ACCEPTED)
    granted = changes({"r1": device_audit(finding())}, [device_audit(accepted)], [])
    assert (granted.fixed, granted.not_seen) == ((), ())
    taken_back = changes({"r1": device_audit(accepted)}, [device_audit(finding())], [])
    assert taken_back.new == (finding(),)


def test_a_device_that_is_gone_from_the_inventory_is_not_spoken_of() -> None:
    found = changes({"r1": device_audit(finding())}, [], [])
    assert (found.fixed, found.not_seen) == ((), ())


FINDINGS = st.lists(
    st.builds(
        finding,
        rule=st.sampled_from(["QUE-01", "QUE-03"]),
        where=st.sampled_from(WHERES),
        severity=st.sampled_from(Severity),
        status=st.sampled_from(Status),
    ),
    unique_by=lambda one: one.id,
    max_size=6,
)


@given(FINDINGS, FINDINGS)
@settings(max_examples=40)
def test_a_finding_is_in_one_list_of_changes_at_most(
    before: list[AuditFinding], now: list[AuditFinding]
) -> None:
    blind = NotJudged(rule="QUE-01", why="needs a rate", where="policy WAN")
    audit = device_audit(*now, not_judged=(blind,))
    found = changes({"r1": device_audit(*before)}, [audit], [])
    worse = [one.finding for one in found.worse]
    ids = [one.id for one in (*found.new, *worse, *found.fixed, *found.not_seen)]
    assert len(ids) == len(set(ids))


@given(FINDINGS)
@settings(max_examples=20)
def test_a_night_like_the_one_before_changes_nothing(held: list[AuditFinding]) -> None:
    same = device_audit(*held)
    found = changes({"r1": same}, [same], [])
    assert (found.new, found.worse, found.fixed, found.not_seen) == ((), (), (), ())


def test_an_audit_fails_by_what_stands_and_not_by_what_is_accepted() -> None:
    accepted = replace(finding("QUE-01"), status=Status.ACCEPTED)
    audit = network_audit(device_audit(accepted, finding(severity=Severity.MEDIUM)))
    assert audit.fails(Severity.MEDIUM)
    assert not audit.fails(Severity.HIGH)
    assert [one.rule for one in audit.findings] == ["QUE-01", "QUE-03"]
