"""How two versions of a configuration differ, in so many lines at most."""

from collections.abc import Sequence
from difflib import unified_diff
from itertools import takewhile

MOST_LINES = 200
_MOST_COMPARED = 4000
"""Lines of either side; the time of a comparison grows with their product."""
_CONTEXT = 3


def diff(before: str, after: str) -> tuple[tuple[str, ...], int]:
    """Return the unified diff without its header, and how many of its lines are left out."""
    old, new = before.splitlines(), after.splitlines()
    same = _alike(old, new)
    # What is the same at either end is set aside: mostly little is left to compare.
    first = max(0, same - _CONTEXT)
    tail = _alike(old[same:][::-1], new[same:][::-1])
    rest = max(0, tail - _CONTEXT)
    old, new = old[first : len(old) - rest], new[first : len(new) - rest]
    if max(len(old), len(new)) > _MOST_COMPARED:
        lines = [f"@@ {len(old)} lines became {len(new)} @@"]
        return tuple(lines), len(old) + len(new)
    lines = list(unified_diff(old, new, lineterm="", n=_CONTEXT))[2:]
    shown = [_moved(line, first) for line in lines[:MOST_LINES]]
    return tuple(shown), max(0, len(lines) - MOST_LINES)


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _moved(line: str, by: int) -> str:
    """Return a line of a diff with the numbers that it has in the whole text."""
    if not line.startswith("@@ "):
        return line
    ends = [f"{part[0]}{_shifted(part[1:], by)}" for part in line.split()[1:3]]
    return f"@@ {' '.join(ends)} @@"


def _shifted(place: str, by: int) -> str:
    start, comma, count = place.partition(",")
    return f"{int(start) + by}{comma}{count}"
