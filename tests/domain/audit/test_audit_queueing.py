import pytest

from qosbot.domain.audit.context import AuditContext, Circuit
from qosbot.domain.audit.findings import Severity
from tests.domain.audit.judged import CLEAN, PORT, SHAPER, altered, audited, findings, unjudged

VOICE = f"{SHAPER} > class VOICE"
PRIORITY = "  priority percent 30"
FLAT = altered((" service-policy output SHAPER", " service-policy output QUEUES"))
FLAT_AT = f"{PORT} > policy QUEUES"


def test_voice_with_a_share_instead_of_priority_is_found() -> None:
    (found,) = findings("QUE-01", altered((PRIORITY, "  bandwidth percent 30")))
    assert (found.where, found.severity) == (VOICE, Severity.CRITICAL)
    assert "bandwidth percent 30" in found.evidence


def test_priority_inside_or_around_the_voice_class_is_priority() -> None:
    inner = "policy-map INNER\n class class-default\n  priority percent 30\n"
    text = altered((PRIORITY, "  bandwidth percent 30\n  service-policy INNER"))
    assert not findings("QUE-01", inner + text)


def test_voice_is_told_by_what_a_class_holds_and_not_by_its_name() -> None:
    rtp = "ip access-list extended RTP\n permit udp any any range 16384 32767\n"
    for match in (" match ip rtp 16384 16383", " match access-group name RTP", " match dscp 46"):
        text = altered((" match dscp ef", match), (PRIORITY, "  bandwidth percent 30"))
        assert [one.where for one in findings("QUE-01", rtp + text)] == [VOICE], match


@pytest.mark.parametrize(
    ("ports", "is_voice"),
    [
        ("8000 48198", True),
        ("10000 20000", True),
        ("16384 32768", True),
        ("20000 20100", True),
        ("1024 65535", False),
        ("50040 50059", False),
        ("32000 40000", False),
    ],
)
def test_a_list_is_for_voice_if_most_of_its_ports_are_of_rtp(ports: str, *, is_voice: bool) -> None:
    rtp = f"ip access-list extended RTP\n permit udp any any range {ports}\n"
    text = altered(
        (" match dscp ef", " match access-group name RTP"),
        ("  priority percent 30", "  bandwidth percent 30"),
    )
    assert bool(findings("QUE-01", rtp + text)) is is_voice


def test_a_list_of_ipv6_may_number_its_entries() -> None:
    rtp = "ipv6 access-list RTP\n sequence 10 permit udp any any range 16384 32767\n"
    text = altered((" match dscp ef", " match access-group name RTP"))
    assert not findings("MRK-01", rtp + text)


def test_a_group_set_on_the_way_in_is_followed_to_the_way_out() -> None:
    marks = (
        "class-map match-any EF-IN\n match dscp ef\n"
        "policy-map IN\n class EF-IN\n  set qos-group 5\n"
        "interface GigabitEthernet0/0\n service-policy input IN\n"
    )
    text = altered((" match dscp ef", " match qos-group 5"), (PRIORITY, "  bandwidth percent 30"))
    assert findings("QUE-01", marks + text)
    other = marks.replace("set qos-group 5", "set qos-group 6")
    assert not findings("QUE-01", other + text)


def test_without_a_class_for_ef_priority_is_not_judged() -> None:
    text = altered((" match dscp ef", " match dscp cs5"))
    assert [one.where for one in unjudged("QUE-01", text)] == [PORT]


@pytest.mark.parametrize("rule", [f"QUE-0{i}" for i in range(1, 7)])
def test_without_queues_on_the_way_out_nothing_about_them_is_passed(rule: str) -> None:
    text = altered((" service-policy output SHAPER", ""))
    assert not findings(rule, text)
    assert unjudged(rule, text)
    assert rule not in audited(text).passed


@pytest.mark.parametrize(
    ("line", "is_too_much"),
    [
        ("  priority percent 33", False),
        ("  priority percent 34", True),
        ("  priority 3135", False),
        ("  priority 3190", True),
        ("  priority level 1 percent 40", True),
        ("  priority\n  police cir 4000000", True),
        ("  priority\n  police cir percent 40", True),
        ("  bandwidth percent 40", False),
    ],
)
def test_priority_is_at_most_a_third_of_the_shaped_rate(line: str, *, is_too_much: bool) -> None:
    assert bool(findings("QUE-02", altered((PRIORITY, line)))) is is_too_much


def test_priority_of_voice_and_video_adds_up() -> None:
    text = altered(("  bandwidth percent 5", "  priority level 2 percent 10"))
    (found,) = findings("QUE-02", text)
    assert "40% of 9500 kbit/s (shaper of class class-default)" in found.evidence


def test_the_interface_is_the_reference_where_nothing_shapes() -> None:
    text = altered((PRIORITY, "  priority 4000"), text=FLAT)
    slow = altered((PORT, f"{PORT}\n bandwidth 10000"), text=text)
    fast = altered((PORT, f"{PORT}\n speed 100"), text=text)
    assert [one.where for one in findings("QUE-02", slow)] == [FLAT_AT]
    assert not findings("QUE-02", fast)
    assert not unjudged("QUE-02", fast)


def test_a_rate_against_a_negotiated_speed_is_not_judged() -> None:
    text = altered((PRIORITY, "  priority 4000"), text=FLAT)
    assert [one.where for one in unjudged("QUE-02", text)] == [FLAT_AT]
    assert "QUE-02" not in audited(text).passed


def test_more_than_a_port_of_its_kind_can_carry_is_too_much_at_any_speed() -> None:
    text = altered((PRIORITY, "  priority 400000"), text=FLAT)
    assert [one.where for one in findings("QUE-02", text)] == [FLAT_AT]


@pytest.mark.parametrize("line", ["  priority", "  priority level 1"])
def test_priority_without_a_bound_is_found(line: str) -> None:
    assert [one.where for one in findings("QUE-03", altered((PRIORITY, line)))] == [VOICE]


@pytest.mark.parametrize(
    "line",
    [
        PRIORITY,
        "  priority level 1\n  priority percent 30",
        "  priority\n  police 128000 8000 exceed-action drop",
        "  priority\n  police rate 200 pps",
        "  priority level 1\n  police cir 128000 bc 8000\n   conform-action transmit",
    ],
)
def test_a_rate_or_a_policer_of_any_form_bounds_priority(line: str) -> None:
    assert not findings("QUE-03", altered((PRIORITY, line)))


def calls(need_bps: float) -> AuditContext:
    return AuditContext(circuits={"GigabitEthernet0/1": Circuit(voice_need_bps=need_bps)})


def test_the_class_must_hold_the_calls_of_its_link_and_five_percent() -> None:
    assert not findings("QUE-04", CLEAN, calls(2.7e6))
    (found,) = findings("QUE-04", CLEAN, calls(2.8e6))
    assert found.where == SHAPER
    assert "voice needs 2940 kbit/s" in found.evidence
    assert "QUE-04" in audited(CLEAN, calls(2.7e6)).passed


@pytest.mark.parametrize(
    ("signal", "is_too_much"),
    [
        ("  bandwidth percent 65", False),
        ("  bandwidth percent 66", True),
        ("  bandwidth remaining percent 95", False),
        ("  bandwidth 6300", True),
    ],
)
def test_reservations_leave_a_twentieth(signal: str, *, is_too_much: bool) -> None:
    found = findings("QUE-05", altered(("  bandwidth percent 5", signal)))
    assert bool(found) is is_too_much


def test_an_interface_that_may_be_reserved_whole_is_found() -> None:
    text = altered((PORT, f"{PORT}\n max-reserved-bandwidth 100"))
    assert [one.where for one in findings("QUE-05", text)] == [PORT]
    assert not findings("QUE-05", text.replace("width 100", "width 75"))


@pytest.mark.parametrize(
    ("signal", "why"),
    [
        ("  bandwidth percent 71", "101% of 9500 kbit/s (shaper of class class-default)"),
        ("  bandwidth remaining percent 101", "101% of what remains"),
    ],
)
def test_reservations_that_cannot_be_kept_are_found(signal: str, why: str) -> None:
    (found,) = findings("QUE-06", altered(("  bandwidth percent 5", signal)))
    assert (found.where, found.evidence[-1]) == (SHAPER, why)


def test_units_are_not_mixed_in_one_policy() -> None:
    text = altered(("  bandwidth percent 5", "  bandwidth percent 5\n class BULK\n  bandwidth 500"))
    bulk = "class-map match-any BULK\n match dscp af11\n"
    assert findings("QUE-06", bulk + text)[0].evidence[-1] == (
        "bandwidth in kbit/s and percent in one policy"
    )
    assert not findings("QUE-06", CLEAN)


def test_policies_that_nest_each_other_end() -> None:
    text = altered(("  fair-queue", "  fair-queue\n  service-policy SHAPER"))
    assert audited(text).device == "r1"


def bundle(*members: str) -> str:
    ports = "".join(
        f"interface Serial0/0/{i}:0\n{lines} ppp multilink group 1\n"
        for i, lines in enumerate(members)
    )
    multilink = "interface Multilink1\n ppp multilink group 1\n service-policy output QUEUES\n"
    return altered(("  priority percent 30", "  priority 1100"), text=FLAT) + multilink + ports


def test_a_bundle_is_as_fast_as_its_members_that_are_up() -> None:
    one, off = " bandwidth 1536\n", " bandwidth 1536\n shutdown\n"
    assert not findings("QUE-02", bundle(one, one, one))
    (found,) = findings("QUE-02", bundle(one, one, off))
    assert found.where == "interface Multilink1 > policy QUEUES"
    assert "36% of 3072 kbit/s (members of Multilink1)" in found.evidence


def test_a_bundle_with_a_member_of_unknown_rate_is_not_judged() -> None:
    text = bundle(" bandwidth 1536\n", "")
    assert not findings("QUE-02", text)
    assert "interface Multilink1 > policy QUEUES" in [one.where for one in unjudged("QUE-02", text)]


def test_what_is_shaped_by_frame_relay_has_its_rate() -> None:
    relay = "map-class frame-relay M\n frame-relay cir 512000\n service-policy output QUEUES\n"
    text = altered(
        ("  priority percent 30", "  priority {}"), (" service-policy output SHAPER", "")
    )
    (found,) = findings("QUE-02", text.format(256) + relay)
    assert found.where == "map-class frame-relay M > policy QUEUES"
    assert not findings("QUE-02", text.format(160) + relay)


def test_what_the_voice_class_leaves_over_is_not_voice_without_priority() -> None:
    rest = "class-map match-any REST\n match dscp ef cs3\n"
    text = rest + altered((" class class-default\n  fair-queue", " class REST\n  set dscp default"))
    assert not findings("QUE-01", text)
    queued = text.replace("  set dscp default", "  bandwidth percent 5")
    assert [one.where for one in findings("QUE-01", queued)] == [f"{SHAPER} > class REST"]


def test_priority_may_be_bounded_inside_or_around_the_class() -> None:
    text = altered((PRIORITY, "  priority\n  service-policy INNER"))
    inner = "policy-map INNER\n class class-default\n  police cir 2000000\n"
    assert not findings("QUE-03", inner + text)
    assert findings("QUE-03", inner.replace("police cir 2000000", "set cos 5") + text)


@pytest.mark.parametrize(("left", "is_found"), [(20, False), (65, True)])
def test_all_of_what_remains_may_not_be_given_away(left: int, *, is_found: bool) -> None:
    video = "class-map match-any VIDEO\n match dscp af41\n"
    text = video + altered(
        ("  bandwidth percent 5", f"  bandwidth remaining percent {left}"),
        (" class class-default\n  fair-queue", " class VIDEO\n  bandwidth remaining percent 35"),
    )
    found = [(one.where, one.severity) for one in findings("QUE-05", text)]
    assert found == [(SHAPER, Severity.HIGH)] * is_found
    assert not findings("QUE-06", text)


@pytest.mark.parametrize(("kbps", "is_found"), [(512, False), (515, True)])
def test_a_third_of_a_line_is_not_too_much_priority(kbps: int, *, is_found: bool) -> None:
    serial = "interface Serial0/0/0\n bandwidth 1536\n service-policy output QUEUES\n"
    text = altered((PRIORITY, f"  priority {kbps}"), (" service-policy output SHAPER", ""))
    assert bool(findings("QUE-02", text + serial)) is is_found
