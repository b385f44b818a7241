"""Editing the configuration line by line, as it is typed and as a stored one is read back."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from qosbot.lab.cli import spelling
from qosbot.lab.cli.grammar import (
    AmbiguousError,
    IncompleteError,
    InvalidInputError,
    Parsed,
    SyntaxRefusalError,
    words_of,
)
from qosbot.lab.cli.modes import GLOBAL, MODES
from qosbot.lab.cli.mqc import Change
from qosbot.lab.cli.rules import Mode, Rule
from qosbot.lab.cli.tree import Entry, Slot, resolve, separated

_ETHERNET = ("FastEthernet", "GigabitEthernet", "TenGigabitEthernet")
_INTERFACE = MODES["config-if"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A section that a session stands in."""

    mode: str
    slot: Slot


TOP = Frame(mode=GLOBAL.name, slot=())

Refuse = Callable[[Entry, Entry, Change], str]
"""Return why the change from one configuration to the other is refused, or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """What a line did."""

    root: Entry
    frames: tuple[Frame, ...]
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A line as some mode of the stack read it."""

    depth: int
    mode: Mode
    rule: Rule
    parsed: Parsed
    removes: bool
    resets: bool
    """`default interface X` empties a section and keeps it."""

    @property
    def order(self) -> tuple[int, tuple[int | str, ...]]:
        return self.mode.ranks[self.parsed.rule], self.rule.key(self.parsed)


def edit(root: Entry, frames: tuple[Frame, ...], line: str, refuse: Refuse) -> Edited:
    """Return the configuration after a line and the section that the session is then in.

    Raises:
        SyntaxRefusalError: if no mode of the stack knows the line.
    """
    read = _read(frames, line)
    after = root.copy()
    inside, change = _apply(after, frames, read)
    if said := refuse(root, after, change):
        return Edited(root=root, frames=frames[: read.depth + 1], said=said)
    return Edited(root=after, frames=inside)


def next_words(frames: tuple[Frame, ...], line: str) -> tuple[str, ...]:
    """Return what may follow a beginning in the innermost mode that knows it."""
    for frame in reversed(frames):
        if found := MODES[frame.mode].grammar.next_words(line):
            return found
    return ()


def load(lines: Iterable[str], physical: Mapping[str, float]) -> tuple[Entry, tuple[str, ...]]:
    """Return the configuration that a text describes, with the lines that were not understood.

    Nothing is refused: a stored configuration may name what it defines later.
    """
    root = Entry(line="", slot=())
    for name in physical:
        _apply(root, (TOP,), _read((TOP,), f"interface {name}"))
    frames: tuple[Frame, ...] = (TOP,)
    unknown = []
    for raw in lines:
        line = raw.strip()
        if line.startswith("!") or not line or line == "end":
            continue
        try:
            stack = frames if raw.startswith(" ") else (TOP,)
            frames, _ = _apply(root, stack, _read(stack, line))
        except SyntaxRefusalError:
            unknown.append(raw.rstrip())
            if not raw.startswith(" "):
                frames = (TOP,)
    return root, tuple(unknown)


def text_of(root: Entry) -> str:
    """Return the canonical text of a configuration, ending with `end`."""
    return "\n".join(separated(with_defaults(root))) + "\n"


def with_defaults(root: Entry) -> Entry:
    """Return the configuration with the lines that IOS shows though nobody typed them."""
    shown = root.copy()
    for section in shown.under("interface"):
        _show_defaults(section)
    return shown


def _show_defaults(section: Entry) -> None:
    """Put in what an interface shows where nothing else is said."""
    defaults = {"ip address 0.0.0.0 0.0.0.0": "no ip address"}
    if section.child("ip", "unnumbered") is not None:
        defaults = {}
    if section.slot[1].startswith(_ETHERNET) and "." not in section.slot[1]:
        defaults |= {"duplex auto": "duplex auto", "speed auto": "speed auto"}
    for typed, line in defaults.items():
        parsed = _INTERFACE.grammar.parse(typed)
        if section.child(*parsed.slot) is None:
            rank = _INTERFACE.ranks[parsed.rule]
            section.put(Entry(line=line, slot=parsed.slot, order=(rank, ())))


def _read(frames: tuple[Frame, ...], line: str) -> _Read:
    tokens = words_of(line)
    removes = tokens[0][1].lower() in {"no", "default"}
    if removes and len(tokens) == 1:
        raise IncompleteError
    offset = tokens[1][0] if removes else 0
    furthest: InvalidInputError | None = None
    for depth in reversed(range(len(frames))):
        mode = MODES[frames[depth].mode]
        try:
            parsed = mode.grammar.parse(line, offset, negated=removes)
        except InvalidInputError as error:
            if furthest is None or error.at > furthest.at:
                furthest = error
            continue
        rule = mode.rules[parsed.rule]
        if rule.only_removed and not removes:
            raise IncompleteError
        is_default = tokens[0][1].lower() == "default"
        resets = is_default and mode is GLOBAL and parsed.words[0] == "interface"
        removes = removes and not resets and not (is_default and rule.shows_no)
        return _Read(
            depth=depth, mode=mode, rule=rule, parsed=parsed, removes=removes, resets=resets
        )
    raise furthest or AmbiguousError


def _apply(root: Entry, frames: tuple[Frame, ...], read: _Read) -> tuple[tuple[Frame, ...], Change]:
    """Change a configuration in place; return where the session then is, and what was done."""
    inside = frames[: read.depth + 1]
    path = tuple(frame.slot for frame in inside[1:])
    text, slot = read.rule.spell(read.parsed)
    parent = resolve(root, path)
    if parent is None:
        inside = (TOP,)
    elif read.resets:
        for held in parent.children:
            held.children = [] if held.slot == slot else held.children
    elif read.removes:
        _unset(parent, read, slot)
    else:
        inside = _set(parent, read, inside, text, slot)
    change = Change(
        mode=read.mode.name, path=path, slot=slot, line=text or "", removes=read.removes
    )
    return inside, change


def _set(
    parent: Entry, read: _Read, frames: tuple[Frame, ...], text: str | None, slot: Slot
) -> tuple[Frame, ...]:
    rule = read.rule
    if text is None:
        parent.drop(slot)
        return frames
    held = parent.child(*slot)
    if held is not None and slot[0] == "class-map" and len(read.parsed.words) == len(slot):
        text = held.line
    entry = parent.put(Entry(
        line=text, slot=slot, order=read.order, mode=rule.enters, indent=rule.indent,
        apart=rule.apart,
    ))  # fmt: skip
    if "insert-before" in read.parsed.words and held is None:
        parent.put_before(entry, ("class", read.parsed.words[-1]))
    if rule.becomes:
        parent.mode = rule.becomes
        return (*frames[:-1], Frame(mode=rule.becomes, slot=frames[-1].slot))
    if slot == ("police",):
        _set_actions(entry, read.parsed)
        if any(word.endswith("-action") for word in read.parsed.words):
            return frames
    return (*frames, Frame(mode=entry.mode, slot=slot)) if rule.enters else frames


def _set_actions(entry: Entry, parsed: Parsed) -> None:
    """Write a policer's actions below it: those of its own line, or the defaults."""
    mode = MODES[entry.mode]
    entry.children = []
    for line in spelling.police_actions(parsed):
        action = mode.grammar.parse(line)
        entry.put(Entry(
            line=line, slot=action.slot, order=(mode.ranks[action.rule], ()),
            indent=mode.rules[action.rule].indent,
        ))  # fmt: skip


def _unset(parent: Entry, read: _Read, slot: Slot) -> None:
    rule = read.rule
    if rule.shows_no:
        parent.put(Entry(line=f"no {' '.join(read.parsed.words)}", slot=slot, order=read.order))
    elif rule.verbatim:
        parent.drop_starting(" ".join(read.parsed.words))
    elif slot[0] == "access-list":
        parent.children = [c for c in parent.children if c.slot[:2] != slot[:2]]
    else:
        parent.drop(slot)
        if slot[:2] == ("ip", "sla"):
            parent.drop(("ip", "sla", "schedule", slot[-1]))
