"""Wait for a condition instead of for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], T], within_s: float = 60.0, what: str = "") -> T:
    """Return the first truthy answer of `condition`.

    Raises:
        AssertionError: if there was none within the (generous) bound.
    """
    end = time.monotonic() + within_s
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"not within {within_s:g} s: {what or condition}")
        time.sleep(0.05)  # the one place that waits: nothing here can tell when to look again
