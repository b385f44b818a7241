import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from qosbot.adapters.lock import OnlyOne
from qosbot.domain.errors import StoreError

HOLD = """
import sys
from pathlib import Path
from qosbot.adapters.lock import OnlyOne
lock = OnlyOne(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_holder_is_told_of_the_first(tmp_path: Path) -> None:
    first = OnlyOne(tmp_path / "x.lock")
    with pytest.raises(StoreError, match=f"another qosbot works .* {os.getpid()}"):
        OnlyOne(tmp_path / "x.lock")
    first.release()
    OnlyOne(tmp_path / "x.lock").release()


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with pytest.raises(StoreError):
            OnlyOne(path)
        process.send_signal(signal.SIGKILL)
        process.wait()
        OnlyOne(path).release()


def test_a_directory_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        OnlyOne(tmp_path / "no" / "x.lock")
