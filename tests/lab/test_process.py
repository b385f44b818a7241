import json
import os
import select
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from qosbot.lab.control import LabError, request
from qosbot.lab.process import SECRETS
from tests.lab.running import RunningLab, running_lab

pytestmark = pytest.mark.slow

UPTIME, NAME = "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1.5.0"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    with running_lab(Path(tmp_path_factory.mktemp("lab")) / "published") as known:
        yield known


def test_secrets_are_their_owners_alone(lab: RunningLab) -> None:
    for name in (*SECRETS, "lab.json"):
        assert stat.S_IMODE((lab.directory / name).stat().st_mode) == 0o600


def test_at_least_six_devices_are_published_each_with_its_own_ports(lab: RunningLab) -> None:
    devices = lab.known["devices"]
    ports = [known[way]["port"] for known in devices.values() for way in ("ssh", "snmp")]
    assert len(devices) >= 6
    assert len(set(ports)) == len(ports)
    assert lab.known["version"] == 1


def test_the_host_keys_are_published_by_a_path_that_holds_everywhere(lab: RunningLab) -> None:
    known_hosts = Path(lab.known["known_hosts"])
    assert known_hosts.is_absolute()
    assert known_hosts.exists()


def test_the_client_asks_what_a_person_can_ask(lab: RunningLab) -> None:
    answer = request(lab.directory / "lab.json", "show", what="path", path="par-lyo")
    assert answer["path"] == "par-lyo"
    assert "ok" not in answer


@pytest.mark.parametrize(
    ("command", "arguments", "says"),
    [
        ("dance", {}, "unknown command"),
        ("load", {}, "path is missing"),
        ("load", {"path": "par-lyo", "calls": -1}, "from 0 to"),
        ("load", {"path": "par-lyo", "calls": 1.5}, "whole number"),
        ("load", {"path": "par-lyo", "data_bps": "much"}, "must be a number"),
        ("load", {"link": "lyo-ce1 Gi7", "data_bps": 1}, "lyo-ce1 has"),
        ("fault", {"kind": "earthquake"}, "kind must be one of"),
        ("fault", {"kind": "frozen-probe", "operation": 9}, "101"),
        ("fault", {"kind": "refuse-command", "device": "lyo-ce1", "pattern": "("}, "regular"),
        ("clock", {"step_s": -5}, "from 0 to"),
        ("show", {"what": "future"}, "what must be one of"),
        ("show", {"what": "path", "path": "par-lyo", "colour": "red"}, "unknown argument: colour"),
    ],
)
def test_a_bad_request_is_answered_with_one_clear_line(
    lab: RunningLab, command: str, arguments: dict[str, object], says: str
) -> None:
    with pytest.raises(LabError, match=says) as caught:
        request(lab.directory / "lab.json", command, **arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [b"", b"no json", b"[1]", b'{"command":"clock"}', b"\xff\xfe", b"[" * 100_000],
    ids=["empty", "text", "list", "no token", "no text", "deep"],
)
def test_nonsense_does_not_stop_the_lab(lab: RunningLab, line: bytes) -> None:
    assert lab.say(line)["ok"] is False
    assert lab.ask("clock")["ok"] is True


def test_the_clock_steps_forward_and_uptimes_with_it(lab: RunningLab) -> None:
    before = lab.snmp("par-ce1", [UPTIME])[0]
    lab.do("clock", step_s=3600)
    assert lab.snmp("par-ce1", [UPTIME])[0] >= before + 360_000


def test_a_reboot_restarts_the_uptime(lab: RunningLab) -> None:
    lab.do("fault", kind="reboot", device="lil-ce1")
    lab.do("clock", step_s=10)
    assert 1000 <= lab.snmp("lil-ce1", [UPTIME])[0] < 100_000


def test_a_silent_agent_is_bound_and_comes_back(lab: RunningLab) -> None:
    lab.do("fault", kind="silent-agent", device="nan-ce1")
    shown = lab.do("show")["faults"]
    assert isinstance(shown, dict)
    assert shown["silent-agent"] == ["nan-ce1"]
    lab.do("fault", kind="silent-agent", device="nan-ce1", clear=True)
    assert lab.snmp("nan-ce1", [UPTIME])[0] > 0


def test_faults_of_the_console_reach_who_types(lab: RunningLab) -> None:
    lab.do("fault", kind="refuse-command", device="bor-ce1", pattern="^hostname", text="% no")
    shown = lab.configure("bor-ce1", ["hostname other"])
    lab.do("fault", kind="refuse-command", device="bor-ce1", clear=True)
    assert "% no" in shown
    typed = lab.do("show", what="received", device="bor-ce1")["received"]
    assert isinstance(typed, list)
    assert "hostname other" in [entry["line"] for entry in typed]


def test_a_second_lab_does_not_take_the_place_of_a_running_one(lab: RunningLab) -> None:
    second = start("qosbot", "lab", "--dir", str(lab.directory))
    assert second.returncode == 2
    assert "already runs" in second.stderr
    assert second.stderr.count("\n") == 1
    assert lab.ask("clock")["ok"] is True


def start(*module: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", *module]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    ("module", "code"), [(("qosbot", "lab"), 2), (("qosbot.lab",), 1)], ids=["verb", "module"]
)
def test_a_directory_that_cannot_be_made_is_one_line(
    tmp_path: Path, module: tuple[str, ...], code: int
) -> None:
    (tmp_path / "file").touch()
    ended = start(*module, "--dir", str(tmp_path / "file" / "lab"))
    assert ended.returncode == code
    assert ended.stderr.count("\n") == 1
    assert "cannot write" in ended.stderr


KEEPER = """
import subprocess, sys
command = [sys.executable, "-m", "qosbot", "lab", "--until-eof", "--dir", sys.argv[1]]
subprocess.Popen(command, stdin=subprocess.PIPE, text=True).wait()
"""


def test_a_lab_ends_cleanly_when_who_started_it_is_killed(tmp_path: Path) -> None:
    directory = tmp_path / "published"
    command = [sys.executable, "-c", KEEPER, str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as keeper:
        assert keeper.stdout is not None
        lab = json.loads(keeper.stdout.readline())
        keeper.kill()
        try:
            # The lab alone holds the other end by now: it closes when the lab has ended.
            assert select.select([keeper.stdout], [], [], 60.0)[0], "the lab goes on"
        except AssertionError:
            os.kill(lab["pid"], signal.SIGKILL)
            raise
        assert keeper.stdout.read() == ""
    assert not directory.exists()


def test_a_lab_ends_although_a_client_stays_connected(tmp_path: Path) -> None:
    with running_lab(tmp_path / "published") as known:
        control = known.known["control"]
        client = socket.create_connection((control["address"], control["port"]))
    with client:
        assert client.recv(1) == b""


def test_what_a_killed_lab_left_behind_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    left = {"control": {"address": "127.0.0.1", "port": 1, "token": "old"}}
    (tmp_path / "published" / "lab.json").write_text(json.dumps(left))
    with running_lab(tmp_path / "published") as known:
        assert known.ask("clock")["ok"] is True


def test_a_lab_that_has_ended_leaves_nothing_that_looks_alive(tmp_path: Path) -> None:
    with running_lab(tmp_path / "published") as known:
        published = known.directory / "lab.json"
        assert published.exists()
    assert not published.exists()
    with pytest.raises(LabError, match="no lab runs there"):
        request(published, "clock")
