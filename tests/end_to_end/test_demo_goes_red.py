"""The demo goes red where it should, while a change is being judged."""

import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from qosbot.lab.control import request
from tests.end_to_end.demos import OVER_WITHIN_S, copy_of, demo, lab_of
from tests.needs import needs
from tests.until import until

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True, scope="module")
def _patience() -> None:
    needs("patience")


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


def failures(process: subprocess.Popen[str]) -> str:
    """Wait for a demo that has to go red; return what it says of its one scenario."""
    out, err = process.communicate(timeout=OVER_WITHIN_S)
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
