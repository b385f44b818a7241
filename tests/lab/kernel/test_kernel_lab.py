"""The lab on real queues: a remedy works or fails by physics, and what is shown is what is so."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.running import RunningLab, running_lab
from tests.needs import needs
from tests.until import until

pytestmark = pytest.mark.slow

EDGE, WAN = "lyo-ce1", "interface GigabitEthernet0/1"
LLQ = [
    "class-map match-any VOICE",
    "match dscp ef",
    "policy-map WAN",
    "class VOICE",
    "priority percent 33",
    WAN,
    "service-policy output WAN",
]


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    needs("kernel")
    directory = Path(tmp_path_factory.mktemp("lab")) / "published"
    with running_lab(directory, "--kernel") as lab:
        yield lab


@pytest.fixture
def lab(started: RunningLab) -> Iterator[RunningLab]:
    """Yield the lab; its edge's configuration and its load are as they were afterwards."""
    yield started
    started.do("fault", kind="reboot", device=EDGE)
    started.do("load", reset=True)


def flow(lab: RunningLab, way: str = "backward", kind: str = "voice") -> dict[str, Any]:
    """Return what the receivers say of a flow, once all of it was sent after now."""
    lab.do("clock", step_s=9)
    shown: Any = until(lambda: lab.do("show", what="path", path="par-lyo")[way])
    found = [one for one in shown if one["kind"] == kind]
    assert found, shown
    return dict(found[0])


def congest(lab: RunningLab) -> None:
    lab.do("load", path="par-lyo", direction="backward", calls=12, data_bps=4_600_000)


def test_priority_ends_the_loss_that_the_receivers_see_under_the_same_load(
    lab: RunningLab,
) -> None:
    congest(lab)
    before = flow(lab)
    assert before["loss_ratio"] > 0.05
    assert "%" not in lab.configure(EDGE, LLQ)
    after, data = flow(lab), flow(lab, kind="data")
    assert after["loss_ratio"] < 0.01
    assert after["delay_s"] < before["delay_s"] / 2
    assert data["loss_ratio"] > 0.2
    lab.configure(EDGE, [WAN, "no service-policy output WAN"])
    assert flow(lab)["loss_ratio"] > 0.05


def test_tcp_fills_the_line_that_voice_then_loses_on_until_it_has_priority(
    lab: RunningLab,
) -> None:
    lab.do("load", path="par-lyo", direction="backward", calls=12, data_bps=9e6, shape="tcp")
    before, bulk = flow(lab), flow(lab, kind="data")
    assert bulk["received_bps"] > 1_000_000
    assert before["delay_s"] > 0.01
    assert "%" not in lab.configure(EDGE, LLQ)
    after, bulk = flow(lab), flow(lab, kind="data")
    assert after["loss_ratio"] < 0.01
    assert after["delay_s"] < before["delay_s"] / 3
    # TCP slows down: what voice leaves of the line is taken, and nothing beyond it is sent.
    assert 1_500_000 < bulk["received_bps"] < 3_000_000


def test_data_that_becomes_tcp_and_is_itself_again_leaves_nothing_behind(lab: RunningLab) -> None:
    load = {"path": "par-lyo", "direction": "backward"}
    lab.do("load", **load, data_bps=3e6, shape="tcp")
    assert flow(lab, kind="data")["received_bps"] > 1_000_000
    lab.do("load", **load, data_bps=500_000, shape="random")
    assert flow(lab, kind="data")["received_bps"] == pytest.approx(500_000, rel=0.3)
    octets = f"1.3.6.1.2.1.31.1.1.1.10.{lab.index(EDGE, 'Gi0/1')}"
    (first,) = lab.snmp(EDGE, [octets])
    lab.do("clock", step_s=5)
    (last,) = lab.snmp(EDGE, [octets])
    assert 8 * (last - first) / 5 < 1_800_000


@pytest.mark.parametrize(
    "lines",
    [
        [*LLQ[:4], "priority", *LLQ[5:]],
        [*LLQ[:5], "class class-default", "bandwidth percent 40", WAN, "bandwidth 10000", LLQ[6]],
    ],
    ids=["priority without a rate", "a bandwidth that the line has not"],
)
def test_no_policy_makes_the_line_faster_than_it_is(lab: RunningLab, lines: list[str]) -> None:
    congest(lab)
    assert "%" not in lab.configure(EDGE, lines).replace("percent", "")
    voice, data = flow(lab), flow(lab, kind="data")
    assert voice["loss_ratio"] < 0.01
    assert voice["received_bps"] + data["received_bps"] < 4_000_000


def test_microbursts_hurt_voice_although_the_line_is_not_full(lab: RunningLab) -> None:
    load = {"path": "par-lyo", "direction": "backward", "calls": 8, "data_bps": 1_500_000}
    lab.do("load", **load)
    smooth = flow(lab)
    lab.do("load", **load, shape="microbursts", burst_packets=100)
    bursty = flow(lab)
    assert smooth["loss_ratio"] < 0.01
    assert bursty["delay_deviation_s"] > 2 * smooth["delay_deviation_s"]
    assert bursty["loss_ratio"] > 0.01


def test_a_priority_too_small_for_the_calls_loses_what_exceeds_it(lab: RunningLab) -> None:
    congest(lab)
    lab.configure(EDGE, [*LLQ[:4], "priority 400", *LLQ[5:]])
    assert flow(lab)["loss_ratio"] > 0.3


def test_what_exceeds_priority_passes_while_the_line_has_room(lab: RunningLab) -> None:
    lab.configure(EDGE, [*LLQ[:4], "priority 400", *LLQ[5:]])
    assert flow(lab)["loss_ratio"] < 0.01


def test_a_mark_that_a_router_sets_is_the_mark_that_arrives(lab: RunningLab) -> None:
    assert flow(lab)["dscp_received"] == 46
    lab.configure(EDGE, [*LLQ[:4], "set dscp cs5", *LLQ[5:]])
    assert flow(lab)["dscp_received"] == 40


def test_net_snmp_s_octets_and_the_class_s_counters_agree_on_what_was_sent(
    lab: RunningLab,
) -> None:
    lab.configure(EDGE, LLQ)
    lab.do("clock", step_s=4)
    octets = f"1.3.6.1.2.1.31.1.1.1.10.{lab.index(EDGE, 'Gi0/1')}"

    def read() -> tuple[int, int]:
        (sent,) = lab.snmp(EDGE, [octets])
        classes: Any = lab.do("show", what="device", device=EDGE)["classes"]
        return sent, sum(one["sent_bytes"] for one in classes)

    first = read()
    lab.do("clock", step_s=20)
    last = read()
    by_snmp, by_class = last[0] - first[0], last[1] - first[1]
    assert by_class > 1_000_000
    assert by_snmp == pytest.approx(by_class, rel=0.2)


def test_a_probe_loses_what_calls_of_the_same_class_lose(lab: RunningLab) -> None:
    congest(lab)
    lost = 0
    for _ in range(3):
        voice = flow(lab)
        (percent,) = lab.snmp("par-core1", ["1.3.6.1.4.1.9.9.42.1.5.2.1.27.101"])
        lost += percent
    assert lost / 3 == pytest.approx(100 * voice["loss_ratio"], abs=12)
    assert lost > 0


def test_what_the_kernel_lacks_is_refused_by_name(lab: RunningLab) -> None:
    shown = lab.configure(EDGE, ["policy-map RED", "class class-default", "random-detect"])
    assert "% random-detect: not supported" in shown
    config: Any = lab.do("show", what="config", device=EDGE)["running"]
    assert "random-detect" not in config


def test_a_damaged_line_loses_packets_and_counts_errors(lab: RunningLab) -> None:
    fault = {"kind": "crc", "device": EDGE, "interface": "GigabitEthernet0/1"}
    lab.do("fault", **fault, ratio=0.15)
    assert flow(lab, "forward")["loss_ratio"] == pytest.approx(0.15, abs=0.05)
    index = lab.index(EDGE, "Gi0/1")
    assert lab.snmp(EDGE, [f"1.3.6.1.2.1.2.2.1.14.{index}"])[0] > 100
    lab.do("fault", **fault, clear=True)
    assert flow(lab, "forward")["loss_ratio"] < 0.02


def test_an_interface_that_is_shut_carries_nothing_until_it_is_up_again(lab: RunningLab) -> None:
    lab.configure(EDGE, [WAN, "shutdown"])
    assert flow(lab)["loss_ratio"] == 1.0
    lab.configure(EDGE, [WAN, "no shutdown"])
    assert flow(lab)["loss_ratio"] < 0.02


def test_a_port_comes_up_while_the_other_one_is_down(lab: RunningLab) -> None:
    lan = "interface GigabitEthernet0/0"
    lab.configure(EDGE, [WAN, "shutdown", lan, "shutdown"])
    lab.do("clock", step_s=1)
    lab.configure(EDGE, [lan, "no shutdown"])
    lab.do("clock", step_s=1)
    lab.configure(EDGE, [WAN, "no shutdown"])
    assert flow(lab)["loss_ratio"] < 0.02


def test_a_load_that_nobody_can_send_is_refused_in_one_line(lab: RunningLab) -> None:
    answer = lab.ask("load", path="par-lyo", data_bps=1e9)
    assert answer == {
        "ok": False,
        "error": "real senders send 5000 packets/s of one kind at most",
    }
