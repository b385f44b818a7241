"""One process at a time: a lock that the operating system takes back when its holder dies."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

from qosbot.domain.errors import StoreError


def _opened(path: Path) -> IO[str]:
    try:
        return path.open("a+")
    except OSError as error:
        raise StoreError(f"{path}: cannot be opened ({error.strerror})") from error


class OnlyOne:
    """Held from its making until it is released, or its process ends in whatever way."""

    def __init__(self, path: Path, *, opened: Callable[[Path], IO[str]] = _opened) -> None:
        """Take the lock.

        Raises:
            StoreError: if another process holds it, or the file cannot be made.
        """
        self._path = path
        self._file = _locked(path, opened)
        while not self.is_held():
            # It was removed before it was locked: the next one would lock another file.
            self._file.close()
            self._file = _locked(path, opened)
        self.id = os.fstat(self._file.fileno()).st_ino
        """The same for whoever holds this file after us, and for nobody who holds another now.

        A number that is in use, as long as the file is open, is given to no other file.
        """
        self._file.seek(0)
        self._file.truncate()
        self._file.write(f"{os.getpid()}\n")
        self._file.flush()

    def is_held(self) -> bool:
        """Return whether nobody else can have it; not once the file was removed or replaced."""
        if self._file.closed:
            return False
        try:
            return os.path.samestat(os.fstat(self._file.fileno()), self._path.stat())
        except OSError:
            return False

    def require(self) -> None:
        """Reject work that only the one holder may do.

        Raises:
            StoreError: if it is not held any more.
        """
        if not self.is_held():
            error = StoreError(
                f"{self._path}: was removed or replaced, so another qosbot may work on this "
                "database; this one begins no change"
            )
            error.hint = "stop one of them, then restart the other"
            raise error

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


def _locked(path: Path, opened: Callable[[Path], IO[str]]) -> IO[str]:
    file = opened(path)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip() or "unknown"
        file.close()
        raise StoreError(
            f"{path}: another qosbot works on this database (process {holder})"
        ) from None
    return file
