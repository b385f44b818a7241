"""Which findings of an audit a known intent can fix, and when one still stands."""

from dataclasses import replace

import pytest

from qosbot.domain.audit.catalogue import RULES
from qosbot.domain.audit.findings import AuditFinding, DeviceAudit, NotJudged, Severity, Status
from qosbot.domain.findings import Cause, Finding
from qosbot.domain.ground import NoPlan, Refused
from qosbot.domain.inventory import LinkId
from qosbot.domain.metrics import Grade
from qosbot.domain.playbooks import ANSWERS, Remedy
from qosbot.domain.policies import QosPolicy
from qosbot.domain.precautions import (
    ANSWERED,
    WHY_NOT,
    Place,
    Standing,
    cause_at,
    is_offered,
    is_port_faster,
    new_findings,
    place_of,
    standing_of,
    why_not,
)
from tests.domain.policy_builders import bare, configured, voice_class
from tests.domain.test_planning import ground

PORT = "interface Gi0/1"
POLICY = f"{PORT} > policy WAN"
CLASS = f"{POLICY} > class VOICE"


def finding(
    rule: str = "QUE-01",
    where: str = CLASS,
    *,
    severity: Severity = Severity.CRITICAL,
    status: Status = Status.FAILED,
) -> AuditFinding:
    return AuditFinding(
        rule=rule,
        severity=severity,
        device="lyon",
        where=where,
        evidence=("no priority",),
        fix="Say priority.",
        status=status,
    )


def audit(*findings: AuditFinding, not_judged: tuple[NotJudged, ...] = ()) -> DeviceAudit:
    return DeviceAudit(
        device="lyon",
        platform="cisco_ios",
        findings=findings,
        not_judged=not_judged,
        not_understood=(),
    )


def standing(found: DeviceAudit | None) -> Standing:
    one = finding()
    return standing_of(one.rule, one.where, one.id, found)


def cause(one: AuditFinding, running: QosPolicy) -> Finding | NoPlan:
    return cause_at(one, ground(running), (), Grade.A)


def test_every_rule_that_is_answered_or_refused_by_name_is_one_of_the_audit() -> None:
    assert not (set(ANSWERED) | set(WHY_NOT)) - {rule.id for rule in RULES}
    assert not set(ANSWERED) & set(WHY_NOT)


def test_every_rule_that_is_answered_has_a_remedy_that_is_no_codec() -> None:
    for one in ANSWERED.values():
        assert set(ANSWERS[one.cause]) - {Remedy.PREFER_CODEC}


@pytest.mark.parametrize(
    ("where", "place"),
    [
        (PORT, Place(interface="Gi0/1", path=())),
        (POLICY, Place(interface="Gi0/1", path=("WAN",))),
        (CLASS, Place(interface="Gi0/1", path=("WAN", "VOICE"))),
        (
            f"{PORT} > policy OUT > class class-default > policy WAN > class VOICE",
            Place(interface="Gi0/1", path=("OUT", "class-default", "WAN", "VOICE")),
        ),
        ("", None),
        ("dial-peer 10", None),
        ("policy-map WAN > class VOICE", None),
        ("interface Atm0/0 > pvc 0/32 > policy WAN", None),
        (f"{PORT} > class VOICE", None),
    ],
)
def test_a_place_is_read_as_findings_write_it_or_not_at_all(
    where: str, place: Place | None
) -> None:
    assert place_of(where) == place


@pytest.mark.parametrize(
    ("rule", "where"),
    [
        ("MRK-01", PORT),
        ("SHP-01", PORT),
        ("QUE-01", CLASS),
        ("QUE-04", POLICY),
        ("MRK-02", CLASS),
    ],
)
def test_what_a_known_intent_can_fix_is_offered(rule: str, where: str) -> None:
    assert is_offered(finding(rule, where))
    assert not is_offered(finding(rule, where, status=Status.ACCEPTED))


@pytest.mark.parametrize("rule", ["MRK-01", "SHP-01"])
def test_where_a_policy_is_attached_none_is_offered(rule: str) -> None:
    lines = ("interface Gi0/1", "service-policy output WAN")
    taken = replace(finding(rule, PORT), evidence=lines)
    assert not is_offered(taken)
    assert "no known intent rebuilds one" in why_not(taken)
    assert is_offered(replace(taken, evidence=(*lines[:1], "service-policy input MARK")))
    assert is_offered(replace(finding("QUE-01", CLASS), evidence=lines))


@pytest.mark.parametrize(
    ("rule", "where", "word"),
    [
        ("MRK-01", POLICY, "at this place"),
        ("QUE-03", CLASS, "taken off again"),
        ("COD-01", "dial-peer 10", "sounds worse"),
        ("OPS-02", "", "no known intent"),
        ("QUE-02", POLICY, "no known intent"),
    ],
)
def test_what_nothing_fixes_is_not_offered_and_says_why(rule: str, where: str, word: str) -> None:
    assert not is_offered(finding(rule, where))
    assert word in why_not(finding(rule, where))


def test_what_an_owner_accepts_is_left_alone() -> None:
    assert why_not(finding(status=Status.ACCEPTED)) == "the inventory accepts it"


def test_a_class_without_priority_is_a_class_that_is_too_small() -> None:
    found = cause(finding(), configured(voice_class()))
    assert isinstance(found, Finding)
    assert (found.cause, found.class_path) == (Cause.VOICE_CLASS_TOO_SMALL, ("WAN", "VOICE"))
    assert found.link == LinkId(device="lyon", interface="Gi0/1")
    assert found.ways == ()


def test_the_one_voice_class_of_a_policy_is_meant() -> None:
    found = cause(finding("QUE-04", POLICY), configured(voice_class()))
    assert isinstance(found, Finding)
    assert found.class_path == ("WAN", "VOICE")
    none = cause(finding("QUE-04", POLICY), configured(voice_class(), dscp=(40,)))
    assert isinstance(none, NoPlan)
    assert none.reason is Refused.NOT_OURS_TO_TOUCH


def test_of_two_voice_classes_none_is_meant() -> None:
    running = configured(voice_class())
    both = replace(
        running,
        policy_maps={
            "WAN": replace(
                running.policy_maps["WAN"],
                classes=(voice_class(), replace(voice_class(), name="VIDEO")),
            )
        },
        class_maps={**running.class_maps, "VIDEO": running.class_maps["VOICE"]},
    )
    refused = cause(finding("QUE-04", POLICY), both)
    assert isinstance(refused, NoPlan)
    assert "found: VOICE, VIDEO" in refused.words


@pytest.mark.parametrize("rule", ["MRK-01", "SHP-01"])
def test_a_port_is_answered_only_where_no_policy_is_attached(rule: str) -> None:
    found = cause(finding(rule, PORT), bare())
    assert isinstance(found, Finding)
    assert (found.cause, found.class_path) == (Cause.NO_POLICY, ())
    refused = cause(finding(rule, PORT), configured(voice_class()))
    assert isinstance(refused, NoPlan)
    assert "policy WAN is attached" in refused.words


def test_a_class_that_takes_too_much_is_not_widened() -> None:
    found = cause(finding("MRK-02"), configured(voice_class(), dscp=(40,)))
    assert isinstance(found, Finding)
    assert found.cause is Cause.CLASS_MATCHES_NOTHING
    refused = cause(finding("MRK-02"), configured(voice_class(), dscp=(46,)))
    assert isinstance(refused, NoPlan)
    assert "narrows" in refused.words


@pytest.mark.parametrize("values", [(34,), (36, 40), (38,)])
def test_voice_is_not_put_beside_what_may_be_video(values: tuple[int, ...]) -> None:
    refused = cause(finding("MRK-02"), configured(voice_class(), dscp=values))
    assert isinstance(refused, NoPlan)
    assert "may be video" in refused.words


def test_a_cause_is_never_made_of_what_is_not_offered() -> None:
    with pytest.raises(ValueError, match="is not offered"):
        cause(finding("OPS-02", ""), bare())


def test_a_finding_stands_as_long_as_it_is_found() -> None:
    assert standing(audit(finding())) is Standing.STANDS
    assert standing(audit(finding(status=Status.ACCEPTED))) is Standing.ACCEPTED


def test_a_finding_is_gone_only_where_its_rule_was_judged_there() -> None:
    assert standing(audit(finding("QUE-04", POLICY))) is Standing.GONE
    elsewhere = NotJudged(rule="QUE-01", why="needs it", where="interface Gi0/2")
    assert standing(audit(not_judged=(elsewhere,))) is Standing.GONE
    for where in ("", PORT, CLASS):
        unjudged = NotJudged(rule="QUE-01", why="needs it", where=where)
        assert standing(audit(not_judged=(unjudged,))) is Standing.UNKNOWN
    assert standing(None) is Standing.UNKNOWN


@pytest.mark.parametrize(
    ("found", "is_faster"),
    [
        (audit(finding("SHP-01", PORT)), True),
        (audit(finding("SHP-01", "interface Gi0/2")), False),
        (audit(finding("QUE-01", PORT)), False),
        (audit(not_judged=(NotJudged(rule="SHP-01", why="needs it", where=PORT),)), None),
    ],
)
def test_the_audit_says_whether_a_port_is_faster_than_its_circuit(
    found: DeviceAudit, *, is_faster: bool | None
) -> None:
    assert is_port_faster(found, LinkId(device="lyon", interface="Gi0/1")) is is_faster


def test_new_is_what_was_not_found_before_or_was_less_bad() -> None:
    high = finding("QUE-05", POLICY, severity=Severity.HIGH)
    before = audit(high, finding("QUE-06", POLICY))
    worse = replace(high, severity=Severity.CRITICAL)
    added = finding("REF-01", CLASS)
    minor = finding("LNK-01", PORT, severity=Severity.MEDIUM)
    granted = finding("REF-02", CLASS, status=Status.ACCEPTED)
    after = audit(worse, finding("QUE-06", POLICY), added, minor, granted)
    assert new_findings(before, after, Severity.HIGH) == (worse, added)
    assert new_findings(before, before, Severity.INFO) == ()
