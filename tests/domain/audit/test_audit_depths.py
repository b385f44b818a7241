import pytest

from qosbot.domain.audit.catalogue import RULES
from qosbot.domain.audit.context import AuditContext, Circuit
from qosbot.domain.audit.findings import AuditFinding, Severity
from qosbot.domain.audit.frame import judge
from qosbot.platforms import AUDITED
from tests.domain.audit.judged import CLEAN, PORT, SHAPER, altered, audited, findings, unjudged

VOICE = f"{SHAPER} > class VOICE"
REST = f"{SHAPER} > class class-default"
PRIORITY = "  priority percent 30"
FLAT = altered((" service-policy output SHAPER", " service-policy output QUEUES"))


def with_voice(line: str) -> str:
    return altered((PRIORITY, f"{PRIORITY}\n  {line}"))


@pytest.mark.parametrize(
    "line", ["random-detect", "random-detect dscp-based", "random-detect dscp ef 20 40 10"]
)
def test_random_drops_in_the_voice_class_are_found(line: str) -> None:
    (found,) = findings("QUE-07", with_voice(line))
    assert (found.where, found.severity) == (VOICE, Severity.HIGH)
    assert line in found.evidence


def test_random_drops_inside_the_voice_class_are_found() -> None:
    inner = "policy-map INNER\n class class-default\n  random-detect\n"
    (found,) = findings("QUE-07", inner + with_voice("service-policy INNER"))
    assert found.where == f"{VOICE} > policy INNER > class class-default"


def test_random_drops_of_others_are_as_they_should_be() -> None:
    text = altered(("  fair-queue", "  fair-queue\n  random-detect"))
    assert "QUE-07" in audited(text).passed


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("queue-limit 1000", True),
        ("queue-limit 36", True),
        ("queue-limit 35", False),
        ("queue-limit 7", True),
        ("queue-limit 8 packets", False),
        ("queue-limit 21 ms", True),
        ("queue-limit 20 ms", False),
        ("queue-limit 64000 bytes", True),
        ("queue-limit 300 bytes", True),
        ("queue-limit 5000 bytes", False),
    ],
)
def test_the_voice_queue_holds_20_ms_at_most_and_8_packets_at_least(
    line: str, *, is_found: bool
) -> None:
    found = findings("QUE-08", with_voice(line))
    assert [(one.where, one.severity) for one in found] == [(VOICE, Severity.MEDIUM)] * is_found
    assert ("QUE-08" in audited(with_voice(line)).passed) is not is_found


def test_the_packets_of_the_inventory_are_the_measure() -> None:
    circuit = Circuit(call_bps=24e3, packet_time_s=0.02)
    small = AuditContext(circuits={"GigabitEthernet0/1": circuit})
    assert not findings("QUE-08", with_voice("queue-limit 100"), small)
    assert findings("QUE-08", with_voice("queue-limit 120"), small)


def test_a_depth_that_the_platform_chooses_is_not_judged() -> None:
    assert [one.where for one in unjudged("QUE-08", CLEAN)] == [VOICE]


def test_a_depth_at_a_rate_that_nobody_says_is_not_judged() -> None:
    text = altered((PRIORITY, f"{PRIORITY}\n  queue-limit 100"), text=FLAT)
    assert not findings("QUE-08", text)
    assert unjudged("QUE-08", text)


def test_one_long_queue_for_the_rest_is_found() -> None:
    (found,) = findings("QUE-09", altered(("  fair-queue", "")))
    assert (found.where, found.severity) == (REST, Severity.MEDIUM)
    assert "124 ms deep, 96000 bytes at 6175 kbit/s" in found.evidence


def test_the_rest_is_judged_where_no_line_names_it() -> None:
    text = altered(("  fair-queue", "")).replace(
        "  bandwidth percent 5\n class class-default\n", "  bandwidth percent 5\n"
    )
    assert [one.where for one in findings("QUE-09", text)] == [REST]


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("fair-queue", False),
        ("random-detect", False),
        ("queue-limit 40", False),
        ("queue-limit 1000", True),
        ("queue-limit 150 ms", True),
        ("queue-limit 50 ms", False),
        ("bandwidth percent 10", True),
    ],
)
def test_a_fair_early_dropping_or_short_queue_is_bounded(line: str, *, is_found: bool) -> None:
    text = altered(("  fair-queue", f"  {line}"))
    assert [one.where for one in findings("QUE-09", text)] == [REST] * is_found
    assert ("QUE-09" in audited(text).passed) is not is_found


def test_a_fast_link_empties_the_usual_queue_in_time() -> None:
    text = altered(("  fair-queue", ""), ("  shape average 9500000", "  shape average 95000000"))
    assert "QUE-09" in audited(text).passed


def test_the_rest_of_a_link_of_unknown_rate_is_not_judged() -> None:
    text = altered(("  fair-queue", ""), text=FLAT)
    assert not findings("QUE-09", text)
    assert unjudged("QUE-09", text)


def line_of(name: str, *lines: str) -> str:
    said = "".join(f" {one}\n" for one in lines)
    return FLAT.replace(f"{PORT}\n", f"interface {name}\n{said}")


@pytest.mark.parametrize(
    ("lines", "is_found"),
    [
        (["bandwidth 1536"], True),
        (["bandwidth 1536", "tx-ring-limit 10"], True),
        (["bandwidth 1536", "tx-ring-limit 3"], False),
        (["bandwidth 34000"], False),
    ],
)
def test_a_slow_serial_line_needs_a_short_ring(lines: list[str], *, is_found: bool) -> None:
    text = line_of("Serial0/0/0", *lines)
    found = [(one.where, one.severity) for one in findings("QUE-10", text)]
    assert found == [("interface Serial0/0/0", Severity.MEDIUM)] * is_found


def test_a_ring_may_stand_on_the_circuit_of_an_atm_interface() -> None:
    pvc = "pvc 0/32\n  vbr-nrt 704 704\n  tx-ring-limit 3\n  service-policy output QUEUES"
    text = line_of("ATM0/0.32 point-to-point", pvc).replace(
        " ip address 192.0.2.1 255.255.255.252\n service-policy output QUEUES\n", ""
    )
    assert not findings("QUE-10", text)
    assert findings("QUE-10", text.replace("  tx-ring-limit 3\n", ""))


def test_the_ring_of_the_circuit_below_a_dialer_counts() -> None:
    pvc = "interface ATM0\n pvc 1/32\n  vbr-nrt 512 512\n  dialer pool-member 1\n"
    text = line_of("Dialer1", "bandwidth 512", "dialer pool 1") + pvc
    (found,) = findings("QUE-10", text)
    assert found.where == "interface ATM0"
    assert not findings("QUE-10", text + "  tx-ring-limit 3\n")


def test_a_serial_line_of_unknown_rate_is_not_judged() -> None:
    assert unjudged("QUE-10", line_of("Serial0/0/0"))


def test_neither_ethernet_nor_forwarding_in_hardware_has_a_ring_to_shorten() -> None:
    assert not findings("QUE-10", altered((PORT, f"{PORT}\n bandwidth 1000"), text=FLAT))
    facts = AUDITED["cisco_xe"](line_of("Serial0/0/0", "bandwidth 1536"), "r1")
    assert "QUE-10" in judge(facts, RULES).passed


def video(match: str, action: str) -> list[AuditFinding]:
    text = altered((" class SIGNAL", f" class VIDEO\n  {action}\n class SIGNAL"))
    return findings("QUE-11", f"class-map match-any VIDEO\n match dscp {match}\n{text}")


def test_voice_and_video_in_one_class_are_told() -> None:
    text = altered((" match dscp ef", " match dscp ef af41"))
    (found,) = findings("QUE-11", text)
    assert (found.where, found.severity) == (VOICE, Severity.INFO)


def test_policers_inside_the_class_bound_them_apart() -> None:
    inner = "policy-map INNER\n class VOICE\n  police 128000\n class class-default\n"
    text = altered((" match dscp ef", " match dscp ef af41"))
    split = text.replace(f"{PRIORITY}\n", f"{PRIORITY}\n  service-policy INNER\n")
    assert not findings("QUE-11", inner + split)


@pytest.mark.parametrize(
    ("action", "is_told"),
    [("priority", True), ("priority percent 20", False), ("priority level 2", False)],
)
def test_video_beside_voice_has_a_bound_or_a_level_of_its_own(
    action: str, *, is_told: bool
) -> None:
    assert bool(video("af41", action)) is is_told


@pytest.mark.parametrize("rule", ["QUE-07", "QUE-08", "QUE-09", "QUE-10", "QUE-11"])
def test_without_queues_on_the_way_out_their_depth_is_not_passed(rule: str) -> None:
    text = altered((" service-policy output SHAPER", ""))
    assert unjudged(rule, text)
    assert rule not in audited(text).passed
