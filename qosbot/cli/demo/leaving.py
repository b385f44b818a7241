"""How the demo is ended early, by Ctrl-C or by a signal, so that all that was started is ended."""

import signal
from types import FrameType
from typing import NoReturn


class Leaving:
    """Whether somebody asked for an early end."""

    def __init__(self) -> None:
        self._is_asked = False

    def heed(self) -> None:
        """Take what ends a program for a Ctrl-C, from now on."""
        for ends in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ends, self.ask)

    def ask(self, number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG002  a handler
        """Raise what a Ctrl-C raises."""
        self._is_asked = True
        raise KeyboardInterrupt

    def check(self) -> None:
        """Raise it once more if somebody asked: Python drops what is raised in a finalizer."""
        if self._is_asked:
            raise KeyboardInterrupt
