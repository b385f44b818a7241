"""A text is parted into its sections, and what is alike in many is read once and told apart."""

import itertools

import pytest

from qosbot.domain.policies import DialPeer
from qosbot.platforms.cisco_ios.facts import read
from qosbot.platforms.cisco_ios.policy import parse
from qosbot.platforms.cisco_ios.tree import grow

LEG = (
    "description to the hospital",
    "destination-pattern 20...",
    "session target ipv4:192.0.2.9",
    "codec g711ulaw",
    "max-conn 12",
)


def leg(lines: tuple[str, ...], blank: str = " ") -> DialPeer:
    text = "\n".join(("dial-peer voice 10 voip", *(f"{blank}{line}" for line in lines)))
    return parse(f"{text}\n").dial_peers[10]


def test_only_the_very_words_that_stand_around_a_configuration_are_left_out() -> None:
    around = ("Building configuration...", "Current configuration : 9 bytes", "ntp clock-period 7")
    kept = ("ntp server 192.0.2.1", "ntp master", "endpoint x", "Using x")
    assert grow("\n".join((*around, *kept, "end"))).lines()[1:] == [f" {line}" for line in kept]


@pytest.mark.parametrize(
    "between",
    [
        "",
        "!",
        " ",
        " !",
        "! said",
        "   ! said",
        "\n",
        "end",
        "\n ! said",
        "end\n\n ! said",
        "\xa0! é",
    ],
)
def test_what_says_nothing_parts_no_section(between: str) -> None:
    text = f"interface Ethernet0\n duplex full\n{between}\n speed 100\nhostname r1\n"
    assert grow(text).lines()[1:] == [
        " interface Ethernet0",
        "  duplex full",
        "  speed 100",
        " hostname r1",
    ]


@pytest.mark.parametrize("before", ["", "\n", "!\n", "end\n\n", "\n ! said\n"])
def test_a_text_may_begin_within_a_section(before: str) -> None:
    assert grow(f"{before} duplex full\n!\nhostname r1").lines()[1:] == [
        " duplex full",
        " hostname r1",
    ]


def test_what_a_terminal_fills_up_with_is_left_out() -> None:
    assert grow("host\0name r1\n\0\0duplex full\0").lines()[1:] == [" hostname r1", " duplex full"]


def test_the_lines_of_a_leg_may_stand_in_any_order_and_after_any_blanks() -> None:
    known = leg(LEG)
    assert known.destination_pattern == "20..."
    assert known.max_calls == 12
    for lines in itertools.permutations(LEG):
        for blank in (" ", "  ", "\t"):
            assert leg(lines, blank) == known


def test_the_last_of_two_patterns_is_the_one_of_a_leg() -> None:
    assert leg((*LEG, "destination-pattern 30...")).destination_pattern == "30..."
    assert leg(("destination-pattern 30...", *LEG)).destination_pattern == "20..."
    assert leg((*LEG, "destination-pattern\t112")).is_protected
    assert leg((*LEG, "destination-pattern")).destination_pattern == ""


def test_legs_that_differ_in_their_pattern_alone_are_protected_one_by_one() -> None:
    found = [leg((*LEG, f"destination-pattern {one}")) for one in ("112", "20...", "9.T", "30...")]
    assert [one.is_protected for one in found] == [True, False, True, False]


def test_a_line_below_a_pattern_is_no_line_of_the_leg() -> None:
    text = "dial-peer voice 10 voip\n destination-pattern 20...\n  codec g711ulaw\n no vad\n"
    assert parse(text).dial_peers[10].codec is None


@pytest.mark.parametrize("line", [" qos queue x", " codec g711ulaw\n  qos queue x"])
def test_what_looks_like_qos_on_a_leg_is_listed(line: str) -> None:
    text = f"hostname r1\ndial-peer voice 10 voip\n destination-pattern 20...\n{line}\n no vad\n"
    assert read(text, "r1").not_understood == (line.rpartition("\n")[2].strip(),)


def test_a_leg_is_listed_once_for_its_head_and_once_for_each_line() -> None:
    text = (
        "hostname r1\ndial-peer  voice 10 qos\n qos queue x\n destination-pattern 20...\n no vad\n"
    )
    assert read(text, "r1").not_understood == ("dial-peer  voice 10 qos", "qos queue x")


def test_what_a_policy_stands_below_is_told_as_it_stands() -> None:
    port = "interface Ethernet0\n ip address 192.0.2.1 255.255.255.0\n  service-policy output P\n"
    (one,) = read(f"hostname r1\n{port}", "r1").attached
    assert one.via == "ip address 192.0.2.1 255.255.255.0"


def test_ports_that_differ_in_their_addresses_alone_are_told_apart() -> None:
    lines = "\n duplex full\n service-policy output P\n"
    addresses = (" ip address 192.0.2.1 255.255.255.0", " ipv6 address 2001:db8::1/64", " shutdown")
    text = "\n".join(f"interface Ethernet{n}\n{one}{lines}" for n, one in enumerate(addresses))
    facts = read(f"{text}\npolicy-map P\n class class-default\n", "r1")
    found = facts.interfaces.values()
    assert [(one.has_ipv4, one.has_ipv6) for one in found] == [
        (True, False),
        (False, True),
        (False, False),
    ]
    names = [f"Ethernet{n}" for n in range(3)]
    assert [one.name for one in found] == names
    assert [one.interface for one in facts.attached] == names
    assert [one.interface for one in facts.policy.attachments] == names
    assert [one.is_shutdown for one in facts.policy.interfaces.values()] == [False, False, True]
    quoted = facts.interface_lines("Ethernet0")
    assert "ip address 192.0.2.1 255.255.255.0" in quoted
