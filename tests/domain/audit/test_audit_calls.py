import pytest

from qosbot.domain.audit.context import AuditContext, Circuit
from qosbot.domain.audit.findings import Severity
from tests.domain.audit.judged import CLEAN, altered, audited, findings, unjudged


def peer(*lines: str, tag: int = 10, target: str = "10.0.0.20") -> str:
    said = "".join(f" {line}\n" for line in (f"session target ipv4:{target}", *lines))
    return f"dial-peer voice {tag} voip\n{said}"


def circuits(**fields: object) -> AuditContext:
    return AuditContext(circuits={"GigabitEthernet0/1": Circuit(**fields)})  # type: ignore[arg-type]  # one per test


# 30 % of 9500 kbit/s are 2850 kbit/s: 32 calls of G.711 on Ethernet, 91 of G.729.


@pytest.mark.parametrize(
    ("codec", "calls", "is_too_many"),
    [("g711ulaw", 32, False), ("g711ulaw", 33, True), ("g729r8", 91, False), ("g729r8", 92, True)],
)
def test_a_leg_admits_no_more_calls_than_the_voice_queue_carries(
    codec: str, calls: int, *, is_too_many: bool
) -> None:
    found = findings("CAC-01", CLEAN + peer(f"codec {codec}", f"max-conn {calls}"))
    assert [(o.where, o.severity) for o in found] == [("dial-peer 10", Severity.HIGH)] * is_too_many


def test_legs_with_one_target_add_up_and_the_two_legs_of_a_call_do_not() -> None:
    one = peer("codec g711ulaw", "max-conn 20")
    assert findings("CAC-01", CLEAN + one + peer("codec g711ulaw", "max-conn 20", tag=20))
    other = peer("codec g711ulaw", "max-conn 20", tag=20, target="10.9.9.9")
    assert not findings("CAC-01", CLEAN + one + other)


LAN = "interface GigabitEthernet0/2\n ip address 10.0.0.1 255.255.255.0\n"


def test_calls_to_a_neighbour_on_a_port_without_queues_take_none_of_the_voice_queue() -> None:
    near = LAN + peer("codec g711ulaw", "max-conn 99")
    assert not findings("CAC-01", CLEAN + near)
    assert "dial-peer 10" in [one.where for one in unjudged("CAC-01", CLEAN + near)]
    assert findings("CAC-01", CLEAN + LAN + peer("max-conn 99", target="10.9.9.9"))


def test_a_rate_beyond_all_numbers_is_not_known() -> None:
    absurd = altered(
        ("  shape average 9500000", f"  shape average {'9' * 230}"),
        ("  priority percent 30", f"  priority percent {'9' * 230}"),
    )
    leg = peer("codec g711ulaw", "max-conn 99")
    assert not findings("CAC-01", absurd + leg)
    assert unjudged("CAC-01", absurd + leg)


def test_a_leg_is_sized_by_its_own_codec() -> None:
    fax = peer("codec g729r8", tag=20, target="10.9.9.9")
    assert findings("CAC-01", CLEAN + peer("codec g711ulaw", "max-conn 40") + fax)


def test_calls_that_fit_two_links_and_not_one_are_not_judged() -> None:
    second = "interface GigabitEthernet0/3\n service-policy output SHAPER\n"
    text = CLEAN + second + peer("codec g711ulaw", "max-conn {}")
    assert findings("CAC-01", text.format(65))
    assert not findings("CAC-01", text.format(40))
    assert "dial-peer 10" in [one.where for one in unjudged("CAC-01", text.format(40))]
    assert not findings("CAC-01", text.format(32))


@pytest.mark.parametrize(
    ("line", "is_too_many"),
    [
        ("call threshold global total-calls low 20 high 33", True),
        ("call threshold global total-calls low 20 high 32", False),
        ("call threshold interface GigabitEthernet0/1 int-calls low 20 high 40", True),
        (
            "call threshold interface GigabitEthernet0/1 int-bandwidth class-map V low 9 high 2851",
            True,
        ),
    ],
)
def test_a_threshold_is_within_the_voice_queue(line: str, *, is_too_many: bool) -> None:
    found = findings("CAC-01", f"{line}\n{CLEAN}{peer('codec g711ulaw')}")
    assert [one.where for one in found] == [line] * is_too_many


def test_a_lower_threshold_of_the_device_holds_for_its_legs() -> None:
    line = "call threshold global total-calls low 20 high 30\n"
    assert not findings("CAC-01", line + CLEAN + peer("codec g711ulaw", "max-conn 99"))


def test_without_a_limit_or_a_voice_queue_admission_is_not_judged() -> None:
    assert unjudged("CAC-01", CLEAN)
    assert unjudged("CAC-01", CLEAN + peer("codec g711ulaw"))
    assert unjudged("CAC-01", altered((" service-policy output SHAPER", "")))


def test_a_leg_prefers_the_codec_that_links_are_sized_by() -> None:
    text = CLEAN + peer("codec g711ulaw")
    (found,) = findings("COD-01", text, circuits(codec="g729a"))
    assert (found.where, found.severity) == ("dial-peer 10", Severity.HIGH)
    assert "COD-01" in audited(text, circuits(codec="g711")).passed
    assert unjudged("COD-01", text)
    assert unjudged("COD-01", CLEAN, circuits(codec="g711"))


def test_a_list_of_codecs_is_judged_by_its_first() -> None:
    codecs = "voice class codec 1\n codec preference 1 g711alaw\n codec preference 2 g729r8\n"
    text = codecs + CLEAN + peer("voice-class codec 1")
    assert findings("COD-01", text, circuits(codec="g729a"))
    assert not findings("COD-01", text, circuits(codec="g711"))


@pytest.mark.parametrize(
    ("lines", "is_wrong"),
    [
        (("codec g729r8", "description FAX server"), True),
        (("codec g729r8", "modem passthrough nse codec g711ulaw"), True),
        (("description to the modem",), True),
        (("codec g711ulaw", "description FAX server"), False),
        (("codec g729r8", "fax protocol t38 version 0"), False),
        (("codec g729r8", "fax rate disable"), False),
        (("codec g729r8",), False),
    ],
)
def test_fax_and_modems_are_not_compressed(lines: tuple[str, ...], *, is_wrong: bool) -> None:
    text = CLEAN + peer(*lines)
    assert bool(findings("COD-02", text)) is is_wrong
    assert unjudged("COD-02", text)


BORDER = "voice service voip\n allow-connections sip to sip\n"
LEGS = peer("codec g711ulaw") + peer("codec g729r8", tag=20, target="10.9.9.9")


def test_legs_of_a_border_element_share_a_codec_or_have_a_transcoder() -> None:
    found = findings("COD-02", BORDER + CLEAN + LEGS)
    assert [(one.where, one.severity) for one in found] == [
        ("dial-peer 10", Severity.MEDIUM),
        ("dial-peer 20", Severity.MEDIUM),
    ]
    third = peer("codec g729r8", tag=30) + peer("codec g711ulaw", tag=40)
    assert not findings("COD-02", BORDER + CLEAN + LEGS + third)
    farm = "dspfarm profile 1 transcode\n codec g711ulaw\n codec g729r8\n"
    assert not findings("COD-02", BORDER + CLEAN + LEGS + farm)


@pytest.mark.parametrize("line", ["dial-peer voice 1 pots\n port 0/0/0\n", ""])
def test_legs_to_telephone_lines_need_no_codec_in_common(line: str) -> None:
    text = CLEAN + LEGS + line
    assert not findings("COD-02", BORDER + text if line else text)


def test_fax_that_is_relayed_everywhere_is_relayed_here() -> None:
    everywhere = "voice service voip\n fax protocol t38 version 0 ls-redundancy 0\n"
    assert not findings("COD-02", everywhere + CLEAN + peer("codec g729r8", "fax rate 14400"))


@pytest.mark.parametrize("codec", ["ilbc mode 30 bytes 50", "g723r63"])
def test_a_codec_of_30_ms_is_not_sized_as_one_of_20(codec: str) -> None:
    (found,) = findings("COD-04", CLEAN + peer(f"codec {codec}"))
    assert f"{codec}: 30 ms a packet" in found.evidence
    assert not findings("COD-04", CLEAN + peer("codec ilbc mode 20"))


def test_a_leg_says_its_codec_once() -> None:
    codecs = "voice class codec 1\n codec preference 1 g711alaw\n"
    both = peer("codec g711ulaw", "voice-class codec 1")
    assert findings("COD-03", codecs + CLEAN + both)[0].severity is Severity.MEDIUM
    assert findings("COD-03", CLEAN + peer())[0].evidence[-1] == "no codec: it is g729r8"
    assert "COD-03" in audited(codecs + CLEAN + peer("voice-class codec 1")).passed


def test_a_leg_to_a_telephone_line_or_one_that_is_shut_down_needs_no_codec() -> None:
    pots = "dial-peer voice 1 pots\n destination-pattern 2...\n"
    assert not findings("COD-03", CLEAN + pots + peer("shutdown"))
    assert unjudged("COD-03", CLEAN + pots)


@pytest.mark.parametrize(
    ("codec", "is_wrong"),
    [
        ("g711ulaw", False),
        ("g711ulaw bytes 160", False),
        ("g711ulaw bytes 240", True),
        ("g729r8 bytes 30", True),
    ],
)
def test_packets_hold_20_ms_where_no_inventory_says_otherwise(
    codec: str, *, is_wrong: bool
) -> None:
    assert bool(findings("COD-04", CLEAN + peer(f"codec {codec}"))) is is_wrong


def test_packets_hold_what_the_inventory_says() -> None:
    context = circuits(packet_time_s=0.030)
    assert not findings("COD-04", CLEAN + peer("codec g711ulaw bytes 240"), context)
    assert findings("COD-04", CLEAN + peer("codec g711ulaw"), context)
    assert unjudged("COD-04", CLEAN)
    assert unjudged("COD-04", CLEAN + peer("codec ilbc bytes 50"))
