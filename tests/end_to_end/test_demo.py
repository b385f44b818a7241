"""The demo as a person starts it: it ends well, whatever things are called, and leaves nothing."""

import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from qosbot.lab.control import LabError, request
from tests.end_to_end.demos import OVER_WITHIN_S, copy_of, demo, lab_of
from tests.needs import needs
from tests.until import until

pytestmark = pytest.mark.slow


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


def has_crc(lab: Path) -> bool:
    truth: Any = request(lab, "show", what="network")
    return bool(truth["faults"]["crc"])


def test_the_demo_says_what_came_of_each_scenario_and_exits_with_0(tmp_path: Path) -> None:
    with demo(tmp_path, "--only", "3,4", "--json") as process:
        out, err = process.communicate(timeout=OVER_WITHIN_S)
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
        out, _ = process.communicate(timeout=OVER_WITHIN_S)
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


def rename(copy: Path) -> None:
    """Give everything in the lab, the scenarios and the inventory another name."""
    longest_first = sorted(OTHER_NAMES, key=len, reverse=True)
    known = re.compile(rf"(?<![\w-])({'|'.join(longest_first)})(?![\w-])")
    scenarios = copy / "qosbot" / "cli" / "demo" / "scenarios.py"
    files = (*copy.glob("inventory/*.yaml"), *copy.glob("qosbot/lab/**/*.py"), scenarios)
    for file in files:
        text = file.read_text(encoding="utf-8")
        file.write_text(known.sub(lambda one: OTHER_NAMES[one[1]], text), encoding="utf-8")


def test_the_demo_ends_well_whatever_sites_devices_and_paths_are_called(tmp_path: Path) -> None:
    copy = copy_of(tmp_path)
    rename(copy)
    with demo(tmp_path, "--only", "1,2,3", "--json", code=copy) as process:
        out, err = process.communicate(timeout=OVER_WITHIN_S)
    told = json.loads(out)
    assert (process.returncode, told["is_right"]) == (0, True), (told, err)
    paths = {one["path"] for one in told["scenarios"]}
    assert paths == {"v.zrh_gva", "v.zrh_bsl", "v.zrh_lug"}
    assert not re.search(r"\b(par|lyo|nan|lil|bor)-", out)
