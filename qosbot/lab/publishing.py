"""What a lab's process shares with whoever started it: private files, and the end of its input."""

import contextlib
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path


def write_privately(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    part.replace(path)


def at_end_of_input(then: Callable[[], object]) -> None:
    """Call `then` from a thread when standard input closes, whatever kind of file it is."""

    def read() -> None:
        # Not through sys.stdin: its lock would be held when the process ends.
        with contextlib.suppress(OSError):
            while sys.stdin is not None and os.read(sys.stdin.fileno(), 4096):
                pass
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            then()

    threading.Thread(target=read, name="end of input", daemon=True).start()
