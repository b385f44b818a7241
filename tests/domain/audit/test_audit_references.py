import pytest

from qosbot.domain.audit.context import AuditContext, Circuit
from tests.domain.audit.judged import CLEAN, PORT, altered, audited, findings, unjudged

SECOND = """\
interface GigabitEthernet0/2
 service-policy output QUEUES
"""


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        (" match dscp ef", " match access-group name RTP", "class-map VOICE > access list RTP"),
        (" match dscp ef", " match class-map RTP", "class-map VOICE > class-map RTP"),
        (" class VOICE", " class VOIX", "policy-map QUEUES > class-map VOIX"),
        (
            "  service-policy QUEUES",
            "  service-policy QUEUE",
            "policy-map SHAPER > class class-default > policy-map QUEUE",
        ),
        (" service-policy output SHAPER", " service-policy output X", f"{PORT} > policy-map X"),
        (
            "  bandwidth percent 5",
            "  set dscp cos table UP",
            "policy-map QUEUES > class SIGNAL > table-map UP",
        ),
    ],
)
def test_what_is_named_and_not_defined_is_found_where_it_is_named(
    old: str, new: str, where: str
) -> None:
    found = findings("REF-01", altered((old, new)))
    assert [one.where for one in found] == [where]
    assert found[0].evidence[0] == new.strip()


@pytest.mark.parametrize(
    "defined",
    [
        "ip access-list extended RTP\n permit udp any any range 16384 32767\n",
        "ipv6 access-list RTP\n permit udp any any\n",
        "mac access-list extended RTP\n permit any any\n",
    ],
)
def test_a_list_of_any_kind_counts_as_defined(defined: str) -> None:
    text = altered((" match dscp ef", " match access-group name RTP"))
    assert not findings("REF-01", text + defined)


def test_a_table_that_is_defined_is_not_missing() -> None:
    text = altered(("  bandwidth percent 5", "  set dscp cos table UP"))
    assert not findings("REF-01", f"table-map UP\n map from 5 to 46\n{text}")


def test_a_codec_list_that_a_peer_names_must_be_there() -> None:
    peer = "dial-peer voice 7 voip\n voice-class codec 3\n"
    assert findings("REF-01", CLEAN + peer)[0].where == "dial-peer 7 > voice class codec 3"
    codecs = "voice class codec 3\n codec preference 1 g711alaw\n"
    assert not findings("REF-01", CLEAN + codecs + peer)


def test_a_policy_that_is_nowhere_attached_is_found_once_with_what_is_nested_in_it() -> None:
    found = findings("REF-02", altered((" service-policy output SHAPER", "")))
    assert [one.where for one in found] == ["policy-map SHAPER"]


@pytest.mark.parametrize(
    "holder",
    [
        "interface ATM0/0.1 point-to-point\n pvc 0/32\n  service-policy output SHAPER\n",
        "map-class frame-relay FR\n service-policy output SHAPER\n",
        "interface Tunnel1\n ip nhrp map group SITE service-policy output SHAPER\n",
        "interface Virtual-Template1\n service-policy output SHAPER\n",
    ],
)
def test_a_policy_is_at_work_wherever_it_is_attached(holder: str) -> None:
    text = altered((" service-policy output SHAPER", ""))
    assert not findings("REF-02", text + holder)


def test_a_policy_that_a_strange_line_names_is_not_judged() -> None:
    text = altered((" service-policy output SHAPER", " qos attach SHAPER"))
    assert not findings("REF-02", text)
    assert [one.where for one in unjudged("REF-02", text)] == ["policy-map SHAPER"]


@pytest.mark.parametrize("name", ["QUEUES", "SHAPER"])
def test_queues_on_the_way_in_do_not_exist_nested_ones_neither(name: str) -> None:
    text = altered((" service-policy output SHAPER", f" service-policy input {name}"))
    (found,) = (one for one in findings("REF-02", text) if one.where.startswith("interface"))
    assert found.where == f"{PORT} > policy {name}"
    assert "priority percent 30" in found.evidence


def test_marking_on_the_way_in_is_what_it_is_for() -> None:
    marks = "policy-map MARK\n class VOICE\n  set dscp ef\n  police 128000\n"
    port = "interface GigabitEthernet0/2\n service-policy input MARK\n"
    assert not findings("REF-02", CLEAN + marks + port)


def test_links_of_one_role_are_compared_by_what_their_policies_do() -> None:
    roles = {f"GigabitEthernet0/{i}": Circuit(role="wan") for i in (1, 2, 3)}
    context = AuditContext(circuits=roles)
    other = "interface GigabitEthernet0/3\n service-policy output SHAPER\n"
    bare = "interface GigabitEthernet0/2\n ip address 192.0.2.5 255.255.255.252\n"
    found = findings("REF-03", CLEAN + bare + other, context)
    assert [one.where for one in found] == ["interface GigabitEthernet0/2"]
    same = bare + " service-policy output SHAPER\n"
    assert not findings("REF-03", CLEAN + same + other, context)
    assert "REF-03" in audited(CLEAN + same + other, context).passed


def test_without_an_inventory_roles_are_not_judged() -> None:
    assert [one.why for one in unjudged("REF-03", CLEAN)] == [
        "needs the role of each link from the inventory"
    ]


@pytest.mark.parametrize(
    ("first", "second", "is_empty"),
    [
        ("match dscp ef cs3", "match dscp cs3", True),
        ("match dscp ef", "match dscp cs3", False),
        ("match precedence 3", "match ip dscp cs3", True),
        ("match ip dscp cs3", "match dscp cs3", False),
        ("match any", "match protocol sip", True),
        ("match access-group name SIP", "match access-group name SIP", True),
        ("match access-group name RTP", "match access-group name SIP", False),
        ("match not dscp default", "match dscp cs3", True),
    ],
)
def test_a_class_that_earlier_ones_have_whole_cannot_be_reached(
    first: str, second: str, *, is_empty: bool
) -> None:
    text = altered((" match dscp ef", f" {first}"), (" match dscp cs3", f" {second}"))
    found = [one.where for one in findings("REF-04", text)]
    assert found == (["policy-map QUEUES > class SIGNAL"] if is_empty else [])


def test_two_earlier_classes_may_have_it_together() -> None:
    third = "class-map match-any BOTH\n match dscp ef cs3\n"
    text = altered(("  bandwidth percent 5", "  bandwidth percent 5\n class BOTH"))
    assert [one.where for one in findings("REF-04", third + text)] == [
        "policy-map QUEUES > class BOTH"
    ]


def test_a_match_all_is_narrower_than_its_parts() -> None:
    text = altered(
        ("class-map match-any VOICE", "class-map match-all VOICE"),
        (" match dscp ef", " match dscp cs3\n match access-group name SIP"),
    )
    assert not findings("REF-04", text)


def test_policies_of_another_kind_are_not_queues_and_no_finding() -> None:
    others = (
        "class-map type inspect match-any WEB\n match protocol http\n"
        "policy-map type inspect ZONES\n class type inspect WEB\n  inspect\n"
        "policy-map COPP\n class COPP-SSH\n  police 8000\n"
        "class-map match-any COPP-SSH\n match access-group name SSH\n"
        "control-plane\n service-policy input COPP\n"
        "policy-map system-cpp-policy\n class system-cpp-police-data\n  police rate 200 pps\n"
        "zone-pair security A source a destination b\n service-policy type inspect ZONES\n"
    )
    assert audited(CLEAN + others).findings == audited(CLEAN).findings


@pytest.mark.parametrize("match", ["", "  match non-client-nrt\n"])
def test_what_a_switch_has_made_for_its_radio_is_no_finding(match: str) -> None:
    made = (
        f"class-map match-any non-client-nrt-class\n{match}"
        "policy-map port_child_policy\n class non-client-nrt-class\n"
        "    bandwidth remaining ratio 10\n"
    )
    assert audited(CLEAN + made).findings == audited(CLEAN).findings


def test_a_policy_may_use_a_class_that_a_switch_has_made() -> None:
    made = "class-map match-any non-client-nrt-class\n match non-client-nrt\n"
    policy = "policy-map OWN\n class non-client-nrt-class\n  bandwidth remaining ratio 10\n"
    assert not findings("REF-01", CLEAN + made + policy)
    assert findings("REF-01", CLEAN + policy)


def test_what_a_wireless_controller_brings_along_is_defined() -> None:
    radio = "wireless profile policy P\n service-policy input platinum-up\n"
    assert not findings("REF-01", CLEAN + radio)
    assert findings("REF-01", CLEAN + radio.replace("platinum", "copper"))


def test_an_inspect_policy_where_a_queue_belongs_is_said() -> None:
    text = altered((" service-policy output SHAPER", " service-policy output ZONES"))
    found = findings("REF-05", f"policy-map type inspect ZONES\n{text}")
    assert [one.where for one in found] == [f"{PORT} > policy ZONES"]


def test_a_map_class_that_a_circuit_names_is_defined() -> None:
    circuit = (
        "interface Serial0/0.16 point-to-point\n"
        " frame-relay interface-dlci 16\n  class FRTS\n frame-relay class FRTS\n"
    )
    (found,) = findings("REF-01", CLEAN + circuit)
    assert found.where == "interface Serial0/0.16 > map-class frame-relay FRTS"
    assert not findings("REF-01", CLEAN + circuit + "map-class frame-relay FRTS\n")
