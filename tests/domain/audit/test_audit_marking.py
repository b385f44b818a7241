import pytest

from qosbot.domain.audit.context import AuditContext, Circuit
from qosbot.domain.audit.findings import Severity
from tests.domain.audit.judged import CLEAN, PORT, SHAPER, altered, audited, findings, unjudged

VOICE = f"{SHAPER} > class VOICE"
EF = " match dscp ef"
PRIORITY = "  priority percent 30"


def marked(line: str, *before: str) -> str:
    return "".join(before) + altered((EF, line))


@pytest.mark.parametrize("line", [" match dscp 45", " match dscp cs5", " match dscp af41 af42"])
def test_a_neighbour_of_ef_leaves_voice_without_a_class(line: str) -> None:
    (missing,) = findings("MRK-01", marked(line))
    (wrong,) = findings("MRK-02", marked(line))
    assert (missing.where, missing.severity) == (SHAPER, Severity.CRITICAL)
    assert (wrong.where, wrong.severity) == (VOICE, Severity.HIGH)
    assert line.strip() in wrong.evidence


def test_a_policy_without_its_voice_class_is_found() -> None:
    text = altered((" class VOICE", ""), (PRIORITY, ""))
    (found,) = findings("MRK-01", text)
    assert "taken for a voice link: the device has a class for EF" in found.evidence
    assert [one.where for one in unjudged("MRK-02", text)] == [SHAPER]


@pytest.mark.parametrize(
    "line",
    [EF, " match dscp 46", " match ip rtp 16384 16383", " match protocol rtp audio"],
)
def test_voice_may_be_matched_in_any_way_that_holds_it(line: str) -> None:
    assert not findings("MRK-01", marked(line)) + findings("MRK-02", marked(line))
    assert {"MRK-01", "MRK-02"} <= set(audited(marked(line)).passed)


def test_rtp_put_into_a_group_on_the_way_in_is_voice_on_the_way_out() -> None:
    marks = (
        "ip access-list extended RTP\n permit udp any any range 16384 32767\n"
        "class-map match-all RTP-IN\n match access-group name RTP\n"
        "policy-map IN\n class RTP-IN\n  set qos-group 5\n"
        "interface GigabitEthernet0/0\n service-policy input IN\n"
    )
    assert not findings("MRK-01", marked(" match qos-group 5", marks))
    other = marks.replace("range 16384 32767", "eq 53")
    assert findings("MRK-01", marked(" match qos-group 5", other))


@pytest.mark.parametrize(
    "line",
    [
        " match cos 5",
        " match qos-group 5",
        " match mpls experimental topmost 5",
        " match protocol skype",
    ],
)
def test_what_may_be_voice_by_another_name_is_not_judged(line: str) -> None:
    assert not findings("MRK-01", marked(line))
    assert [one.where for one in unjudged("MRK-01", marked(line))] == [SHAPER]


@pytest.mark.parametrize(
    ("entry", "is_voice"),
    [
        ("permit ip any any precedence critical", True),
        ("permit ip any any dscp ef log", True),
        ("permit udp any any gt 16383", True),
        ("permit udp any gt 16384 any", True),
        ("permit udp any any gt 1023", False),
        ("permit ip any any precedence 4", False),
    ],
)
def test_a_list_of_voice_says_its_mark_or_where_its_ports_begin(
    entry: str, *, is_voice: bool
) -> None:
    text = marked(" match access-group name L", f"ip access-list extended L\n {entry}\n")
    assert ("MRK-01" in audited(text).passed) is is_voice


@pytest.mark.parametrize(("label", "is_found"), [("5", False), ("3", True)])
def test_a_group_that_is_set_by_the_label_of_voice_may_be_voice(
    label: str, *, is_found: bool
) -> None:
    core = (
        f"class-map match-all LABEL\n match mpls experimental topmost {label}\n"
        "policy-map CORE-IN\n class LABEL\n  set qos-group 5\n"
        "interface GigabitEthernet0/0\n mpls ip\n service-policy input CORE-IN\n"
    )
    text = marked(" match qos-group 5", core)
    assert bool(findings("MRK-01", text)) is is_found
    assert bool(unjudged("MRK-01", text)) is not is_found


def test_a_policy_for_data_on_a_device_without_voice_is_not_judged() -> None:
    text = altered((EF, " match dscp af21"), (PRIORITY, "  bandwidth percent 30"))
    assert not findings("MRK-01", text)
    assert [one.where for one in unjudged("MRK-01", text)] == [SHAPER]


def test_the_inventory_says_which_links_carry_calls() -> None:
    text = altered((" service-policy output SHAPER", ""))
    busy = AuditContext(circuits={"GigabitEthernet0/1": Circuit(calls=10)})
    idle = AuditContext(circuits={"GigabitEthernet0/1": Circuit(calls=0)})
    assert [one.where for one in findings("MRK-01", text, busy)] == [PORT]
    assert not findings("MRK-01", text)
    assert not findings("MRK-01", marked(" match dscp 45"), idle)


def test_an_interface_that_is_shut_down_carries_nothing() -> None:
    text = marked(" match dscp 45") + " shutdown\n"
    assert not findings("MRK-01", text)
    assert unjudged("MRK-01", text)


@pytest.mark.parametrize("line", [" match ip precedence 5", " match precedence 4 5"])
def test_a_class_by_precedence_has_more_than_voice(line: str) -> None:
    (found,) = findings("MRK-02", marked(line))
    assert (found.where, found.severity) == (VOICE, Severity.MEDIUM)
    assert not findings("MRK-01", marked(line))


def test_a_neighbour_on_the_way_in_is_followed_to_the_class_that_it_feeds() -> None:
    marks = (
        "class-map match-any EF-IN\n match dscp 45\n"
        "policy-map IN\n class EF-IN\n  set qos-group 5\n"
        "interface GigabitEthernet0/0\n service-policy input IN\n"
    )
    (found,) = findings("MRK-02", marked(" match qos-group 5", marks))
    assert "match dscp 45" in found.evidence


@pytest.mark.parametrize("rule", ["MRK-01", "MRK-02", "MRK-03", "MRK-08"])
def test_without_queues_on_the_way_out_marking_is_not_passed(rule: str) -> None:
    text = altered((" service-policy output SHAPER", ""))
    assert unjudged(rule, text)
    assert rule not in audited(text).passed


IPV6 = f"{PORT}\n ipv6 address 2001:db8::1/64"


def test_ipv4_only_matches_are_found_where_the_interface_has_ipv6() -> None:
    text = altered((EF, " match ip dscp ef"), (PORT, IPV6))
    (found,) = findings("MRK-06", text)
    assert (found.where, found.severity) == (VOICE, Severity.MEDIUM)
    assert "ipv6 address 2001:db8::1/64" in found.evidence


@pytest.mark.parametrize("line", [EF, " match ip dscp ef\n match dscp ef", " match any"])
def test_a_class_that_takes_both_versions_is_enough(line: str) -> None:
    assert "MRK-06" in audited(altered((EF, line), (PORT, IPV6))).passed


def test_an_interface_without_ipv6_needs_no_class_for_it() -> None:
    assert "MRK-06" in audited(marked(" match ip dscp ef")).passed


def test_a_list_of_one_version_is_found_for_voice_and_may_be_meant_so_for_data() -> None:
    rtp = "ip access-list extended RTP\n permit udp any any range 16384 32767\n"
    web = "ip access-list extended RTP\n permit tcp any host 192.0.2.80 eq 443\n"
    text = altered((EF, " match access-group name RTP"), (PORT, IPV6))
    assert [one.where for one in findings("MRK-06", rtp + text)] == [VOICE]
    assert not findings("MRK-06", web + text)
    six = "ipv6 access-list RTP6\n permit udp any any range 16384 32767\n"
    both = text.replace("name RTP\n", "name RTP\n match access-group name RTP6\n")
    assert not findings("MRK-06", six + rtp + both)


def test_ipv6_on_a_part_of_the_port_counts() -> None:
    text = marked(" match ip dscp ef") + (
        "interface GigabitEthernet0/1.10\n encapsulation dot1Q 10\n ipv6 enable\n"
    )
    assert [one.where for one in findings("MRK-06", text)] == [VOICE]


def test_without_a_policy_at_work_versions_are_not_judged() -> None:
    assert unjudged("MRK-06", altered((" service-policy output SHAPER", "")))


@pytest.mark.parametrize("head", ["class-map match-all VOICE", "class-map VOICE"])
def test_two_values_can_not_hold_at_once(head: str) -> None:
    text = altered(("class-map match-any VOICE", head), (EF, f"{EF}\n match dscp cs5"))
    (found,) = findings("MRK-07", text)
    assert (found.where, found.severity) == ("class-map VOICE", Severity.CRITICAL)
    assert "match dscp cs5" in found.evidence


@pytest.mark.parametrize(
    "lines",
    [
        " match cos 5\n match cos 3",
        " match qos-group 1\n match qos-group 2",
        " match access-group name A\n match not access-group name A",
        " match ip rtp 16384 1000\n match ip rtp 20000 1000",
        " match class-map SIGNAL\n match dscp ef",
        " match protocol rtp audio\n match protocol sip",
    ],
)
def test_other_conditions_exclude_each_other_as_well(lines: str) -> None:
    head = ("class-map match-any VOICE", "class-map match-all VOICE")
    acl = "ip access-list extended A\n permit udp any any\n"
    assert findings("MRK-07", acl + altered(head, (EF, lines)))


@pytest.mark.parametrize(
    "lines",
    [
        " match dscp ef cs5",
        " match dscp ef\n match ip precedence 5",
        " match dscp ef\n match access-group name A",
        " match dscp ef\n match not dscp cs5",
        " match cos 5\n match dscp ef",
        " match protocol ip\n match protocol rtp audio",
        " match protocol attribute a b\n match protocol attribute c d",
    ],
)
def test_conditions_that_go_together_are_no_contradiction(lines: str) -> None:
    head = ("class-map match-any VOICE", "class-map match-all VOICE")
    acl = "ip access-list extended A\n permit udp any any\n"
    assert "MRK-07" in audited(acl + altered(head, (EF, lines))).passed


def test_a_contradiction_that_no_policy_names_is_a_small_matter() -> None:
    idle = "class-map match-all IDLE\n match dscp ef\n match dscp cs5\n"
    (found,) = findings("MRK-07", idle + CLEAN)
    assert found.severity is Severity.LOW
    assert not findings("MRK-07", "class-map match-all EMPTY\n" + CLEAN)


def test_a_class_without_a_match_is_a_small_matter() -> None:
    text = altered((" match dscp cs3", ""))
    assert [one.severity for one in findings("MRK-07", text)] == [Severity.LOW]


def test_a_class_that_names_a_missing_one_is_not_judged() -> None:
    head = ("class-map match-any VOICE", "class-map match-all VOICE")
    text = altered(head, (EF, " match class-map NONE"))
    assert [one.where for one in unjudged("MRK-07", text)] == ["class-map VOICE"]


GUESTS = (
    "class-map match-any BULK\n match dscp af11\n"
    "policy-map GUESTS\n class {}\n  bandwidth percent 50\n class class-default\n  fair-queue\n"
    "interface GigabitEthernet0/9\n service-policy output GUESTS\n"
)


@pytest.mark.parametrize("rule", ["MRK-01", "MRK-03"])
def test_queues_for_data_beside_a_link_with_voice_are_not_judged(rule: str) -> None:
    text = CLEAN + GUESTS.format("BULK")
    assert not findings(rule, text)
    (open_,) = unjudged(rule, text)
    assert open_.where == "interface GigabitEthernet0/9 > policy GUESTS"


def test_queues_for_signalling_without_voice_are_found_beside_others() -> None:
    (found,) = findings("MRK-01", CLEAN + GUESTS.format("SIGNAL"))
    assert found.where == "interface GigabitEthernet0/9 > policy GUESTS"
