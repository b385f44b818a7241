import pytest

from qosbot.lab.mqc import parse
from qosbot.lab.startup import STARTUP
from qosbot.lab.topology import GATEWAY
from qosbot.lab.voice import new_call_codec

PEER = (
    "dial-peer voice {tag} voip\n destination-pattern {pattern}\n session target ipv4:10.0.0.50\n"
)


def chosen(text: str) -> str:
    config = parse(text)
    return new_call_codec(config.dial_peers, config.codec_lists)


def peer(pattern: str = "2...", extra: str = " codec g711alaw\n", tag: int = 1) -> str:
    return PEER.format(tag=tag, pattern=pattern) + extra


def codecs(*names: str, tag: int = 5) -> str:
    slots = [f" codec preference {slot} {name}\n" for slot, name in enumerate(names, start=1)]
    return f"voice class codec {tag}\n{''.join(slots)}"


def test_calls_speak_g711_when_the_lab_starts() -> None:
    assert chosen(STARTUP[GATEWAY]) == "g711ulaw"


def test_a_dial_peer_that_names_no_codec_speaks_g729() -> None:
    assert chosen(peer(extra="")) == "g729a"


@pytest.mark.parametrize(
    "pattern", ["2...", "2T", "2001$", "20", "20[01]1", "[12]...$", "+2...", ".T"]
)
def test_a_pattern_of_paris_carries_the_calls(pattern: str) -> None:
    assert chosen(peer(pattern)) == "g711alaw"


@pytest.mark.parametrize("pattern", ["112", "3...", "2....", "2..$", "2[", "(2)...", ""])
def test_a_pattern_of_elsewhere_does_not(pattern: str) -> None:
    assert chosen(peer(pattern)) == ""


def test_the_most_explicit_pattern_wins_then_the_preference() -> None:
    wide, narrow = peer("2...", tag=1), peer("20..", " codec g711ulaw\n", tag=2)
    assert chosen(wide + narrow) == "g711ulaw"
    assert chosen(peer(extra=" preference 2\n", tag=1) + peer(tag=2)) == "g711alaw"


@pytest.mark.parametrize("line", [" shutdown\n", " session target\n"])
def test_a_dial_peer_that_cannot_call_carries_nothing(line: str) -> None:
    text = peer(extra=line).replace(" session target ipv4:10.0.0.50\n", "")
    assert chosen(text) == ""


def test_a_telephone_line_of_the_gateway_is_no_way_to_paris() -> None:
    assert chosen(peer().replace("voip", "pots")) == ""


def test_the_lowest_slot_of_a_list_is_preferred_in_whatever_order_it_was_typed() -> None:
    listed = peer(extra=" voice-class codec 5\n")
    assert chosen(codecs("g729r8", "g711ulaw") + listed) == "g729a"
    typed = "voice class codec 5\n codec preference 2 g729r8\n codec preference 1 g711ulaw\n"
    assert chosen(typed + listed) == "g711ulaw"


def test_what_the_other_end_does_not_speak_is_passed_over() -> None:
    listed = peer(extra=" voice-class codec 5 offer-all\n")
    assert chosen(codecs("g722-64", "ilbc", "g729br8") + listed) == "g729a"
    assert chosen(codecs("g722-64") + listed) == ""


def test_a_list_that_is_not_defined_lets_no_call_come_up() -> None:
    assert chosen(codecs("g711ulaw", tag=4) + peer(extra=" voice-class codec 5\n")) == ""
