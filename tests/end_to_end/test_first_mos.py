"""A new user's first hour: the lab, a poll, the paths, and what goes wrong with them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.site import QOSBOT, Site, site
from tests.needs import needs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site")) as started:
        started.step(30)  # the probes have run a few times
        yield started


@pytest.fixture
def lab(running: Site) -> Iterator[Site]:
    """The lab as it started, for a bot that has not polled it yet."""
    running.ctl("load", "reset=true")
    running.step(30)
    yield running
    running.mend()
    running.forget()


def test_the_paths_of_a_healthy_network_have_a_mos(lab: Site) -> None:
    answer = lab.qosbot("poll", "--json")
    assert answer.code == 0, answer.err
    assert len(answer.json()["devices"]) >= 6
    assert answer.json()["silent"] == {}
    paths = lab.paths(poll=False)
    assert len(paths) >= 4
    assert all(path["mos"] > 3.9 for path in paths.values())
    assert all(path["grade"] == "A" for path in paths.values())
    assert all(path["forward"]["score"]["mos_low"] <= path["mos"] for path in paths.values())


def test_congestion_shows_in_its_direction_and_nowhere_else(lab: Site) -> None:
    lab.ctl("load", "path=par-lyo", "direction=backward", "data_bps=4800000")
    lab.step(15)
    paths = lab.paths()
    assert paths["par-lyo"]["mos"] < 3.5
    assert paths["par-lyo"]["worse"] == "backward"
    assert paths["par-lyo"]["forward"]["score"]["loss_ratio"] < 0.02
    assert all(paths[name]["mos"] > 3.9 for name in ("par-nan", "par-lil", "par-bor"))


def test_a_frozen_probe_ends_in_not_measured(lab: Site) -> None:
    lab.fault("kind=frozen-probe", "device=par-core1", "operation=102")
    lab.step(30)
    paths = lab.paths()
    assert paths["par-nan"]["mos"] is None
    assert paths["par-nan"]["not_measured"] == "stale"
    assert paths["par-lil"]["mos"] > 3.9
    shown = lab.qosbot("paths").out
    assert "not measured" in shown
    assert "the last probe run is too old" in shown


def test_a_silent_agent_is_named_and_holds_up_nobody(lab: Site) -> None:
    lab.fault("kind=silent-agent", "device=bor-ce1")
    answer = lab.qosbot("poll", "--json", QOSBOT_POLL_DEADLINE_S="12")
    assert answer.code == 3
    assert list(answer.json()["silent"]) == ["bor-ce1"]
    assert len(answer.json()["devices"]) == 6


def test_counters_go_on_between_two_runs_of_the_program(lab: Site) -> None:
    lab.qosbot("poll")
    lab.step(60)
    second = lab.qosbot("poll", "--json").json()["devices"]["lyo-ce1"]
    rates = {row["interface"]: row["out_rate_bps"] for row in second["interfaces"]}
    assert rates["GigabitEthernet0/1"] > 500_000


def test_a_reboot_is_said_and_costs_one_interval(lab: Site) -> None:
    lab.qosbot("poll")
    lab.ctl("fault", "kind=reboot", "device=lil-ce1")
    lab.step(40)
    device = lab.qosbot("poll", "--json").json()["devices"]["lil-ce1"]
    assert device["continuity"] == "rebooted"
    wan = next(row for row in device["interfaces"] if row["interface"] == "GigabitEthernet0/1")
    assert wan["out_rate_bps"] == {"invalid": "reboot"}


def test_no_output_shows_a_secret(lab: Site) -> None:
    wrong = {"QOSBOT_SNMP_ENGINE": "pysnmp", "QOSBOT_POLL_DEADLINE_S": "8"}
    answers = [
        lab.qosbot("poll"),
        lab.qosbot("poll", "--json", **wrong),
        lab.qosbot("paths"),
        lab.qosbot("check"),
    ]
    text = "".join(answer.out + answer.err for answer in answers)
    assert not [secret for secret in lab.secrets() if secret in text]


def test_both_engines_see_the_same_paths(lab: Site) -> None:
    needs("patience")
    lab.qosbot("poll", QOSBOT_SNMP_ENGINE="pysnmp", QOSBOT_POLL_DEADLINE_S="60")
    assert all(path["mos"] is not None for path in lab.paths(poll=False).values())


def test_before_the_first_poll_the_paths_say_so_and_make_no_database(lab: Site) -> None:
    answer = lab.qosbot("paths")
    assert answer.code == 4
    assert "nothing was polled yet" in answer.err
    assert not (lab.directory / ".qosbot" / "qosbot.db").exists()


def test_output_that_cannot_be_written_is_one_line_and_not_a_traceback(lab: Site) -> None:
    lab.qosbot("poll")
    command = [*QOSBOT, "paths", "--json"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command, cwd=lab.directory, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 4
    assert done.stderr == "the output could not be written: No space left on device\n"
