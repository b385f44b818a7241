import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from qosbot.adapters.lock import OnlyOne
from qosbot.domain.errors import StoreError
from qosbot.settings import Settings

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


def test_a_database_has_one_lock_by_whatever_name(tmp_path: Path) -> None:
    (tmp_path / "real.db").touch()
    (tmp_path / "link.db").symlink_to("real.db")
    (tmp_path / "elsewhere").symlink_to(tmp_path)
    lock = OnlyOne(Settings(database=tmp_path / "real.db").lock)
    for other in (tmp_path / "link.db", tmp_path / "elsewhere" / "real.db"):
        with pytest.raises(StoreError, match="another qosbot works"):
            OnlyOne(Settings(database=other).lock)
    lock.release()


def test_a_holder_whose_file_was_removed_knows_that_it_may_not_be_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    first = OnlyOne(path)
    assert first.is_held()
    first.require()
    path.unlink()
    assert not first.is_held()
    second = OnlyOne(path)
    assert (first.is_held(), second.is_held()) == (False, True)
    with pytest.raises(StoreError, match="was removed or replaced"):
        first.require()
    second.release()
    first.release()
    assert not second.is_held()


def test_two_that_were_let_in_at_once_have_two_names_and_the_next_one_has_the_last(
    tmp_path: Path,
) -> None:
    path = tmp_path / "x.lock"
    first = OnlyOne(path)
    path.unlink()
    second = OnlyOne(path)
    assert first.id != second.id
    second.release()
    third = OnlyOne(path)
    assert third.id == second.id
    first.release()
    third.release()


def test_a_file_that_was_removed_before_it_was_locked_is_not_the_one_that_is_held(
    tmp_path: Path,
) -> None:
    opened: list[IO[str]] = []

    def open_and_lose(path: Path) -> IO[str]:
        opened.append(path.open("a+"))
        if len(opened) == 1:
            path.unlink()
        return opened[-1]

    path = tmp_path / "x.lock"
    lock = OnlyOne(path, opened=open_and_lose)
    assert (lock.is_held(), [file.closed for file in opened]) == (True, [True, False])
    with pytest.raises(StoreError):
        OnlyOne(path)
    lock.release()


def test_a_directory_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        OnlyOne(tmp_path / "no" / "x.lock")
