"""`qosbot audit` judges a file alone, in words or as JSON, and ends by what it found."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from qosbot.cli import app

BRANCH = Path(__file__).parents[1] / "golden" / "cisco_ios" / "branch.cfg"


def run(file: Path, *arguments: str, platform: str = "cisco_ios") -> Result:
    given = ["audit", "--config", str(file), "--platform", platform, *arguments]
    return CliRunner().invoke(app, given)


def broken(folder: Path) -> Path:
    file = folder / "edge.cfg"
    text = BRANCH.read_text().replace("  priority percent 20\n", "  priority\n")
    file.write_text(text + "qos strange thing\n")
    return file


@pytest.mark.parametrize("platform", ["cisco_ios", "cisco_xe"])
def test_json_is_as_documented(tmp_path: Path, platform: str) -> None:
    ended = run(broken(tmp_path), "--json", platform=platform)
    assert ended.exit_code == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert {"findings", "not_judged", "not_understood"} <= found.keys()
    (one,) = [one for one in found["findings"] if one["rule"] == "QUE-03"]
    keys = {"id", "rule", "severity", "status", "device", "where", "evidence", "fix"}
    assert one.keys() == keys
    assert (one["severity"], one["status"], one["device"]) == ("critical", "failed", "branch-ce1")
    assert one["evidence"] == ["policy-map WAN-QUEUES", "class VOICE", "priority"]
    assert "qos strange thing" in found["not_understood"]
    assert {one["rule"] for one in found["not_judged"]} >= {"QUE-04", "REF-03"}


def test_words_say_the_same(tmp_path: Path) -> None:
    shown = run(broken(tmp_path)).stdout
    assert "QUE-03" in shown
    assert "qos strange thing" in shown
    assert "needs the calls of this link" in shown


def test_it_ends_with_3_at_or_above_the_chosen_severity(tmp_path: Path) -> None:
    assert run(broken(tmp_path), "--fail-on", "critical").exit_code == 3
    assert run(broken(tmp_path), "--fail-on", "info").exit_code == 3
    assert run(broken(tmp_path)).exit_code == 0
    assert run(BRANCH, "--fail-on", "critical").exit_code == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is empty"), (b"\n \n", "is empty"), (b"hostname\0x", "is binary")],
)
def test_a_file_that_is_no_configuration_is_one_clear_line(
    tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "x.cfg"
    file.write_bytes(content)
    ended = run(file)
    assert ended.exit_code == 2
    assert f"{file}: {said}" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    ended = run(tmp_path / "none.cfg")
    assert ended.exit_code == 2
    assert "cannot be read" in ended.stderr


def test_a_device_without_a_name_is_called_as_its_file(tmp_path: Path) -> None:
    file = tmp_path / "lyo-ce1.cfg"
    file.write_text("interface GigabitEthernet0/1\n service-policy output NONE\n")
    (found,) = [
        one for one in json.loads(run(file, "--json").stdout)["findings"] if one["rule"] == "REF-01"
    ]
    assert found["device"] == "lyo-ce1"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_as_windows_saves_it_is_judged_as_any_other(tmp_path: Path, encoding: str) -> None:
    text = f"hostname lyo-ce2\n{BRANCH.read_text()}"
    plain, saved = tmp_path / "plain.cfg", tmp_path / "saved.cfg"
    plain.write_text(text)
    saved.write_text(text, encoding=encoding, newline="\r\n")
    assert run(saved, "--json").stdout == run(plain, "--json").stdout
