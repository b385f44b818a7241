"""What CI runs fails where a part of it does, and leaves nothing behind; the parts are stubs."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[1] / ".ci" / "run"
STUB = "#!/bin/sh\n"
MAKE = """#!/bin/sh
echo "make $*" >>"$TOLD"
case "$1" in
  demo) sleep "$DEMO_S" &
        trap 'kill $!; echo "demo ended early" >>"$TOLD"; exit 143' TERM
        echo >"$BEGUN"
        wait ;;
  lint) read -r _ <"$BEGUN" ;;
esac
[ "$1" != "$FAILS" ]
"""
PYTHON = """#!/bin/sh
case "$*" in
  "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && cp "$0" "$3/bin/qosbot" ;;
  *" wheel "*) [ "$FAILS" != wheel ] ;;
  *test_traffic_queues*) [ "$FAILS" != queues ] ;;
esac
"""


def run(place: Path, fails: str) -> tuple[int, list[str]]:
    """Return the exit code of a run in which one part fails, and what was made meanwhile."""
    stubs = {"make": MAKE, "python3": PYTHON, "npm": STUB, "snmpd": STUB, "nft": STUB, "ip": STUB}
    for name, text in {**{f"bin/{one}": stubs[one] for one in stubs}, "bin/python": PYTHON}.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text)
        (place / name).chmod(0o755)
    for folder in (".ci", ".venv", "tests/lab/slack_js", "tmp"):
        (place / folder).mkdir(parents=True)
    shutil.copy(RUN, place / ".ci")
    shutil.copytree(place / "bin", place / ".venv/bin")
    os.mkfifo(place / "begun")
    known = {**os.environ, "FAILS": fails, "DEMO_S": "20" if fails == "lint" else "0"}
    known |= {"TOLD": str(place / "told"), "BEGUN": str(place / "begun")}
    known |= {"TMPDIR": str(place / "tmp"), "PATH": f"{place / 'bin'}:{known['PATH']}"}
    done = subprocess.run(
        [place / ".ci/run"], env=known, capture_output=True, check=False, timeout=60
    )
    assert list((place / "tmp").iterdir()) == []
    return done.returncode, (place / "told").read_text().splitlines()


def test_a_run_without_a_failure_makes_everything_and_succeeds(tmp_path: Path) -> None:
    code, made = run(tmp_path, "")
    assert (code, made[0], made[-1]) == (0, "make .venv/.ready", "make demo-kernel")
    assert set(made[1:3]) == {"make demo", "make lint"}


@pytest.mark.parametrize(
    ("fails", "last"),
    [("demo", "make lint"), ("wheel", "make lint"), ("test", "make test"), ("queues", "make test")],
)
def test_a_run_ends_where_a_part_fails(tmp_path: Path, fails: str, last: str) -> None:
    code, made = run(tmp_path, fails)
    assert code != 0
    assert any(one.startswith(last) for one in made)
    assert "make demo-kernel" not in made


def test_a_demo_that_is_played_beside_what_fails_is_ended_and_not_waited_for(
    tmp_path: Path,
) -> None:
    code, made = run(tmp_path, "lint")
    assert (code, made[-1]) == (1, "demo ended early")
