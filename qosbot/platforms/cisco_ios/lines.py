"""Configuration lines as they are typed: what is in force already, and what they would make.

Lines are indented as in a running configuration, so that a text says which section each stands
in.  IOS answers the same line twice without complaint, but a header whose section somebody has
deleted would make an empty one: so what need not be typed is left out.
"""

import re
from collections.abc import Iterable

from qosbot.platforms.cisco_ios.sections import Section
from qosbot.platforms.cisco_ios.tree import grow
from qosbot.platforms.cisco_ios.words import dscp_match

_SLOT = re.compile(
    r"(?:priority|bandwidth|shape|service-policy(?: output)?|voice-class codec"
    r"|codec(?: preference \d+)?)(?= )"
)
"""What a line sets; a later line with the same beginning takes its place."""


def in_force(lines: Iterable[str], running: str) -> bool:
    """Return whether nothing of these lines is left to type."""
    return not pending(lines, running)


def pending(lines: Iterable[str], running: str, *, creates: bool = True) -> tuple[str, ...]:
    """Return the lines that still have to be typed, with the headers that they stand below.

    Args:
        lines: apply or undo lines.
        running: the configuration as it is.
        creates: whether a missing section may be made; an undo restores, it makes none.
    """
    return tuple(_pending(grow("\n".join(lines)), grow(running), depth=0, creates=creates))


def preview(running: Section, lines: Iterable[str]) -> Section:
    """Return what a configuration will be; for diffs and arithmetic, never instead of a look."""
    after = grow("\n".join(running.lines()))
    _put(after, grow("\n".join(lines)))
    return after


def _pending(wanted: Section, held: Section, *, depth: int, creates: bool) -> list[str]:
    texts = [line.text for line in wanted.children]
    # `no X` before `X` moves X behind its sisters, which matters only if one of them is missing.
    moved = {text for i, text in enumerate(texts) if f"no {text}" in texts[:i]}
    found: list[str] = []
    moves = False
    for line in wanted.children:
        is_move = line.text.removeprefix("no ") in moved
        if is_move and _find(held, line.text.removeprefix("no ")) is not None:
            found += [" " * depth + line.text] if moves else []
            continue
        left = _left_of(line, held, depth=depth, creates=creates) if not is_move else []
        if is_move and not line.text.startswith("no "):
            left = _indented(line, depth)
        moves = moves or bool(left)
        found += left
    return found


def _left_of(line: Section, held: Section, *, depth: int, creates: bool) -> list[str]:
    """Return what is left to type of one line and of those below it."""
    text = " " * depth + line.text
    if line.text.startswith("no "):
        return [text] if _find(held, line.text.removeprefix("no ")) is not None else []
    found = _find(held, line.text)
    if found is None:
        return _indented(line, depth) if creates or (depth and not line.children) else []
    below = _pending(line, found, depth=depth + 1, creates=creates)
    return [text, *below] if below else []


def _indented(line: Section, depth: int) -> list[str]:
    """Return a line with those below it, for a section that is not there yet."""
    below = (text for one in line.children for text in _indented(one, depth + 1))
    return [] if line.text.startswith("no ") else [" " * depth + line.text, *below]


def _find(held: Section, text: str) -> Section | None:
    """Return the line that says what `text` says, however IOS has spelled it."""
    return next((one for one in held.children if same(one.text, text)), None)


def same(one: str, other: str) -> bool:
    """Return whether two lines mean the same."""
    if one == other:
        return True
    words = one.split(), other.split()
    if all(line[:1] == ["match"] for line in words):
        matches = [dscp_match(line[1:]) for line in words]
        return matches[0] is not None and matches[0] == matches[1]
    # Some releases print the bursts that they have chosen behind the rate.
    return other.startswith("shape average ") and one.startswith(f"{other} ")


def _put(held: Section, wanted: Section) -> None:
    for line in wanted.children:
        if line.text.startswith("no "):
            gone = line.text.removeprefix("no ")
            held.children = [
                one
                for one in held.children
                if not (same(one.text, gone) or f"{one.text} ".startswith(f"{gone} "))
            ]
            continue
        found = _find(held, line.text)
        if found is None:
            found = Section(line.text)
            _insert(held, found)
        _put(found, line)


def _insert(held: Section, line: Section) -> None:
    slot = _SLOT.match(line.text)
    for i, one in enumerate(held.children):
        other = _SLOT.match(one.text)
        if slot is not None and other is not None and other[0] == slot[0]:
            held.children[i] = line
            return
    last = [one.text for one in held.children[-1:]] == ["class class-default"]
    at = len(held.children) - 1 if last and line.text.startswith("class ") else len(held.children)
    held.children.insert(at, line)
