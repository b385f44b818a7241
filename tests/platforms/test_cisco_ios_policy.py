"""A running configuration is read as it is, and what is not understood is said."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.policies import (
    EF,
    AclMatch,
    Attachment,
    ClassMap,
    ClassMatch,
    CodecClass,
    CosMatch,
    DscpMatch,
    PolicyClass,
    QosPolicy,
    Share,
)
from qosbot.domain.samples import FlowDirection
from qosbot.platforms.cisco_ios.policy import parse
from tests.needs import SHARED, needs
from tests.platforms.ios_golden import BRANCH, edited

POLICY = parse(BRANCH)


def real(name: str) -> QosPolicy:
    needs("configs")
    raw = (SHARED / "configs" / name).read_bytes()
    return parse(raw.decode("utf-8", errors="replace"))


def test_a_code_point_is_the_same_by_name_and_by_number() -> None:
    by_number = parse("class-map match-any A\n match ip dscp 46 24\n")
    by_name = parse("class-map match-any A\n match ip dscp ef  cs3 \n")
    assert by_number == by_name
    assert by_name.class_maps["A"].dscp_values == frozenset({46, 24})


def test_a_precedence_is_the_eight_code_points_that_begin_with_it() -> None:
    (match,) = POLICY.class_maps["MARKED"].matches
    assert match == DscpMatch(values=frozenset(range(40, 48)))
    assert POLICY.class_maps["MARKED"].negated == (DscpMatch(values=frozenset({8})),)


def test_a_class_map_without_an_operator_is_match_all() -> None:
    assert parse("class-map A\n match dscp ef\n").class_maps["A"].match_all


def test_an_access_list_in_a_class_is_named_and_found() -> None:
    assert AclMatch(name="RTP-PORTS") in POLICY.class_maps["VOICE"].matches
    assert POLICY.access_lists["RTP-PORTS"] == (
        "permit udp any any range 16384 32767",
        "deny ip any any",
    )
    assert POLICY.access_lists["101"] == ("remark management", "permit tcp any any eq 22")


def test_a_nested_policy_is_found_however_deep_it_is_printed() -> None:
    level = edited("   service-policy WAN-QUEUES", "  service-policy WAN-QUEUES")
    assert parse(level) == POLICY
    attached = POLICY.attached("GigabitEthernet0/1", FlowDirection.OUT)
    assert attached is not None
    paths = [path for path, _ in POLICY.classes_under(attached)]
    assert ("WAN-SHAPER", "class-default", "WAN-QUEUES", "VOICE") in paths


def test_what_a_class_does_is_read_with_its_units() -> None:
    queues = POLICY.policy_maps["WAN-QUEUES"]
    assert queues.classes[0] == PolicyClass(
        name="VOICE", is_priority=True, priority=Share(ratio=0.2)
    )
    assert queues.classes[1].bandwidth == Share(ratio=0.05)
    assert queues.classes[1].queue_limit_packets == 64
    assert queues.classes[2].has_fair_queue
    assert POLICY.policy_maps["WAN-SHAPER"].classes[0].shape == Share(bps=9500000)
    policed = POLICY.policy_maps["LAN-IN"].classes[0]
    assert (policed.set_dscp, policed.police) == (EF, Share(bps=512000))


def test_a_priority_in_kbit_with_a_level_is_a_rate() -> None:
    text = "policy-map P\n class V\n  priority level 1 20000\n"
    (voice,) = parse(text).policy_maps["P"].classes
    assert voice.priority == Share(bps=20e6)
    assert voice.other == ("priority level 1",)


def test_what_protects_the_router_itself_is_not_qos() -> None:
    assert "COPP" not in POLICY.policy_maps
    assert "ZONES" not in POLICY.policy_maps
    assert not {"COPP-SSH", "WEB"} & POLICY.class_maps.keys()


def test_a_banner_is_not_configuration() -> None:
    assert "NOT-A-POLICY" not in POLICY.policy_maps
    assert "NOT-ONE" not in POLICY.interfaces


def test_interfaces_say_what_matters_to_qos() -> None:
    wan, spare = POLICY.interfaces["GigabitEthernet0/1"], POLICY.interfaces["GigabitEthernet0/2"]
    assert (wan.bandwidth_bps, wan.has_crypto, wan.is_shutdown) == (10e6, True, False)
    assert (spare.is_shutdown, spare.has_crypto) == (True, False)
    tunnel = POLICY.interfaces["Tunnel1"]
    assert (tunnel.is_tunnel, tunnel.has_crypto) == (True, True)


def test_codec_lists_and_dial_peers_are_read_in_order_of_preference() -> None:
    assert POLICY.codec_classes[1] == CodecClass(
        tag=1, preferences=((1, "g711ulaw"), (2, "g729r8 bytes 40"))
    )
    assert (POLICY.dial_peers[10].codec_class, POLICY.dial_peers[10].offers_all_codecs) == (1, True)
    assert (POLICY.dial_peers[20].codec, POLICY.dial_peers[20].codec_class) == ("g711alaw", None)


def test_emergency_and_fax_peers_are_protected() -> None:
    protected = {tag for tag, peer in POLICY.dial_peers.items() if peer.is_protected}
    assert protected == {40, 50}


@pytest.mark.parametrize("pattern", ["112", "11.", "9T", ".T", "[19]..", "1[5-8]"])
def test_a_pattern_that_may_carry_an_emergency_call_is_protected(pattern: str) -> None:
    text = f"dial-peer voice 1 voip\n destination-pattern {pattern}\n"
    assert parse(text).dial_peers[1].is_protected


def test_a_line_that_looks_like_qos_and_is_not_understood_is_said() -> None:
    assert POLICY.not_understood == ("interface GigabitEthernet0/0 / mls qos trust dscp",)


def test_the_archive_is_needed_for_the_revert_timer() -> None:
    assert POLICY.has_archive
    assert not parse(edited(" path flash:archive", "")).has_archive


@pytest.mark.parametrize(
    ("old", "new", "touched"),
    [
        (" match ip dscp 46 ", " match ip dscp 45", "class_maps"),
        (" match access-group name RTP-PORTS", " match protocol rtp", "class_maps"),
        (" match precedence 5 ", " match cos 5", "class_maps"),
        (" match not dscp cs1 ", " match dscp cs1", "class_maps"),
        ("class-map match-all SIGNAL", "class-map match-any SIGNAL", "class_maps"),
        ("  priority percent 20", "  priority 200", "policy_maps"),
        ("  priority percent 20", "  priority percent 20 64000", "policy_maps"),
        ("  bandwidth percent 5", "  bandwidth remaining percent 5", "policy_maps"),
        ("  queue-limit 64 packets", "  queue-limit 64 ms", "policy_maps"),
        ("  fair-queue", "  fair-queue 64", "policy_maps"),
        ("  random-detect dscp-based", "  random-detect", "policy_maps"),
        ("  shape average 9500000", "  shape peak 9500000", "policy_maps"),
        ("  set dscp ef", "  set cos 5", "policy_maps"),
        ("  police cir 512000 bc 16000", "  police cir 512000 bc 8000", "policy_maps"),
        ("   conform-action transmit", "   conform-action drop", "policy_maps"),
        (" 20 deny   ip any any", "", "access_lists"),
        (" service-policy output WAN-SHAPER", " service-policy output WAN-QUEUES", "attachments"),
        (" bandwidth 10000", " bandwidth 20000", "interfaces"),
        (" crypto map SITES", "", "interfaces"),
        (" shutdown", "", "interfaces"),
        (" mls qos trust dscp", " auto qos voip trust", "not_understood"),
        (" codec preference 1 g711ulaw", " codec preference 1 g711alaw", "codec_classes"),
        (" codec g711alaw", " codec g729r8", "dial_peers"),
    ],
)
def test_one_altered_line_changes_exactly_what_it_is_about(
    old: str, new: str, touched: str
) -> None:
    after = parse(edited(old, new))
    moved = {one.name for one in fields(after) if _of(after, one.name) != _of(POLICY, one.name)}
    assert moved == {touched}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  bandwidth percent 5", "  bandwidth guaranteed 5"),
        ("  shape average 9500000", "  shape rate 9500000"),
        (" match dscp cs3  af31 ", " matches dscp cs3"),
        (" service-policy output WAN-SHAPER", " service-policy output WAN-SHAPER extra"),
    ],
)
def test_a_strange_line_is_never_read_as_something_else(old: str, new: str) -> None:
    after = parse(edited(old, new))
    assert any(line.endswith(new.strip()) for line in after.not_understood)


QOS_LINES = [
    (i, line)
    for i, line in enumerate(BRANCH.splitlines())
    if re.match(r" +(match|class|priority|bandwidth|queue-limit|fair-queue|random-detect|shape"
                r"|service-policy|set|police|conform|exceed|codec|voice-class codec|mls)", line)
    and not re.search(r"COPP|inspect|protocol http|8000 conform|SSH-IN|class class-default$", line)
]  # fmt: skip


@given(
    where=st.sampled_from(QOS_LINES),
    tail=st.sampled_from([" zzz", " 7", "x", "9"]),
)
def test_an_altered_line_touches_one_object_or_is_not_understood(
    where: tuple[int, str], tail: str
) -> None:
    at, line = where
    lines = BRANCH.splitlines()
    lines[at] = f"{line.rstrip()}{tail}"
    after = parse("\n".join(lines))
    header = next(one for one in reversed(lines[:at]) if not one.startswith(" "))
    moved = _moved(after)
    name = header.split()[2 if header.startswith("dial-peer") else -1]
    assert {str(key) for _, key in moved} <= {name, ""}
    assert moved or after.not_understood != POLICY.not_understood


@pytest.mark.parametrize("platform", ["cisco_ios", "cisco_xe"])
def test_no_real_configuration_is_too_strange_to_be_read(platform: str) -> None:
    needs("configs")
    files = sorted(Path(SHARED / "configs" / platform / "config").iterdir())
    assert files
    for file in files:
        real(f"{platform}/config/{file.name}")


def test_a_real_router_is_read_as_a_person_reads_it() -> None:
    policy = real("cisco_ios/config/ccp2-sample_08.ios")
    assert set(policy.class_maps) == {"IP_PREC_MEDIUM", "IP_PREC_HIGH", "TEST", "TO_ATM", "ALL"}
    high = policy.policy_maps["EXTERNAL_CBWFQ"].classes[0]
    assert (high.priority, high.police) == (Share(ratio=0.1), Share(ratio=0.1))
    assert policy.policy_maps["SHAPE_HEIR"].classes[0].child == "EXTERNAL_CBWFQ"
    assert policy.attachments == ()
    assert policy.interfaces["Dialer1"].bandwidth_bps == 800e3
    assert policy.interfaces["Dialer1"].reservable_ratio == 1.0
    assert len(policy.access_lists["BLACKHOLE"]) == 27
    assert policy.has_archive


def test_a_real_switch_without_qos_has_none() -> None:
    policy = real("cisco_xe/config/oxidized-ios_C9200L-24P-4G_17.09.04a_output.txt")
    assert (policy.class_maps, policy.policy_maps, policy.attachments) == ({}, {}, ())
    assert len(policy.interfaces) == 10
    assert policy.interfaces["Vlan1"].is_shutdown
    assert not policy.has_archive


def test_real_inspect_policies_are_not_qos() -> None:
    for name in ("batfish-cisco_zone.cfg", "batfish-cisco_qos.cfg"):
        assert "pminspect" not in real(f"cisco_ios/config/{name}").policy_maps
    policy = real("cisco_ios/config/batfish-cisco_qos.cfg")
    assert set(policy.policy_maps) == {"qqqqq", "qqqqq2"}
    assert policy.class_maps == {
        "cos_all": ClassMap(
            name="cos_all",
            match_all=False,
            matches=(ClassMatch(name="blip"), CosMatch(values=frozenset(range(8)))),
        )
    }


def test_a_policy_on_a_service_instance_is_said_and_not_guessed() -> None:
    policy = real("cisco_ios/config/batfish-cisco_interface.cfg")
    assert policy.attachments == ()
    assert any("service instance 1 ethernet" in line for line in policy.not_understood)


def test_real_dial_peers_are_read() -> None:
    policy = real("cisco_ios/config/batfish-cisco_voice.cfg")
    assert policy.codec_classes[1].preferences == ((1, "g729r8"), (2, "g711alaw"))
    assert policy.dial_peers[1].codec_class == 2
    assert policy.dial_peers[1].is_protected


def test_a_policy_is_attached_in_its_direction_only() -> None:
    assert POLICY.attachments == (
        Attachment(interface="GigabitEthernet0/0", direction=FlowDirection.IN, policy="LAN-IN"),
        Attachment(
            interface="GigabitEthernet0/1", direction=FlowDirection.OUT, policy="WAN-SHAPER"
        ),
    )


def _moved(after: QosPolicy) -> set[tuple[str, object]]:
    """Return the objects that are not as they were; attachments have no name of their own."""
    moved: set[tuple[str, object]] = set()
    for one in fields(after):
        old, new = _of(POLICY, one.name), _of(after, one.name)
        if isinstance(old, dict) and isinstance(new, dict):
            keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
            moved |= {(one.name, key) for key in keys}
        elif old != new and one.name != "not_understood":
            moved.add((one.name, ""))
    return moved


def test_real_policies_as_shown_by_ios_xe_are_read() -> None:
    policy = real("cisco_xe/output/genie-ShowRunPolicyMap-golden_output2_output.txt")
    premium, silver, gold, default = policy.policy_maps["TEST"].classes
    assert (premium.priority, premium.other) == (Share(ratio=0.1), ("set cos 5",))
    assert (silver.set_dscp, gold.other) == (18, ("set precedence 4",))
    assert default.name == "class-default"
    policy = real("cisco_xe/output/genie-ShowRunPolicyMap-golden_output3_output.txt")
    shapes = [one.shape for one in policy.policy_maps["child"].classes]
    assert shapes == [Share(bps=2e9)] * 6 + [Share(bps=1e9), Share(bps=2e9)]


def _of(policy: QosPolicy, name: str) -> object:
    value: object = getattr(policy, name)
    return value
