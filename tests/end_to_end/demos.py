"""The demo as a process, for tests: started, found and copied."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.end_to_end.site import QOSBOT
from tests.until import until

OVER_WITHIN_S = 200.0
ROOT = Path(__file__).resolve().parents[2]


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


def copy_of(directory: Path) -> Path:
    """Return a copy of what the demo is made of, in which a test may change files."""
    copy = directory / "copy"
    for folder in ("qosbot", "inventory", "playbooks"):
        skipped = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, copy / folder, ignore=skipped)
    return copy
