"""What stands behind the pipe of a show command."""

import re
from collections.abc import Callable

_FILTERS = ("begin", "count", "exclude", "include", "section")


def split(line: str) -> tuple[str, str, int]:
    """Return the command, the filter behind its pipe and the filter's offset."""
    at = line.find("|")
    if at < 0:
        return line, "", 0
    after = line[at + 1 :]
    return line[:at].rstrip(), after.strip(), at + 1 + len(after) - len(after.lstrip())


def is_filter(text: str) -> bool:
    """Return whether a filter is one, with something to look for."""
    words = text.split(None, 1)
    return len(words) > 1 and len(_named(words[0])) == 1


def apply(text: str, output: str) -> str:
    """Return what a filter leaves of an output.

    Raises:
        re.error: if its regular expression is not one.
    """
    word, pattern = text.split(None, 1)
    search = re.compile(pattern.strip().replace("_", r"(?:^|$|[\s,{}()_])")).search
    lines = output.split("\n")
    name = _named(word)[0]
    if name == "include":
        return "\n".join(line for line in lines if search(line))
    if name == "exclude":
        return "\n".join(line for line in lines if not search(line))
    if name == "count":
        found = sum(1 for line in lines if search(line))
        return f"Number of lines which match regexp = {found}"
    if name == "begin":
        first = next((i for i, line in enumerate(lines) if search(line)), len(lines))
        return "\n".join(lines[first:])
    return "\n".join(_section(lines, search))


def _named(word: str) -> list[str]:
    return [name for name in _FILTERS if name.startswith(word.lower())]


def _section(lines: list[str], search: Callable[[str], object]) -> list[str]:
    """Return each matching line with the lines that are deeper than it."""
    kept, inside = [], -1
    for line in lines:
        depth = len(line) - len(line.lstrip())
        if 0 <= inside < depth:
            kept.append(line)
            continue
        inside = depth if search(line) else -1
        if inside >= 0:
            kept.append(line)
    return kept
