"""Waiting for the signal to stop; the same signal once more ends the process at once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOPS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """The first signal to stop, whenever it comes."""

    def __init__(self) -> None:
        """Listen from now on."""
        self._heard, self._told = os.pipe()
        os.set_blocking(self._told, False)
        # Written by whichever thread gets the signal, a library's own too; an `Event` that is
        # set by a handler can lock itself out.
        signal.set_wakeup_fd(self._told, warn_on_full_buffer=False)
        for number in STOPS:
            signal.signal(number, _let_the_next_one_end_it)

    def wait(self) -> str:
        """Return the name of the signal once it has come."""
        while True:
            for number in os.read(self._heard, 1):
                if number in STOPS:
                    return signal.Signals(number).name

    def close(self) -> None:
        """Listen no more; signals do again what they do by default."""
        signal.set_wakeup_fd(-1)
        _let_the_next_one_end_it(0, None)
        os.close(self._heard)
        os.close(self._told)


def _let_the_next_one_end_it(_number: int, _frame: FrameType | None) -> None:
    for number in STOPS:
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def stop_signal() -> Iterator[Stop]:
    """Give the signal to stop to whoever waits for it."""
    stop = Stop()
    try:
        yield stop
    finally:
        stop.close()
