import pytest

from qosbot.domain.audit.findings import Severity
from tests.domain.audit.judged import CLEAN, PORT, SHAPER, altered, audited, findings, unjudged

LAN = "interface GigabitEthernet0/0"
IN = f"{LAN} > policy IN"


def marks(match: str, *, before: str = "", action: str = "set dscp ef") -> str:
    return (
        f"{before}class-map match-any MARKED\n match {match}\n"
        f"policy-map IN\n class MARKED\n  {action}\n"
        f"{LAN}\n service-policy input IN\n{CLEAN}"
    )


def acl(entry: str) -> str:
    return f"ip access-list extended L\n {entry}\n"


@pytest.mark.parametrize("match", ["any", "dscp default", "dscp ef af41", "cos 0", "protocol http"])
def test_ef_for_more_than_voice_is_found(match: str) -> None:
    (found,) = findings("MRK-05", marks(match))
    assert (found.where, found.severity) == (f"{IN} > class MARKED", Severity.HIGH)
    assert "set dscp ef" in found.evidence


def test_a_class_that_gives_ef_is_the_one_for_voice_whatever_it_goes_by() -> None:
    phones = acl("permit ip 192.0.2.0 0.0.0.255 any")
    text = marks("access-group name L", before=phones, action="set dscp {}")
    rest = text.replace(f"{LAN}\n", f" class class-default\n  set dscp default\n{LAN}\n")
    assert not findings("TRU-04", rest.format("ef"))
    assert findings("TRU-04", rest.format("af11"))


def test_a_policer_that_gives_ef_to_everybody_is_found() -> None:
    police = "police cir 1000000 bc 31250\n   conform-action set-dscp-transmit ef"
    (found,) = findings("MRK-05", marks("any", action=police))
    assert "conform-action set-dscp-transmit ef" in found.evidence
    assert not findings("MRK-05", marks("dscp ef", action=police))


@pytest.mark.parametrize("entry", ["permit ip any any", "permit udp any any", "permit tcp any any"])
def test_a_list_that_lets_everybody_in_is_found(entry: str) -> None:
    assert findings("MRK-05", marks("access-group name L", before=acl(entry)))


def test_ef_for_whatever_no_class_has_is_found() -> None:
    text = marks("dscp ef").replace(" class MARKED\n", " class class-default\n")
    (found,) = findings("MRK-05", text)
    assert found.where == f"{IN} > class class-default"


@pytest.mark.parametrize("match", ["dscp ef", "dscp cs5", "ip rtp 16384 16383", "cos 5"])
def test_ef_for_voice_is_as_it_should_be(match: str) -> None:
    assert "MRK-05" in audited(marks(match)).passed


@pytest.mark.parametrize(
    "entry",
    ["permit udp any any range 16384 32767", "permit ip 192.0.2.0 0.0.0.255 any"],
)
def test_a_list_for_rtp_or_for_a_network_of_phones_is_as_it_should_be(entry: str) -> None:
    assert not findings("MRK-05", marks("access-group name L", before=acl(entry)))


def test_whatever_comes_from_the_voice_vlan_may_be_ef() -> None:
    text = marks("any").replace(f"{LAN}\n", "interface Vlan100\n")
    port = "interface GigabitEthernet1/0/1\n switchport voice vlan 100\n"
    assert findings("MRK-05", text)
    assert not findings("MRK-05", port + text)


@pytest.mark.parametrize("place", [f"{LAN}\n vlan-range 100\n ", "vlan configuration 100\n"])
def test_a_policy_of_the_voice_vlan_alone_may_give_ef(place: str) -> None:
    port = "interface GigabitEthernet1/0/1\n switchport voice vlan 100\n"
    text = port + marks("any").replace(f"{LAN}\n", place)
    assert not findings("MRK-05", text)
    assert findings("MRK-05", text.replace("voice vlan 100", "voice vlan 200"))


def test_a_class_around_may_say_that_it_is_voice() -> None:
    text = marks("dscp ef", action="service-policy INNER")
    inner = "policy-map INNER\n class class-default\n  set dscp ef\n"
    assert not findings("MRK-05", inner + text)
    assert findings("MRK-05", inner + text.replace("match dscp ef\npolicy", "match any\npolicy"))


@pytest.mark.parametrize(
    "action",
    ["set dscp default", "set ip dscp af31", "set precedence 0", "set ip precedence 3"],
)
def test_ef_that_leaves_as_something_else_is_found(action: str) -> None:
    text = altered(("  priority percent 30", f"  priority percent 30\n  {action}"))
    (found,) = findings("MRK-08", text)
    assert (found.where, found.severity) == (f"{SHAPER} > class VOICE", Severity.MEDIUM)
    assert action in found.evidence


def test_a_policer_that_remarks_what_conforms_is_found() -> None:
    police = "  police 128000 8000 conform-action set-dscp-transmit {} exceed-action drop"
    for value, is_lost in (("default", True), ("ef", False)):
        line = police.format(value)
        text = altered(("  priority percent 30", f"  priority percent 30\n{line}"))
        assert bool(findings("MRK-08", text)) is is_lost


@pytest.mark.parametrize("action", ["set dscp ef", "set dscp 46", "set cos 5", "set precedence 5"])
def test_marks_that_keep_ef_are_as_they_should_be(action: str) -> None:
    text = altered(("  priority percent 30", f"  priority percent 30\n  {action}"))
    assert "MRK-08" in audited(text).passed


def test_the_rest_may_be_marked_anew_where_voice_has_its_class() -> None:
    text = altered(("  fair-queue", "  fair-queue\n  set dscp default"))
    assert "MRK-08" in audited(text).passed


def test_a_mark_on_everything_is_a_mark_on_voice() -> None:
    text = altered(("  shape average 9500000", "  shape average 9500000\n  set dscp default"))
    (found,) = findings("MRK-08", text)
    assert found.where == f"{PORT} > policy SHAPER > class class-default"


@pytest.mark.parametrize(
    ("table", "becomes"),
    [
        (" map from 46 to 0\n default copy\n", "0"),
        (" map from 24 46 to 8\n", "8"),
        (" default 0\n", "0"),
        (" default 0\n map from 46 to 46\n", ""),
        (" default copy\n", ""),
        (" map from 10 to 46\n", ""),
    ],
)
def test_what_a_table_makes_of_ef_is_read_there(table: str, becomes: str) -> None:
    mark = "  priority percent 30\n  set dscp dscp table T"
    text = f"table-map T\n{table}" + altered(("  priority percent 30", mark))
    found = [one.evidence[-1] for one in findings("MRK-08", text)]
    assert [one.split(" by ")[0] for one in found] == [f"EF becomes DSCP {becomes}"] * bool(becomes)
    assert not unjudged("MRK-08", text)


def test_what_ef_becomes_by_another_field_is_not_judged() -> None:
    for source in ("cos table T", "dscp table NONE"):
        mark = f"  priority percent 30\n  set dscp {source}"
        text = "table-map T\n map from 5 to 46\n" + altered(("  priority percent 30", mark))
        assert not findings("MRK-08", text)
        assert unjudged("MRK-08", text)


@pytest.mark.parametrize("name", ["MARKED", "class-default"])
def test_a_policy_on_the_way_in_that_takes_ef_away_is_told(name: str) -> None:
    text = marks("dscp ef", action="set dscp default").replace(
        " class MARKED\n", f" class {name}\n"
    )
    (found,) = findings("TRU-04", text)
    assert (found.where, found.severity) == (f"{IN} > class {name}", Severity.INFO)


def test_a_trust_edge_that_keeps_voice_may_reset_the_rest() -> None:
    text = marks("dscp ef", action="set dscp ef\n class class-default\n  set dscp default")
    assert "TRU-04" in audited(text).passed


def test_a_router_without_any_policy_trusts_by_itself() -> None:
    assert "TRU-04" in audited(CLEAN).passed


def test_ef_that_is_lost_inside_the_class_of_a_site_is_found() -> None:
    site = "class-map match-any SITE\n match vlan 10\n"
    text = site + altered(
        ("  priority percent 30", "  priority percent 30\n  set dscp default"),
        (" class class-default\n  shape average 9500000", " class SITE\n  shape average 9500000"),
    )
    (found,) = findings("MRK-08", text)
    assert found.where.endswith("class SITE > policy QUEUES > class VOICE")


@pytest.mark.parametrize(
    ("line", "is_lost"),
    [
        (" ip qos dscp af31 media\n", True),
        (" ip qos dscp default media\n", True),
        (" ip qos dscp ef media\n", False),
        (" ip qos dscp 44 media\n", False),
        (" ip qos dscp af31 signaling\n", False),
        (" ip qos dscp af31 media\n shutdown\n", False),
        ("", False),
    ],
)
def test_a_gateway_that_marks_speech_as_something_else_is_found(
    line: str, *, is_lost: bool
) -> None:
    found = findings("MRK-08", f"{CLEAN}dial-peer voice 7 voip\n codec g711ulaw\n{line}")
    assert [one.where for one in found] == ["dial-peer 7"] * is_lost
    assert all(line.strip() in one.evidence for one in found)
