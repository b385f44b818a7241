"""Identifiers as Slack writes them, the same for the same seed, and message time stamps."""

import random
import string

_LETTERS = string.ascii_uppercase + string.digits
_LONG = 10
_SHORT = 5
_MICROSECONDS = 1_000_000


class Ids:
    """Makes identifiers; no two are the same."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - names, not secrets
        self._given: set[str] = set()
        self._last_us = 0

    def new(self, prefix: str) -> str:
        """Return for example U0AB12CD34 for the prefix U."""
        return self._unused(prefix + "0", _LONG - 1)

    def short(self) -> str:
        """Return a block_id or action_id for whoever gave none."""
        return self._unused("", _SHORT)

    def number(self) -> str:
        """Return digits, as they stand in a trigger_id."""
        return str(self._random.randrange(10**12, 10**13))

    def _unused(self, prefix: str, length: int) -> str:
        while True:
            made = prefix + "".join(self._random.choices(_LETTERS, k=length))
            if made not in self._given:
                self._given.add(made)
                return made

    def ts(self, now: float) -> str:
        """Return a time stamp that no other message has: Unix seconds with six decimals."""
        self._last_us = max(self._last_us + 1, round(now * _MICROSECONDS))
        return f"{self._last_us // _MICROSECONDS}.{self._last_us % _MICROSECONDS:06d}"
