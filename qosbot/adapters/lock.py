"""One process at a time: a lock that the operating system takes back when its holder dies."""

import fcntl
import os
from pathlib import Path
from typing import IO

from qosbot.domain.errors import StoreError


class OnlyOne:
    """Held from its making until it is released, or its process ends in whatever way."""

    def __init__(self, path: Path) -> None:
        """Take the lock.

        Raises:
            StoreError: if another process holds it, or the file cannot be made.
        """
        self._file = _opened(path)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise StoreError(
                f"{path}: another qosbot works on this database (process {holder})"
            ) from None
        self._file.seek(0)
        self._file.truncate()
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def release(self) -> None:
        """Give it back; the file stays, for whoever removed it could let two in."""
        self._file.close()


def last_holder(path: Path) -> int | None:
    """Return the process that took a lock last; it may be gone.  None: nobody ever did.

    Asking takes no lock, which could keep a process from starting.
    """
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    return int(text) if text.isdigit() else None


def _opened(path: Path) -> IO[str]:
    try:
        return path.open("a+")
    except OSError as error:
        raise StoreError(f"{path}: cannot be opened ({error.strerror})") from error
