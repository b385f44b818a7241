"""The fingerprint moves with what a change rests on, and with nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.intents import (
    AddClassMatch,
    AttachVoicePolicy,
    Intent,
    PreferCodec,
    SetPriority,
)
from qosbot.domain.policies import EF
from qosbot.platforms.cisco_ios.fingerprint import fingerprint
from tests.platforms.ios_golden import BRANCH, edited

WAN = "GigabitEthernet0/1"
PATH = ("WAN-SHAPER", "class-default", "WAN-QUEUES", "VOICE")
PRIORITY = SetPriority(interface=WAN, class_path=PATH, priority_bps=3e6, reference_bps=9.5e6)
MATCH = AddClassMatch(interface=WAN, class_path=PATH, dscp=EF)
ATTACH = AttachVoicePolicy(interface="GigabitEthernet0/2", priority_bps=1e6, reference_bps=4e6)
CODEC = PreferCodec(dial_peer=10, codec="g729a")

RELATED = [
    (PRIORITY, "  priority percent 20", "  priority percent 21"),
    (PRIORITY, "  shape average 9500000", "  shape average 9000000"),
    (PRIORITY, "  bandwidth percent 5", "  bandwidth percent 6"),
    (PRIORITY, " match access-group name RTP-PORTS", " match access-group name OTHER"),
    (PRIORITY, " match dscp cs3  af31 ", " match dscp cs3"),
    (PRIORITY, " bandwidth 10000", " bandwidth 20000"),
    (PRIORITY, " crypto map SITES", ""),
    (PRIORITY, " service-policy output WAN-SHAPER", ""),
    (PRIORITY, " tunnel destination 192.0.2.77",
     " tunnel destination 192.0.2.77\n service-policy output WAN-QUEUES"),
    (ATTACH, " bandwidth 4000", " bandwidth 4000\n speed 100"),
    (ATTACH, " shutdown", ""),
    (ATTACH, "policy-map COPP", "policy-map QOSBOT-QUEUES\npolicy-map COPP"),
    (CODEC, " codec preference 1 g711ulaw", " codec preference 1 g711alaw"),
    (CODEC, " voice-class codec 1 offer-all", " voice-class codec 1"),
    (CODEC, " destination-pattern 2...", " destination-pattern [23]..."),
    (CODEC, "voice class codec 1", "voice class codec 101\nvoice class codec 1"),
]  # fmt: skip

UNRELATED = [
    ("! Last configuration change at 10:00:00 UTC Mon Nov 2 2026 by noc",
     "! Last configuration change at 11:11:11 UTC Tue Nov 3 2026 by bot"),
    ("Current configuration : 4242 bytes", "Current configuration : 4243 bytes"),
    ("ntp clock-period 17208943", "ntp clock-period 17208950"),
    ("ntp server 10.0.0.10", "ntp server 10.0.0.11"),
    ("hostname branch-ce1", "hostname branch-ce9"),
    (" ip address 10.255.1.1 255.255.255.255", " ip address 10.255.1.2 255.255.255.255"),
    ("access-list 101 permit tcp any any eq 22", "access-list 101 permit tcp any any eq 23"),
    (" permit 10.0.0.0 0.255.255.255", " permit any"),
    (" session target ipv4:10.0.0.21", " session target ipv4:10.0.0.29"),
    ("snmp-server community CANARYCOMMUNITY RO 10", ""),
]  # fmt: skip


@pytest.mark.parametrize(("intent", "old", "new"), RELATED)
def test_it_moves_with_everything_that_the_change_rests_on(
    intent: Intent, old: str, new: str
) -> None:
    assert fingerprint(edited(old, new), intent) != fingerprint(BRANCH, intent)


@given(
    edits=st.lists(st.sampled_from(UNRELATED), unique=True),
    intent=st.sampled_from([PRIORITY, MATCH, ATTACH, CODEC]),
)
def test_an_unrelated_edit_never_moves_it(edits: list[tuple[str, str]], intent: Intent) -> None:
    text = BRANCH
    for old, new in edits:
        text = edited(old, new, text)
    assert fingerprint(text, intent) == fingerprint(BRANCH, intent)


@given(
    entry=st.sampled_from(["permit udp any any eq 5060", "deny ip host 10.0.0.9 any", "remark x"]),
    at=st.integers(0, 2),
)
def test_an_edit_of_an_access_list_that_a_class_names_always_moves_it(entry: str, at: int) -> None:
    head = "ip access-list extended RTP-PORTS\n"
    before, _, after = BRANCH.partition(head)
    lines = after.split("\n")
    lines.insert(at, f" {entry}")
    text = before + head + "\n".join(lines)
    assert fingerprint(text, PRIORITY) != fingerprint(BRANCH, PRIORITY)


def test_the_spelling_of_a_release_does_not_move_it() -> None:
    text = edited(" match ip dscp 46 ", " match ip dscp ef")
    text = edited("   service-policy WAN-QUEUES", "  service-policy WAN-QUEUES", text)
    text = edited(" 10 permit udp any any range 16384 32767",
                  " 15 permit udp any any range 16384 32767 (99 matches)", text)  # fmt: skip
    assert fingerprint(text, PRIORITY) == fingerprint(BRANCH, PRIORITY)
    assert fingerprint(BRANCH.replace("\n", "\r\n"), PRIORITY) == fingerprint(BRANCH, PRIORITY)


def test_a_policy_that_nests_the_same_child_elsewhere_counts() -> None:
    other = "policy-map OTHER\n class VOICE\n  shape average 64000\n  service-policy WAN-QUEUES\n"
    text = BRANCH.replace("policy-map LAN-IN\n", f"{other}policy-map LAN-IN\n")
    assert fingerprint(text, PRIORITY) != fingerprint(BRANCH, PRIORITY)


def test_object_groups_and_table_maps_that_are_named_count() -> None:
    named = edited(" 20 deny   ip any any", " 20 permit udp object-group PHONES any")
    named = edited("  fair-queue", "  set dscp cos table MARKS", named)
    with_group = "object-group network PHONES\n 10.1.0.0 255.255.255.0\n" + named
    with_table = "table-map MARKS\n map from 0 to 8\n" + named
    prints = {fingerprint(text, PRIORITY) for text in (BRANCH, named, with_group, with_table)}
    assert len(prints) == 4
