import pytest

from qosbot.lab.arguments import BadRequestError
from qosbot.lab.cli.config import TOP, Frame
from qosbot.lab.commands import Answer, obey
from qosbot.lab.lab import Lab, SteppedClock
from qosbot.lab.load import Data
from qosbot.lab.topology import WAN, Direction


@pytest.fixture
def lab() -> Lab:
    return Lab(SteppedClock(), seed=1)


def path_truth(lab: Lab, path: str, way: str, kind: str = "voice") -> Answer:
    answer = obey(lab, "show", {"what": "path", "path": path})[way]
    assert isinstance(answer, list)
    return next(flow for flow in answer if flow["kind"] == kind)


def data(lab: Lab, way: Direction, name: str = "data") -> Data:
    return dict(lab.network.load.data)["par-lyo", way, name]


def test_a_load_changes_only_what_is_said(lab: Lab) -> None:
    before = data(lab, Direction.FORWARD)
    obey(lab, "load", {"path": "par-lyo", "direction": "backward", "data_bps": 2e6})
    obey(lab, "load", {"path": "par-lyo", "flows": 5})
    forward, backward = data(lab, Direction.FORWARD), data(lab, Direction.BACKWARD)
    assert (forward.bps, forward.flows) == (before.bps, 5)
    assert (backward.bps, backward.flows) == (2e6, 5)


@pytest.mark.parametrize("shape", ["tcp", "microbursts"])
def test_what_only_real_packets_can_be_is_refused_by_the_model_in_one_line(
    lab: Lab, shape: str
) -> None:
    before = lab.network.load
    with pytest.raises(BadRequestError, match=f"{shape} is for the lab on real queues"):
        obey(lab, "load", {"path": "par-lyo", "data_bps": 1e6, "shape": shape})
    assert lab.network.load == before
    obey(lab, "load", {"path": "par-lyo", "data_bps": 1e6, "shape": "random"})


def test_data_of_another_name_is_sent_beside_the_first(lab: Lab) -> None:
    load = {"path": "par-lyo", "direction": "backward", "name": "erp", "data_bps": 3e5, "dscp": 18}
    obey(lab, "load", load)
    assert data(lab, Direction.BACKWARD, "erp").dscp == 18
    assert data(lab, Direction.BACKWARD).dscp == 0
    obey(lab, "load", {"reset": True})
    assert len(lab.network.load.data) == 8


def test_calls_are_sent_in_both_directions(lab: Lab) -> None:
    obey(lab, "load", {"path": "par-nan", "calls": 3, "codec": "g711"})
    for way in ("forward", "backward"):
        assert path_truth(lab, "par-nan", way)["offered_bps"] == 3 * 80e3


def test_congestion_comes_and_goes_with_its_fault(lab: Lab) -> None:
    fault = {"kind": "congestion", "device": "lyo-ce1", "interface": "Gi0/1"}
    obey(lab, "fault", fault)
    loss = path_truth(lab, "par-lyo", "backward")["loss_ratio"]
    assert isinstance(loss, float)
    assert loss > 0.1
    obey(lab, "fault", fault | {"clear": True})
    assert path_truth(lab, "par-lyo", "backward")["loss_ratio"] < 1e-3  # type: ignore[operator]


def test_bad_lines_count_as_crc_errors(lab: Lab) -> None:
    fault = {"kind": "crc", "device": "nan-ce1", "interface": "Serial0/0/0", "ratio": 0.1}
    obey(lab, "fault", fault)
    obey(lab, "clock", {"step_s": 10})
    counters = lab.network.interface_counters("nan-ce1", "Serial0/0/0", lab.clock.now())
    assert counters.crc_errors > 100
    assert path_truth(lab, "par-nan", "forward")["loss_ratio"] == pytest.approx(0.1, abs=1e-3)


def test_a_clock_without_ntp_shows_in_the_probe(lab: Lab) -> None:
    obey(lab, "fault", {"kind": "no-ntp", "device": "lil-ce1"})
    obey(lab, "clock", {"step_s": 12})
    runs = {run.operation: run for run in lab.network.sla_runs("par-core1", lab.clock.now())}
    assert [runs[number].clocks_in_sync for number in (101, 103)] == [True, False]


def test_faults_of_a_console_are_set_and_cleared(lab: Lab) -> None:
    faults = lab.devices["bor-ce1"].faults
    where = {"device": "bor-ce1"}
    obey(lab, "fault", where | {"kind": "refuse-command", "pattern": "^policy-map"})
    obey(lab, "fault", where | {"kind": "reset-connection", "pattern": "^end", "when": "after"})
    obey(lab, "fault", where | {"kind": "slow-prompt", "delay_s": 2})
    assert list(faults.refuse) == ["^policy-map"]
    assert (faults.reset_on, faults.reset_after, faults.prompt_delay_s) == ([], ["^end"], 2.0)
    for kind in ("refuse-command", "reset-connection", "slow-prompt"):
        obey(lab, "fault", where | {"kind": kind, "clear": True})
    assert not (faults.refuse)
    assert not (faults.reset_after)
    assert not (faults.prompt_delay_s)


def test_a_reboot_brings_back_the_startup_configuration(lab: Lab) -> None:
    device, before = lab.devices["lyo-ce1"], lab.clock.now()
    obey(lab, "fault", {"kind": "reboot", "device": "lyo-ce1"})
    assert lab.network.booted_at("lyo-ce1") >= before
    assert device.running_config(lab.clock.now()) == device.startup_config()
    assert lab.network.booted_at("nan-ce1") < before


def test_a_refused_request_changes_nothing(lab: Lab) -> None:
    before = lab.network.load
    with pytest.raises(BadRequestError, match="colour"):
        obey(lab, "load", {"path": "par-lyo", "calls": 3, "colour": "red"})
    assert lab.network.load is before


def test_the_truth_of_a_device_is_complete(lab: Lab) -> None:
    shown = obey(lab, "show", {"what": "device", "device": "par-ce1"})
    assert isinstance(shown["classes"], list)
    assert isinstance(shown["interfaces"], dict)
    assert WAN in shown["interfaces"]
    assert [cls["path"][-1] for cls in shown["classes"]] == [
        "class-default",
        "VOICE",
        "SIGNALLING",
        "class-default",
    ]


def test_calls_through_the_gateway_follow_what_it_prefers(lab: Lab) -> None:
    answer = obey(lab, "load", {"path": "par-lyo", "calls": 6, "hold_s": 5})["load"]
    assert isinstance(answer, dict)
    shown = answer["calls"]["par-lyo"]
    assert (shown["codec"], shown["codec_from"], shown["hold_s"]) == ("g711ulaw", "lyo-gw1", 5.0)
    typed = ("voice class codec 1", "codec preference 1 ilbc", "codec preference 2 g711alaw")
    frames: tuple[Frame, ...] = (TOP,)
    for line in typed:
        frames = lab.devices["lyo-gw1"].edit(frames, line, lab.clock.now(), "me").frames
    obey(lab, "clock", {"step_s": 5})
    calls = obey(lab, "show", {"what": "path", "path": "par-lyo"})["calls"]
    assert isinstance(calls, dict)
    assert (calls["codec"], calls["in_progress"]) == ("g711alaw", {"g711alaw": 6})


def test_a_codec_that_is_said_takes_the_place_of_the_gateways(lab: Lab) -> None:
    obey(lab, "load", {"path": "par-lyo", "codec": "g729"})
    truth = obey(lab, "show", {"what": "network"})["load"]
    assert isinstance(truth, dict)
    calls = truth["calls"]["par-lyo"]
    assert (calls["codec"], calls["codec_from"]) == ("g729a", "load")
    assert path_truth(lab, "par-lyo", "forward")["codec"] == "g729a"
    obey(lab, "load", {"path": "par-lyo", "codec": "gateway"})
    assert path_truth(lab, "par-lyo", "forward")["codec"] == "g729a"
    obey(lab, "clock", {"step_s": 20})
    assert path_truth(lab, "par-lyo", "forward")["codec"] == "g711ulaw"


@pytest.mark.parametrize("argument", [{"hold_s": 5}, {"codec": "gateway"}])
def test_only_calls_through_a_gateway_follow_one(lab: Lab, argument: Answer) -> None:
    with pytest.raises(BadRequestError, match=r"hold_s|codec"):
        obey(lab, "load", {"path": "par-nan"} | argument)
