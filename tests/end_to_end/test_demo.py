"""The demo as a person starts it: it ends well, goes red where it should, leaves nothing."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from qosbot.lab.control import LabError, request
from tests.end_to_end.site import QOSBOT
from tests.needs import needs
from tests.until import until

pytestmark = pytest.mark.slow

_OVER_WITHIN_S = 200.0
ROOT = Path(__file__).resolve().parents[2]

_DEVICES = {
    "par-core1": "zrh-sw9",
    "par-ce1": "edge-zrh",
    "lyo-ce1": "gva-r07",
    "lyo-gw1": "gva-cube",
    "nan-ce1": "bsl-r3",
    "lil-ce1": "lug-r1",
    "bor-ce1": "sio-r1",
}
_SITES = {"par": "zrh", "lyo": "gva", "nan": "bsl", "lil": "lug", "bor": "sio"}
_PATHS = {f"par-{old}": f"v.zrh_{new}" for old, new in _SITES.items()}
_CIRCUITS = {f"{old.upper()}-0001": f"C.{new}/77" for old, new in _SITES.items()}
OTHER_NAMES = {**_SITES, **_PATHS, **_CIRCUITS, **_DEVICES}
"""Sites, devices, paths and circuits of the lab, formed otherwise than ours."""


@pytest.fixture(autouse=True, scope="module")
def _patience() -> None:
    needs("patience")


@contextmanager
def demo(directory: Path, *options: str, code: Path = ROOT) -> Iterator["subprocess.Popen[str]"]:
    """Start the demo of a checkout, or of a copy, with its temporary files in a directory."""
    with subprocess.Popen(
        [*QOSBOT, "demo", *options],
        cwd=code,
        env={**os.environ, "TMPDIR": str(directory), "PYTHONPATH": str(code)},
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


def copy_of(directory: Path) -> Path:
    """Return a copy of what the demo is made of, in which a test may change files."""
    copy = directory / "copy"
    for folder in ("qosbot", "inventory", "playbooks"):
        skipped = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, copy / folder, ignore=skipped)
    return copy


def rename(copy: Path) -> None:
    """Give everything in the lab, the scenarios and the inventory another name."""
    longest_first = sorted(OTHER_NAMES, key=len, reverse=True)
    known = re.compile(rf"(?<![\w-])({'|'.join(longest_first)})(?![\w-])")
    scenarios = copy / "qosbot" / "cli" / "demo" / "scenarios.py"
    files = (*copy.glob("inventory/*.yaml"), *copy.glob("qosbot/lab/**/*.py"), scenarios)
    for file in files:
        text = file.read_text(encoding="utf-8")
        file.write_text(known.sub(lambda one: OTHER_NAMES[one[1]], text), encoding="utf-8")


def is_verifying(lab: Path) -> bool:
    """Return whether a change is in force and being judged."""
    database = lab.parents[2] / "demo.db"
    if not database.exists():
        return False
    query = "SELECT count(*) FROM remediations WHERE state = 'verifying'"
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        try:
            return bool(connection.execute(query).fetchone()[0])
        except sqlite3.OperationalError:  # its tables are being made
            return False


def failures(process: "subprocess.Popen[str]") -> str:
    """Wait for a demo that has to go red; return what it says of its one scenario."""
    out, err = process.communicate(timeout=_OVER_WITHIN_S)
    assert process.returncode == 1, err
    told = json.loads(out)
    assert not told["is_right"]
    return "; ".join(told["scenarios"][0]["failures"])


def test_the_demo_notices_a_load_that_doubles_while_its_change_is_judged(tmp_path: Path) -> None:
    with demo(tmp_path, "--only", "1", "--json") as process:
        lab = lab_of(tmp_path)
        until(lambda: is_verifying(lab), 100, "no change came into force")
        request(lab, "load", path="par-lyo", direction="backward", data_bps=9_200_000)
        said = failures(process)
    assert "inconclusive, not helped" in said
    assert "not the same pressure" in said


def test_the_demo_notices_an_agent_that_dies_while_a_change_is_judged(tmp_path: Path) -> None:
    with demo(tmp_path, "--only", "1", "--json") as process:
        lab = lab_of(tmp_path)
        until(lambda: is_verifying(lab), 100, "no change came into force")
        request(lab, "fault", kind="silent-agent", device="lyo-ce1")
        said = failures(process)
    assert "load and drops not measured since the change" in said
    assert "the change was not saved" in said


def test_the_demo_notices_a_playbook_whose_bound_is_too_small(tmp_path: Path) -> None:
    copy = copy_of(tmp_path)
    book = copy / "playbooks" / "enlarge-voice-class.yaml"
    text = book.read_text(encoding="utf-8")
    assert "priority_share: 33 %" in text
    book.write_text(text.replace("priority_share: 33 %", "priority_share: 6 %"), encoding="utf-8")
    with demo(tmp_path, "--only", "2", "--json", code=copy) as process:
        said = failures(process)
    assert "nothing was proposed" in said
    assert "of priority are allowed" in said


def test_the_demo_ends_well_whatever_sites_devices_and_paths_are_called(tmp_path: Path) -> None:
    copy = copy_of(tmp_path)
    rename(copy)
    with demo(tmp_path, "--only", "1,2,3", "--json", code=copy) as process:
        out, err = process.communicate(timeout=_OVER_WITHIN_S)
    told = json.loads(out)
    assert (process.returncode, told["is_right"]) == (0, True), (told, err)
    paths = {one["path"] for one in told["scenarios"]}
    assert paths == {"v.zrh_gva", "v.zrh_bsl", "v.zrh_lug"}
    assert not re.search(r"\b(par|lyo|nan|lil|bor)-", out)
