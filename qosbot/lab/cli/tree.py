"""The configuration as a tree of entries; text is only how it is typed and shown."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

Slot = tuple[str, ...]
"""What an entry sets; a later line with the same slot takes its place."""

Order = tuple[int, tuple[int | str, ...]]
"""Where an entry stands among its siblings; equals stand as they were typed."""


@dataclass(slots=True, kw_only=True)
class Entry:
    """One line of the configuration with the lines below it."""

    line: str
    slot: Slot
    order: Order = (0, ())
    mode: str = ""
    """The mode of the lines below; empty for a line that has none."""
    indent: int = 1
    """How many blanks deeper than its parent it is shown."""
    apart: bool = False
    """Shown with a separator after it, even before one of its own kind."""
    children: list["Entry"] = field(default_factory=list)

    def copy(self) -> "Entry":
        """Return the entry with copies of all below it."""
        return Entry(
            line=self.line,
            slot=self.slot,
            order=self.order,
            mode=self.mode,
            indent=self.indent,
            apart=self.apart,
            children=[child.copy() for child in self.children],
        )

    def child(self, *slot: str) -> "Entry | None":
        """Return the entry that sets a slot."""
        return next((child for child in self.children if child.slot == slot), None)

    def under(self, *head: str) -> Iterator["Entry"]:
        """Yield the children whose slots begin with some words."""
        return (child for child in self.children if child.slot[: len(head)] == head)

    def put(self, entry: "Entry") -> "Entry":
        """Set a slot: change the entry that has it, or add one in its place; return it."""
        held = self.child(*entry.slot)
        if held is not None:
            held.line, held.mode = entry.line, held.mode or entry.mode
            return held
        at = len(self.children)
        while at and self.children[at - 1].order > entry.order:
            at -= 1
        self.children.insert(at, entry)
        return entry

    def put_before(self, entry: "Entry", slot: Slot) -> None:
        """Move an entry before the one that sets a slot, if there is one."""
        at = next((i for i, child in enumerate(self.children) if child.slot == slot), None)
        if at is not None:
            self.children.remove(entry)
            self.children.insert(at, entry)

    def drop(self, slot: Slot) -> None:
        """Unset a slot."""
        self.children = [child for child in self.children if child.slot != slot]

    def drop_starting(self, words: str) -> None:
        """Unset every line that begins with some words."""
        self.children = [
            child for child in self.children if not f"{child.line} ".startswith(f"{words} ")
        ]

    def words(self) -> list[str]:
        """Return the words of the line."""
        return self.line.split()


def resolve(root: Entry, path: Iterable[Slot]) -> Entry | None:
    """Return the entry at a path of slots, None where it is gone."""
    found: Entry | None = root
    for slot in path:
        found = found.child(*slot) if found is not None else None
    return found


def render(entries: Sequence[Entry], depth: int = 0) -> list[str]:
    """Return the lines of entries and of all below them, indented."""
    lines: list[str] = []
    for entry in entries:
        inner = depth + entry.indent
        lines.append(" " * inner + entry.line)
        lines += render(entry.children, inner)
    return lines


def separated(root: Entry) -> list[str]:
    """Return the whole configuration's lines, with `!` between its parts."""
    lines = ["!"]
    last: Entry | None = None
    for entry in root.children:
        if last is not None and (last.apart or last.order[0] != entry.order[0]):
            lines.append("!")
        lines.append(entry.line)
        lines += render(entry.children)
        last = entry
    return [*lines, "!", "end"]
