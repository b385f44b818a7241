"""`qosbot init` writes what `qosbot check` then finds right, from a checkout and from a wheel."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from qosbot.cli.init import init, next_steps
from qosbot.domain.errors import ConfigurationError

ROOT = Path(__file__).resolve().parents[2]


def test_init_writes_inventory_and_playbooks_as_they_are_in_the_checkout(tmp_path: Path) -> None:
    written = init(tmp_path / "new")
    names = {path.relative_to(tmp_path / "new") for path in written}
    assert {Path("inventory/hosts.yaml"), Path("playbooks/README.md")} <= names
    for name in names:
        assert (tmp_path / "new" / name).read_bytes() == (ROOT / name).read_bytes()


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "mine.yaml").write_text("mine")
    with pytest.raises(ConfigurationError, match="playbooks: exists already"):
        init(tmp_path)
    assert [path.name for path in tmp_path.rglob("*")] == ["playbooks", "mine.yaml"]


def test_init_where_nothing_can_be_written_is_a_problem_that_names_the_place(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match=r"file/new: cannot be written"):
        init(tmp_path / "file" / "new")


def test_init_says_what_to_do_next(tmp_path: Path) -> None:
    assert f"cd {tmp_path}" in next_steps(tmp_path)
    assert "qosbot lab" in next_steps(tmp_path)


@pytest.mark.slow
def test_an_installed_wheel_writes_the_same_files(tmp_path: Path) -> None:
    wheels, installed, new = tmp_path / "wheels", tmp_path / "installed", tmp_path / "new"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    flags = ["--no-deps", "--no-build-isolation", "--no-index"]
    _run(*pip, "wheel", *flags, "--wheel-dir", str(wheels), str(ROOT), cwd=tmp_path)
    (wheel,) = wheels.glob("qosbot-*.whl")
    _run(sys.executable, "-m", "zipfile", "-e", str(wheel), str(installed), cwd=tmp_path)
    code = (
        "import pathlib, sys; from qosbot.cli.init import init; init(pathlib.Path(sys.argv[1]));"
        "import qosbot; print(qosbot.__file__)"
    )
    used = _run(sys.executable, "-c", code, str(new), cwd=tmp_path, PYTHONPATH=str(installed))
    assert used.strip() == str(installed / "qosbot" / "__init__.py")
    assert {path.name: path.read_bytes() for path in (new / "inventory").iterdir()} == {
        path.name: path.read_bytes() for path in (ROOT / "inventory").glob("*.yaml")
    }


def _run(*command: str, cwd: Path, **environ: str) -> str:
    result = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environ}, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout
