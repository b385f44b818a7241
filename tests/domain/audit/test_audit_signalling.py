import pytest

from qosbot.domain.audit.findings import Severity
from tests.domain.audit.judged import CLEAN, SHAPER, altered, audited, findings, unjudged

VOICE = f"{SHAPER} > class VOICE"
SIGNAL = f"{SHAPER} > class SIGNAL"
CS3 = " match dscp cs3"
SHARE = "  bandwidth percent 5"
SIP = "ip access-list extended SIP\n permit tcp any any eq 5060\n permit udp any any eq 5060\n"


def test_a_policy_for_voice_without_a_class_for_signalling_is_found() -> None:
    (found,) = findings("MRK-03", altered((" class SIGNAL", ""), (SHARE, "")))
    assert (found.where, found.severity) == (SHAPER, Severity.HIGH)
    (found,) = findings("MRK-03", altered((CS3, " match dscp af21")))
    assert (found.where, found.severity) == (SHAPER, Severity.HIGH)


def test_a_class_without_a_share_guarantees_nothing() -> None:
    (found,) = findings("MRK-03", altered((SHARE, "  set dscp cs3")))
    assert (found.where, found.severity) == (SIGNAL, Severity.HIGH)


@pytest.mark.parametrize(
    "line", [CS3, " match dscp cs5", " match dscp af31", " match protocol sip", " match ip prec 3"]
)
def test_every_usual_way_to_match_signalling_is_one(line: str) -> None:
    text = altered((CS3, line.replace("prec 3", "precedence 3")))
    assert "MRK-03" in audited(text).passed


def test_signalling_may_be_told_by_its_ports() -> None:
    text = altered((CS3, " match access-group name SIP"))
    assert "MRK-03" in audited(SIP + text).passed
    web = SIP.replace("5060", "443")
    assert findings("MRK-03", web + text)


@pytest.mark.parametrize("share", ["  bandwidth remaining percent 10", "  bandwidth 200"])
def test_any_share_is_a_guarantee(share: str) -> None:
    assert not findings("MRK-03", altered((SHARE, share)))


def test_signalling_in_the_priority_class_is_found() -> None:
    (found,) = findings("MRK-03", altered((" match dscp ef", " match dscp ef cs3")))
    assert (found.where, found.severity) == (VOICE, Severity.MEDIUM)
    (found,) = findings("MRK-03", altered((SHARE, "  priority percent 2")))
    assert (found.where, found.severity) == (SIGNAL, Severity.MEDIUM)
    (found,) = findings("MRK-03", altered((CS3, " match protocol sip"), (SHARE, "  priority 100")))
    assert found.severity is Severity.MEDIUM


def test_cs5_that_comes_with_precedence_5_is_not_taken_for_signalling() -> None:
    assert not findings("MRK-03", altered((" match dscp ef", " match ip precedence 5")))


def test_video_with_the_values_of_others_is_not_taken_for_signalling() -> None:
    text = altered((" match dscp ef", " match dscp ef cs5"))
    assert not findings("MRK-03", text)


def test_dial_peers_that_mark_signalling_ef_are_found() -> None:
    peer = "dial-peer voice 1 voip\n destination-pattern 1\n ip qos dscp ef signaling\n"
    (found,) = findings("MRK-03", peer + CLEAN)
    assert (found.where, found.severity) == ("dial-peer 1", Severity.MEDIUM)


def test_what_a_guaranteed_class_holds_may_be_unclear() -> None:
    acl = "ip access-list extended HOSTS\n permit ip any host 192.0.2.5\n"
    text = acl + altered((CS3, " match access-group name HOSTS"))
    assert not findings("MRK-03", text)
    assert [one.where for one in unjudged("MRK-03", text)] == [SHAPER]


MARKS = (
    "class-map match-any SIP-IN\n match access-group name SIP\n"
    "policy-map IN\n class SIP-IN\n  set dscp af31\n"
    "interface GigabitEthernet0/0\n service-policy input IN\n"
)


def test_signalling_marked_as_one_thing_and_queued_as_another_is_found() -> None:
    (found,) = findings("MRK-04", SIP + MARKS + CLEAN)
    assert found.severity is Severity.MEDIUM
    assert "AF31" in found.evidence[-3]
    assert not findings("MRK-04", SIP + MARKS.replace("af31", "cs3") + CLEAN)


def test_a_class_that_takes_both_values_bridges_them() -> None:
    assert not findings("MRK-04", SIP + MARKS + altered((CS3, " match dscp cs3 af31")))


def test_a_remark_on_the_way_out_is_a_boundary() -> None:
    out = altered((SHARE, f"{SHARE}\n  set dscp af31"))
    assert not findings("MRK-04", SIP + MARKS + out)


def test_data_that_is_marked_af31_is_no_signalling() -> None:
    data = MARKS.replace("SIP-IN", "ERP")
    acl = SIP.replace("5060", "1433")
    assert not findings("MRK-04", acl + data + CLEAN)


def test_dial_peers_that_differ_from_the_queue_are_found() -> None:
    peer = "dial-peer voice 1 voip\n destination-pattern 1\n ip qos dscp af31 signaling\n"
    assert [one.rule for one in findings("MRK-04", peer + CLEAN)] == ["MRK-04"]
    assert not findings("MRK-04", peer.replace("af31", "cs3") + CLEAN)


def test_one_device_alone_never_passes_for_a_domain() -> None:
    assert unjudged("MRK-04", CLEAN)
    assert "MRK-04" not in audited(CLEAN).passed


DATA = altered(
    ("class-map match-any SIGNAL", "class-map match-any CRITICAL"),
    (CS3, " match dscp af21 af31"),
    (" class SIGNAL", " class CRITICAL"),
)
UNUSED = "class-map match-any SIGNAL\n match dscp cs3\n"


def test_data_with_the_value_of_old_signalling_is_no_class_of_its_own() -> None:
    (found,) = findings("MRK-03", UNUSED + DATA)
    assert (found.where, found.severity) == (SHAPER, Severity.HIGH)


def test_without_a_word_of_cs3_the_data_may_have_signalling_beside_it() -> None:
    assert not findings("MRK-03", DATA)
    assert [one.where for one in unjudged("MRK-03", DATA)] == [SHAPER]


def test_cs5_in_the_priority_class_is_video_where_signalling_is_cs3() -> None:
    text = altered((" match dscp ef", " match dscp ef cs5"), text=DATA)
    (found,) = findings("MRK-03", UNUSED + text)
    assert (found.where, found.severity) == (SHAPER, Severity.HIGH)


@pytest.mark.parametrize(("cos", "is_found"), [("4", True), ("3", False)])
def test_a_class_by_cos_may_have_signalling_if_it_is_cos_3(cos: str, *, is_found: bool) -> None:
    text = UNUSED + altered((CS3, f" match dscp af41\n match cos {cos}"), text=CLEAN).replace(
        "SIGNAL", "VIDEO"
    )
    assert bool(findings("MRK-03", text)) is is_found


def test_a_share_around_everything_is_no_guarantee_of_signalling() -> None:
    middle = "policy-map MIDDLE\n class {}\n  bandwidth percent 90\n  service-policy QUEUES\n"
    text = altered((SHARE, "  set cos 3"), ("  service-policy QUEUES", "  service-policy MIDDLE"))
    assert findings("MRK-03", middle.format("class-default") + text)
    assert not findings("MRK-03", middle.format("SIGNAL") + text)
