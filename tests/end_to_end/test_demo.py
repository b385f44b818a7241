"""The demo as a person starts it: it ends well, goes red where it should, leaves nothing."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from qosbot.lab.control import LabError, request
from tests.end_to_end.site import QOSBOT
from tests.needs import needs
from tests.until import until

pytestmark = pytest.mark.slow

_OVER_WITHIN_S = 200.0


@pytest.fixture(autouse=True, scope="module")
def _patience() -> None:
    needs("patience")


@contextmanager
def demo(directory: Path, *options: str) -> Iterator["subprocess.Popen[str]"]:
    """Start the demo with its temporary files in a directory."""
    with subprocess.Popen(
        [*QOSBOT, "demo", *options],
        env={**os.environ, "TMPDIR": str(directory)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def lab_of(directory: Path) -> Path:
    """Wait for the demo's lab and return what it published."""

    def found() -> Path | None:
        return next(directory.glob("qosbot-demo-*/.qosbot/lab/lab.json"), None)

    return until(found, 60, "no lab was started") or Path()


def has_crc(lab: Path) -> bool:
    truth: Any = request(lab, "show", what="network")
    return bool(truth["faults"]["crc"])


def test_the_demo_says_what_came_of_each_scenario_and_exits_with_0(tmp_path: Path) -> None:
    with demo(tmp_path, "--only", "3,4", "--json") as process:
        out, err = process.communicate(timeout=_OVER_WITHIN_S)
    told = json.loads(out)
    assert process.returncode == 0, (told, err)
    damaged, rejected = told["scenarios"]
    assert told["is_right"]
    assert damaged["causes"] == ["physical_errors"]
    assert "remediation" not in damaged
    assert rejected["remediation"]["state"] == "rejected"
    assert re.fullmatch(r"T[A-Z0-9]+/U[A-Z0-9]+", rejected["remediation"]["decided_by"])
    assert list(tmp_path.iterdir()) == []


def test_the_demo_goes_red_where_an_agent_dies_in_mid_scenario(tmp_path: Path) -> None:
    with demo(tmp_path, "--only", "3", "--json") as process:
        lab = lab_of(tmp_path)
        until(lambda: has_crc(lab), 60, "the trouble never began")
        request(lab, "fault", kind="silent-agent", device="lil-ce1")
        out, _ = process.communicate(timeout=_OVER_WITHIN_S)
    assert process.returncode == 1
    told = json.loads(out)
    assert not told["is_right"]
    assert "physical_errors was not found" in "; ".join(told["scenarios"][0]["failures"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_leaves_neither_processes_nor_files(
    tmp_path: Path, number: signal.Signals
) -> None:
    with demo(tmp_path, "--only", "3") as process:
        lab = lab_of(tmp_path)
        until(lambda: has_crc(lab), 60, "the trouble never began")
        kept = tmp_path / "lab.json"
        kept.write_bytes(lab.read_bytes())
        process.send_signal(number)
        process.wait(60)
    assert process.returncode != 0
    with pytest.raises(LabError):
        request(kept, "clock")
    assert list(tmp_path.iterdir()) == [kept]
