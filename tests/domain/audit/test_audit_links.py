import pytest

from qosbot.domain.audit.findings import Severity
from tests.domain.audit.judged import CLEAN, PORT, altered, audited, findings, unjudged

ADDRESS = " ip address 192.0.2.1 255.255.255.252"
BUNDLE = "interface Multilink1"
SLOW = altered(
    (" service-policy output SHAPER", " service-policy output QUEUES\n bandwidth 512")
).replace(PORT, BUNDLE)
CUT = " ppp multilink fragment delay 10\n ppp multilink interleave\n"


def test_half_duplex_is_found() -> None:
    (found,) = findings("LNK-01", altered((ADDRESS, f"{ADDRESS}\n duplex half")))
    assert (found.where, found.severity) == (PORT, Severity.HIGH)
    assert findings("LNK-01", altered((ADDRESS, f"{ADDRESS}\n half-duplex")))


def test_a_fixed_or_negotiated_duplex_is_not_passed_for_want_of_the_far_end() -> None:
    full = altered((ADDRESS, f"{ADDRESS}\n duplex full"))
    assert not findings("LNK-01", full)
    assert PORT in [one.where for one in unjudged("LNK-01", full)]
    assert "LNK-01" not in audited(CLEAN).passed


def test_half_duplex_on_a_port_that_is_shut_down_is_no_finding() -> None:
    assert not findings("LNK-01", altered((ADDRESS, f"{ADDRESS}\n duplex half\n shutdown")))


def test_a_slow_link_that_does_not_cut_packets_is_found() -> None:
    (found,) = findings("LNK-02", SLOW)
    assert (found.where, found.severity) == (BUNDLE, Severity.MEDIUM)
    assert not findings("LNK-02", SLOW + CUT)
    assert "LNK-02" in audited(SLOW + CUT).passed


@pytest.mark.parametrize(
    ("lines", "is_wrong"),
    [
        (" ppp multilink fragment delay 30\n ppp multilink interleave\n", True),
        (" ppp multilink fragment delay 10\n", True),
        (" ppp multilink interleave\n", True),
        (" frame-relay fragment 640\n", False),
        (" frame-relay fragment 1500\n", True),
    ],
)
def test_a_fragment_takes_some_ten_milliseconds(lines: str, *, is_wrong: bool) -> None:
    assert bool(findings("LNK-02", SLOW + lines)) is is_wrong


def test_a_slow_map_class_with_voice_cuts_packets() -> None:
    shape = "map-class frame-relay SLOW\n frame-relay cir 256000\n service-policy output QUEUES\n"
    assert [one.where for one in findings("LNK-02", CLEAN + shape)] == [
        "map-class frame-relay SLOW"
    ]
    assert not findings("LNK-02", f"{CLEAN}{shape} frame-relay fragment 320\n")
    assert not findings("LNK-02", CLEAN + shape.replace("256000", "2000000"))
    assert unjudged("LNK-02", CLEAN + shape.replace(" frame-relay cir 256000\n", ""))


def test_an_atm_circuit_is_as_fast_as_it_says() -> None:
    slow = altered(
        (
            " service-policy output SHAPER",
            " pvc 0/32\n  vbr-nrt 704 512\n  service-policy output QUEUES",
        )
    )
    slow = slow.replace(PORT, "interface ATM0/0.1 point-to-point")
    assert [one.where for one in findings("LNK-02", slow)] == ["interface ATM0/0.1"]
    assert not findings("LNK-02", slow + "interface Dialer1\n ppp multilink interleave\n")
    assert not findings("LNK-02", slow.replace("704 512", "2000 1500"))


@pytest.mark.parametrize(
    ("timeslots", "is_slow"), [("1-12", True), ("1-5,7,9", True), ("1-24", False)]
)
def test_a_channel_is_as_fast_as_its_timeslots(timeslots: str, *, is_slow: bool) -> None:
    t1 = f"controller T1 0/0/0\n channel-group 3 timeslots {timeslots}\n"
    alone = SLOW.replace(" bandwidth 512\n", "").replace(BUNDLE, "interface Serial0/0/0:3")
    member = "interface Serial0/0/0:3\n ppp multilink group 1\n"
    bundled = SLOW.replace(" bandwidth 512\n", "") + member
    for text in (t1 + alone, t1 + bundled):
        assert bool(findings("LNK-02", text)) is is_slow
        assert ("LNK-02" in audited(text).passed) is not is_slow
    assert unjudged("LNK-02", alone)


def test_a_fast_link_ethernet_and_an_unknown_rate_are_left_alone() -> None:
    assert not findings("LNK-02", SLOW.replace("bandwidth 512", "bandwidth 1544"))
    assert not findings("LNK-02", SLOW.replace(BUNDLE, PORT))
    unknown = SLOW.replace(" bandwidth 512\n", "")
    assert [one.where for one in unjudged("LNK-02", unknown)] == [BUNDLE]
    assert unjudged("LNK-02", altered((" service-policy output SHAPER", "")))


@pytest.mark.parametrize(
    ("header", "kbps", "is_wrong"),
    [
        ("interface Serial0/0", 4000, True),
        ("interface Serial0/0", 512, False),
        ("interface GigabitEthernet0/2", 512, True),
    ],
)
def test_headers_are_compressed_on_slow_serial_lines_only(
    header: str, kbps: int, *, is_wrong: bool
) -> None:
    port = f"{header}\n bandwidth {kbps}\n ip rtp header-compression iphc-format\n"
    assert [one.where for one in findings("LNK-03", CLEAN + port)] == [header] * is_wrong
    assert bool(unjudged("LNK-03", CLEAN + port)) is not is_wrong


def test_compression_in_a_class_is_found_on_the_port_that_it_is_at_work_on() -> None:
    text = altered(("  priority percent 30", "  priority percent 30\n  compression header ip rtp"))
    assert [one.where for one in findings("LNK-03", text)] == [PORT]
    assert not findings("LNK-03", CLEAN)


def test_error_counters_are_not_in_a_configuration() -> None:
    assert [one.why for one in unjudged("LNK-04", CLEAN)] == [
        "needs input error counters, read twice"
    ]


def test_queues_on_a_subinterface_without_a_shaper_are_found() -> None:
    flat = altered((" service-policy output SHAPER", " service-policy output QUEUES"))
    below = flat.replace(PORT, f"{PORT}.10")
    (found,) = findings("LNK-05", below)
    assert (found.where, found.severity) == (f"{PORT}.10 > policy QUEUES", Severity.LOW)
    assert not findings("LNK-05", flat)
    assert not findings("LNK-05", CLEAN.replace(PORT, f"{PORT}.10"))
    assert unjudged("LNK-05", flat.replace(PORT, "interface Port-channel1"))
