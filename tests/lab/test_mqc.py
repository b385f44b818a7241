import pytest

from qosbot.lab.matching import Packet, parse_match
from qosbot.lab.mqc import parse
from qosbot.lab.policies import PolicyClass, parts_of_the_rest
from qosbot.lab.startup import STARTUP
from tests.needs import SHARED, needs


def packet(dscp: int = 46, protocol: str = "udp", port: int = 16400) -> Packet:
    return Packet(
        dscp=dscp,
        protocol=protocol,
        source="10.1.0.50",
        destination="10.0.0.50",
        source_ports=(port, port + 2),
        destination_ports=(port, port + 2),
    )


def takes(text: str, seen: Packet) -> bool:
    return parse(text).classifier.takes("V", seen)


@pytest.mark.parametrize(
    "text",
    [
        "class-map match-any V\n match dscp ef\n",
        "class-map match-all V\n match ip dscp 46\n",
        "class-map V\n match dscp cs5 ef\n",
        "class-map match-any V\n match precedence 5\n",
        (
            "class-map match-any V\n match access-group name RTP\n"
            "ip access-list extended RTP\n permit udp any any range 16384 32767\n"
        ),
        "class-map V\n match access-group 101\naccess-list 101 permit ip any any dscp ef\n",
        "class-map match-any V\n match not dscp default\n",
        (
            "class-map match-all V\n match dscp ef\n match access-group 101\n"
            "access-list 101 permit udp 10.1.0.0 0.0.255.255 any\n"
        ),
    ],
)
def test_voice_is_taken_however_the_right_match_is_written(text: str) -> None:
    assert takes(text, packet())


@pytest.mark.parametrize(
    "text",
    [
        "class-map match-all V\n match dscp ef\n match dscp cs3\n",
        "class-map V\n match dscp ef\n match dscp cs3\n",
        "class-map match-any V\n match dscp af41\n",
        "class-map match-any V\n match access-group name NOWHERE\n",
        "class-map match-any V\n",
        "class-map match-any V\n match protocol rtp\n",
        (
            "class-map match-any V\n match access-group name RTP\n"
            "ip access-list extended RTP\n permit udp any any range 16384 16390\n"
        ),
        (
            "class-map match-any V\n match access-group 101\n"
            "access-list 101 deny udp any any\naccess-list 101 permit ip any any\n"
        ),
        "",
    ],
)
def test_voice_is_not_taken_by_what_cannot_hold(text: str) -> None:
    assert not takes(text, packet())


def test_class_maps_that_are_nested_in_each_other_take_what_else_they_match() -> None:
    round_and_round = (
        "class-map match-any V\n match class-map W\nclass-map match-any W\n match class-map V\n"
    )
    assert not takes(round_and_round, packet())
    assert takes(f"{round_and_round} match dscp ef\n", packet())


def test_two_values_on_one_line_are_an_or() -> None:
    assert parse_match(["dscp", "cs3", "af31"]).dscps == {24, 26}


def test_the_first_class_that_matches_takes_the_packet() -> None:
    policy = parse("policy-map P\n class B\n class A\n class class-default\n").policy("P")
    assert policy is not None
    assert [cls.name for cls in policy.classes] == ["B", "A", "class-default"]


def test_a_policy_always_ends_in_class_default() -> None:
    policy = parse("policy-map P\n class class-default\n class A\n  priority percent 10\n").policy(
        "P"
    )
    assert policy is not None
    assert policy.classes[-1].name == "class-default"
    assert policy.classes[0].is_priority


@pytest.mark.parametrize("indent", [2, 3])
def test_a_nested_policy_is_found_at_any_depth(indent: int) -> None:
    shaper = "policy-map P\n class class-default\n  shape average 9500000\n"
    text = f"{shaper}{' ' * indent}service-policy C\n"
    policy = parse(text).policy("P")
    assert policy is not None
    assert policy.classes[0].child == "C"
    assert policy.classes[0].shape is not None
    assert policy.classes[0].shape.bps(1e9) == 9.5e6


def test_rates_are_read_in_their_own_units() -> None:
    text = (
        "policy-map P\n class A\n  priority 512\n class B\n  bandwidth percent 20\n"
        " class C\n  police cir 128000 bc 4000 conform-action transmit exceed-action drop\n"
    )
    policy = parse(text).policy("P")
    assert policy is not None
    priority, bandwidth, police = (cls for cls in policy.classes[:3])
    assert priority.priority is not None
    assert priority.priority.bps(1e6) == 512e3
    assert bandwidth.bandwidth is not None
    assert bandwidth.bandwidth.bps(1e6) == 200e3
    assert police.police is not None
    assert police.police.rate.bps(1e6) == 128e3


def action(line: str) -> PolicyClass:
    policy = parse(f"policy-map P\n class A\n  {line}\n").policy("P")
    assert policy is not None
    return policy.classes[0]


def test_a_policer_s_precedence_is_the_class_selector_of_it() -> None:
    police = action("police cir 128000 exceed-action set-prec-transmit 3").police
    assert police is not None
    assert (police.exceed_dscp, police.exceed_drops) == (24, False)


def test_a_queue_limit_in_microseconds_is_a_time() -> None:
    assert action("queue-limit 5000 us").queue_limit == (5.0, "ms")
    assert action("queue-limit 5000").queue_limit == (5000.0, "packets")


@pytest.mark.parametrize(
    ("lines", "parts"),
    [
        (("bandwidth remaining ratio 3", "fair-queue"), [0.75, 0.25]),
        (("bandwidth remaining ratio 3", "bandwidth remaining ratio 5"), [0.375, 0.625]),
        (("bandwidth remaining percent 40", "fair-queue"), [0.4, 0.6]),
        (("bandwidth remaining percent 40", "bandwidth remaining percent 20"), [0.4, 0.2]),
        (("bandwidth percent 40", "fair-queue", "shape average 8000"), [0.0, 0.5, 0.5]),
        (("bandwidth percent 40",), [0.0]),
    ],
)
def test_what_nobody_reserved_is_split_by_percents_or_by_ratios(
    lines: tuple[str, ...], parts: list[float]
) -> None:
    assert parts_of_the_rest([action(line).bandwidth for line in lines]) == parts


def test_a_probe_is_read_with_its_defaults() -> None:
    core = parse(STARTUP["par-core1"])
    probe = next(known for known in core.operations if known.number == 101)
    assert (probe.packets, probe.interval_s, probe.ip_bytes, probe.dscp) == (100, 0.02, 200, 46)
    assert probe.is_scheduled
    assert probe.is_microseconds


def test_a_closure_moves_with_everything_that_the_policy_uses() -> None:
    text = STARTUP["par-ce1"]
    before = parse(text).closure("WAN-SHAPER")
    assert parse(text.replace("match dscp ef", "match dscp af41")).closure("WAN-SHAPER") != before
    assert parse(text.replace("percent 30", "percent 31")).closure("WAN-SHAPER") != before
    assert parse(text.replace("hostname par-ce1", "hostname x")).closure("WAN-SHAPER") == before


def test_no_real_configuration_stops_the_parser() -> None:
    needs("configs")
    files = [
        path
        for folder in ("cisco_ios", "cisco_xe")
        for path in (SHARED / "configs" / folder / "config").glob("*")
        if path.is_file()
    ]
    assert files
    for path in files:
        parse(path.read_text(errors="replace"))
