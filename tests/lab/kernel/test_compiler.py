"""What the kernel is told: text for `tc` and `nft`, compared as values; no root is needed."""

import re

from qosbot.lab.kernel.compiler import compile_interface
from qosbot.lab.kernel.edge import nft_tables
from qosbot.lab.kernel.filters import MOST_NESTED
from qosbot.lab.kernel.router import damaging
from qosbot.lab.mqc import parse
from qosbot.lab.topology import CIRCUITS, NODE, Layer2
from tests.lab.kernel.written import EF, compiled, config, port

LLQ = "policy-map WAN\n class VOICE\n  priority percent 33\n class class-default\n"


def test_a_class_is_found_by_its_mark_and_sent_to_its_queue() -> None:
    nft = compiled(LLQ).nft
    assert "ip dscp { 46 } meta mark set 1" in nft
    assert "meta priority set 1:2 accept" in nft


def test_what_a_policy_was_is_removed_in_the_same_step() -> None:
    nft = compiled(LLQ).nft
    assert nft.index("delete table netdev mqc-ge0-1") < nft.index("table netdev mqc-ge0-1 {")


def test_an_interface_without_a_policy_has_no_rules() -> None:
    assert compiled("").nft == "add table netdev mqc-ge0-1\ndelete table netdev mqc-ge0-1\n"


def test_match_all_of_two_marks_asks_for_both() -> None:
    maps = "class-map match-all VOICE\n match dscp ef\n match dscp cs3\n"
    assert compiled(LLQ, maps).nft.count("meta mark 0 return") == 2


def test_an_access_list_takes_what_its_first_fitting_entry_permits() -> None:
    maps = "ip access-list extended CALLS\n deny udp host 10.1.0.9 any\n"
    maps += " permit udp any any range 16384 32767\n"
    maps += "class-map match-any VOICE\n match access-group name CALLS\n"
    nft = compiled(LLQ, maps).nft
    deny = "ip protocol 17 ip saddr & 255.255.255.255 == 10.1.0.9 meta mark set 0 return"
    permit = "ip protocol 17 th dport 16384-32767 meta mark set 1 return"
    assert nft.index(deny) < nft.index(permit)


def test_an_access_list_that_is_not_there_takes_nothing() -> None:
    nft = compiled(LLQ, "class-map match-any VOICE\n match access-group 177\n").nft
    assert "chain acl0 {\n  meta mark set 0\n }" in nft


def jumps_in_a_row(nft: str) -> int:
    """Return how many jumps follow each other at most."""
    jumps = {
        name: re.findall(r"(?:jump|goto) (\w+)", body)
        for name, body in re.findall(r"chain (\w+) \{\n(.*?)\n \}", nft, re.DOTALL)
    }

    def depth(chain: str) -> int:
        return max((1 + depth(to) for to in jumps[chain]), default=0)

    return max(depth(chain) for chain in jumps)


def test_class_maps_are_never_nested_deeper_than_nft_lets_them() -> None:
    maps = "".join(
        f"class-map match-any C{n}\n match class-map C{n + 1}\n match class-map C{n + 5}\n"
        for n in range(30)
    )
    maps += "class-map match-any VOICE\n match class-map C0\n match dscp ef\n"
    nft = compiled(LLQ, maps).nft
    assert MOST_NESTED < jumps_in_a_row(nft) < 16
    assert "ip dscp { 46 } meta mark set 1" in nft


def test_class_maps_of_classes_before_are_bound_as_deep_inside_others() -> None:
    numbers = range(20)
    maps = "class-map match-any C0\n match dscp ef\n"
    maps += "".join(f"class-map match-any C{n}\n match class-map C{n - 1}\n" for n in numbers[1:])
    policy = "policy-map WAN\n" + "".join(f" class C{n}\n  set dscp af21\n" for n in numbers)
    assert MOST_NESTED < jumps_in_a_row(compiled(policy, maps).nft) < 16


def test_police_drops_what_exceeds_and_counts_it() -> None:
    made = compiled("policy-map WAN\n class VOICE\n  police cir 400000 exceed-action drop\n")
    assert (
        "limit rate over 50000 bytes/second burst 3028 bytes counter name policed0 drop" in made.nft
    )
    assert made.places[0].policed == "policed0"


def test_police_marks_what_exceeds_where_it_is_to_pass() -> None:
    lines = "  police cir 400000 conform-action transmit exceed-action set-dscp-transmit af13\n"
    assert "meta mark 1 ip dscp set 14" in compiled(f"policy-map WAN\n class VOICE\n{lines}").nft


def test_a_mark_is_set_before_the_packet_is_queued() -> None:
    nft = compiled(f"{LLQ.replace('priority percent 33', 'set dscp cs5')}").nft
    assert nft.index("ip dscp set 40") < nft.index("meta priority set")


def test_a_serial_line_counts_the_framing_of_hdlc() -> None:
    tc = "\n".join(compiled(LLQ, layer2=Layer2.HDLC).tc)
    assert "stab overhead -10" in tc
    assert "ceil 4000000bit overhead 3" in tc


def test_an_interface_that_is_shut_is_down() -> None:
    assert config("", interface=" shutdown\n").interface("GigabitEthernet0/1").is_shut
    assert compiled(LLQ).up


def test_an_edit_that_changes_no_queue_still_restarts_the_counters() -> None:
    renamed = EF.replace("match dscp ef", "match ip dscp ef")
    before, after = compiled(LLQ), compiled(LLQ, renamed)
    assert (before.tc, before.nft) == (after.tc, after.nft)
    assert before != after


def test_the_carrier_polices_a_circuit_only_where_the_port_is_faster() -> None:
    for site, is_policed in (("lil", True), ("lyo", False)):
        circuit = CIRCUITS[site]
        text = nft_tables(circuit, NODE[circuit.device].port(circuit.interface))
        assert text.count("limit rate over") == 2 + is_policed


def test_a_healed_line_loses_nothing_and_its_errors_stay_counted() -> None:
    healed = damaging("ge0-1", 0.0)
    assert "numgen" not in healed
    assert "delete" not in healed
    assert "numgen random mod 10000 < 1500" in damaging("ge0-1", 0.15)


def test_an_input_policy_marks_on_the_way_in_and_queues_nothing() -> None:
    lines = f"{EF}policy-map MARK\n class VOICE\n  set dscp cs5\n"
    known = parse(f"{lines}interface GigabitEthernet0/1\n service-policy input MARK\n")
    made = compile_interface(known, port(), "ge0-1")
    assert 'hook ingress device "ge0-1"' in made.nft
    assert "ip dscp set 40" in made.nft
    assert "meta priority" not in made.nft
    assert [place.direction for place in made.places] == ["input", "input"]


def test_a_policer_of_a_serial_line_is_right_for_calls_of_g729() -> None:
    ethernet, serial = (compiled(LLQ, layer2=layer2).nft for layer2 in Layer2)
    assert "limit rate over 165000 bytes/second" in ethernet
    assert f"limit rate over {round(165000 * 74 / 64)} bytes/second" in serial
