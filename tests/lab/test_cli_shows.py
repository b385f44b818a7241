"""What the show commands print, held against templates and recordings that are not ours."""

import re
from dataclasses import dataclass

import pytest

from qosbot.lab.observed import ClassCounters, InterfaceCounters, SlaRun
from tests.lab.cli_bench import NOON, USER, VOICE, Bench, bench
from tests.needs import SHARED, needs

PROBE = """
ip sla 101
 udp-jitter 192.0.2.9 16384 codec g711ulaw codec-numpackets 100
 frequency 5
ip sla schedule 101 life forever start-time now
"""


@dataclass(slots=True)
class Steady:
    """A network in which every count is a number that is easy to find again."""

    def booted_at(self) -> float:
        return NOON

    def interface_counters(self, interface: str, now: float) -> InterfaceCounters:
        del now
        crc = 7 if interface == "GigabitEthernet0/1" else 0
        return InterfaceCounters(
            in_octets=1001, out_octets=1002, in_packets=1003, out_packets=1004, in_discards=0,
            out_discards=1005, in_errors=crc, out_errors=0, crc_errors=crc, in_rate_bps=5e6,
            out_rate_bps=1e6, in_rate_pps=812.4, out_rate_pps=0.6,
        )  # fmt: skip

    def class_counters(self, now: float) -> tuple[ClassCounters, ...]:
        del now
        path = ("WAN", "class-default", "CHILD", "VOICE")
        return (
            ClassCounters(
                interface="GigabitEthernet0/1", direction="output", path=path,
                offered_packets=2001, offered_bytes=2002, sent_packets=1990, sent_bytes=1991,
                dropped_packets=11, dropped_bytes=12, queue_depth_packets=3, queue_depth_bytes=4,
                offered_rate_bps=87200.0, drop_rate_bps=400.0,
            ),
        )  # fmt: skip

    def sla_runs(self, now: float) -> tuple[SlaRun, ...]:
        return (
            SlaRun(
                operation=101, finished_at=now - 3, runs=9, sense=1, sent=100, received=98,
                rtt_sum_us=98 * 20_000, rtt_sum2_us=0, rtt_min_us=18_000, rtt_max_us=30_000,
                loss_sd=2, loss_ds=0, missing=0, late=0, out_of_sequence=0,
                positives_sd=(40, 80_000, 1_000, 5_000), negatives_sd=(40, 80_000, 1_000, 6_000),
                positives_ds=(0, 0, 0, 0), negatives_ds=(0, 0, 0, 0), one_way_count=98,
                one_way_sum_sd_us=98 * 9_000, one_way_min_sd_us=8_000, one_way_max_sd_us=12_000,
                one_way_sum_ds_us=98 * 11_000, one_way_min_ds_us=10_000, one_way_max_ds_us=18_000,
                clocks_in_sync=True, mos_hundredths=406, icpif=3,
            ),
        )  # fmt: skip


def watched(startup: str = VOICE) -> Bench:
    router = bench(startup)
    router.device.watch(Steady())
    return router


def test_templates_made_for_real_routers_read_the_tables() -> None:
    needs("netmiko")
    from ntc_templates.parse import (  # type: ignore[import-untyped]  # noqa: PLC0415  # optional, ships no types
        parse_output,
    )

    router = watched()
    router.device.terminals[0] = USER
    tables = {
        command: parse_output(platform="cisco_ios", command=command, data=router.type(command))
        for command in (
            "show interfaces", "show ip interface brief", "show version", "show policy-map",
            "show archive", "show users", "show clock", "show processes cpu",
        )
    }  # fmt: skip
    assert all(tables.values()), tables
    wan = tables["show interfaces"][1]
    assert (wan["interface"], wan["crc"], wan["queue_output_drops"], wan["input_rate"]) == (
        "GigabitEthernet0/1", "7", "1005", "5000000",
    )  # fmt: skip


def _shape_of(line: str) -> str:
    """Return a line with its numbers and names taken out."""
    line = re.sub(r"(Class-map|Service-policy (?:output|input|)\s?): \S+", r"\1: NAME", line)
    return re.sub(r"\d+", "N", " ".join(line.split()))


def test_every_line_of_a_policys_counters_is_worded_as_in_recordings() -> None:
    needs("configs")
    files = (SHARED / "configs/cisco_xe/output").glob("genie*ShowPolicyMapInterface*.txt")
    known = {_shape_of(line) for file in files for line in file.read_text().splitlines()}
    router = watched()
    router.configure("class-map D\nmatch any\npolicy-map CHILD\nclass D\nbandwidth percent 5\n"
                     "police 8000000 conform-action transmit exceed-action drop")  # fmt: skip
    said = router.type("show policy-map interface gi0/1 output")
    lines = {_shape_of(line) for line in said.splitlines()} - {"GigabitEthernetN/N"}
    assert {line for line in lines if "dscp" not in line} <= known


def test_a_class_shows_what_was_offered_sent_and_dropped() -> None:
    said = watched().type("show policy-map interface gi0/1 output")
    assert "2001 packets, 2002 bytes" in said
    assert "5 minute offered rate 87200 bps, drop rate 0400 bps" in said
    assert "(queue depth/total drops/no-buffer drops) 3/11/0" in said
    assert "Priority: 33% (3135 kbps), burst bytes 78375, b/w exceed drops: 11" in said


def test_packets_a_second_are_those_that_are_counted() -> None:
    said = watched().type("show interfaces gi0/1")
    assert "input rate 5000000 bits/sec, 812 packets/sec" in said
    assert "output rate 1000000 bits/sec, 1 packets/sec" in said


def test_a_probe_shows_its_run_in_the_unit_of_its_precision() -> None:
    said = watched(VOICE + PROBE).type("show ip sla statistics 101")
    assert "RTT Min/Avg/Max: 18/20/30 milliseconds" in said
    assert "Source to Destination Jitter Min/Avg/Max: 1/2/6 milliseconds" in said
    assert "Loss Source to Destination: 2" in said
    assert "Mean Opinion Score (MOS): 4.06" in said
    fine = PROBE.replace(" frequency", " precision microseconds\n frequency")
    assert "18000/20000/30000 microseconds" in watched(fine).type("show ip sla statistics")


def test_the_summary_has_a_line_for_each_probe() -> None:
    said = watched(VOICE + PROBE).type("show ip sla summary")
    assert said.splitlines()[-1].split() == [
        "*101", "udp-jitter", "192.0.2.9", "RTT=20", "OK", "3", "seconds", "ago",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("filtered", "expected"),
    [
        ("include description|shape", "  shape average 9500000"),
        ("section ^class-map", "class-map match-any VOICE\n match dscp ef "),
        ("count policy", "Number of lines which match regexp = 4"),
        ("begin ^end", "end\n"),
    ],
)
def test_a_pipe_keeps_what_it_says(filtered: str, expected: str) -> None:
    assert bench().type(f"show running-config | {filtered}") == expected


def test_exclude_leaves_the_rest() -> None:
    said = bench().type("show running-config | ex ^!|^ |^$")
    assert said.splitlines()[2:4] == ["version 15.7", "hostname lil-ce1"]


def test_a_pipe_to_nothing_is_refused() -> None:
    assert "% Invalid input" in bench().type("show version | frobnicate x")


def test_one_interface_is_shown_alone() -> None:
    said = bench().type("show running-config interface Gi 0/1")
    assert said.splitlines()[3:] == [
        "!", "interface GigabitEthernet0/1", " ip address 192.0.2.2 255.255.255.0",
        " duplex auto", " speed auto", " service-policy output WAN", "end",
    ]  # fmt: skip


def test_the_size_is_that_of_the_configuration_shown() -> None:
    said = bench().type("show running-config")
    head, _, body = said.partition(" bytes\n")
    assert int(head.rsplit(maxsplit=1)[-1]) == len(body.encode())


def test_a_class_may_be_put_before_another() -> None:
    router = bench("class-map A\nclass-map B\npolicy-map P\n class A\n  bandwidth 100\n")
    router.configure("policy-map P\nclass B insert-before A")
    assert router.section("policy-map P") == ["class B", "class A", "bandwidth 100"]


def test_access_lists_are_numbered_in_tens() -> None:
    router = bench("ip access-list extended V\n permit udp any any dscp 46\n deny ip any any\n")
    assert router.type("show access-lists").splitlines() == [
        "Extended IP access list V", "    10 permit udp any any dscp ef", "    20 deny ip any any",
    ]  # fmt: skip


def test_what_does_not_fit_at_boot_is_left_out() -> None:
    router = bench("class-map V\npolicy-map P\n class V\n  priority 9000\n"
                   "interface GigabitEthernet0/1\n service-policy output P\n")  # fmt: skip
    assert "service-policy" not in router.running()
    assert "service-policy" in router.device.startup_config()
