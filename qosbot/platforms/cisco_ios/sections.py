"""A line of an IOS configuration with the lines that stand below it, by their indentation.

IOS prints a nested `service-policy` one blank deeper than the lines beside it on some releases
and level with them on others; here it always stands beside them.
"""

import re
from collections.abc import Iterator

_LONG, _LONGEST = 254, 10_000
_ENDLESS = re.compile(r"\d{19}")
"""IOS takes 254 characters a line; a longer one with such a number is no figure of a device."""
_DEEPEST = 32
"""Blanks; what claims to stand deeper is put beside its neighbour."""
_LEAF = re.compile(
    r"(?:no )?(?:shape|priority|bandwidth|queue-limit|fair-queue|set|random-detect)\b"
)


_ADDRESS = re.compile(r"\n ip address .*")
_ADDRESS_6 = re.compile(r"\n ipv6 address .*")


class Section:
    """A line, its blanks collapsed, with the lines that are deeper than it."""

    # A plain class: a night reads hundreds of thousands of lines, and a dataclass takes twice
    # as long to make one.
    __slots__ = ("_children", "_flat", "_is_plain", "_unaddressed", "below", "raw", "text")

    def __init__(
        self, text: str, raw: str = "", below: str = "", *, is_plain: bool = False
    ) -> None:
        self.text = text
        self.raw = raw
        """The line as the device prints it; empty for one that is only meant."""
        self.below = below
        """What the device prints below a line of the first level."""
        self._is_plain = is_plain
        """Known to have no blanks but those of a device; else it is looked for."""
        self._children: list[Section] | None = None
        self._flat: list[str] | None = None
        self._unaddressed: str | None = None

    @classmethod
    def printed_as(cls, raw: str, below: str) -> "Section":
        """Return the section of a line as the device prints it, and of what stands below."""
        return cls(collapsed(raw.strip()), raw, below)

    @property
    def children(self) -> "list[Section]":
        """Return the lines right below; of most sections of a long text nobody ever asks."""
        if self._children is None:
            self._children = grown(self.below) if self.below else []
        return self._children

    @children.setter
    def children(self, lines: "list[Section]") -> None:
        self._children, self._flat = lines, None

    @property
    def flat(self) -> list[str] | None:
        """Return the texts of the lines below, made for nobody else; None where some are deeper."""
        if self._flat is None and self._children is None and self.below:
            self._flat = _flat(self.below, is_plain=self._is_plain)
        return self._flat

    @property
    def unaddressed(self) -> str:
        """Return what stands below a port but for its addresses, so that it is like many others."""
        if self._unaddressed is None:
            lines = _ADDRESS.sub("\n ip address -", f"\n{self.below}")
            if "\n ipv6 address " in lines:
                lines = _ADDRESS_6.sub("\n ipv6 address -", lines)
            self._unaddressed = lines[1:]
        return self._unaddressed

    @property
    def texts(self) -> list[str]:
        """Return the texts of the lines right below; where none is deeper, no line is made."""
        flat = self.flat
        return flat if flat is not None else [one.text for one in self.children]

    @property
    def parents(self) -> "list[Section]":
        """Return the lines right below that have lines below them."""
        return [] if self.flat is not None else [one for one in self.children if one.children]

    @property
    def words(self) -> list[str]:
        """Return the words of the line."""
        return self.text.split()

    def under(self, head: str) -> Iterator["Section"]:
        """Yield the children that begin with these words."""
        begins = f"{head} "
        return (one for one in self.children if one.text.startswith(begins) or one.text == head)

    def child(self, head: str) -> "Section | None":
        """Return the first child that begins with these words."""
        return next(self.under(head), None)

    def at(self, path: tuple[str, ...]) -> "Section | None":
        """Return the section at a path of whole lines."""
        found: Section | None = self
        for text in path:
            found = next((o for o in found.children if o.text == text), None) if found else None
        return found

    def descendants(self) -> Iterator["Section"]:
        """Yield every line below this one, in order."""
        for one in self.children:
            yield one
            yield from one.descendants()

    @property
    def printed(self) -> tuple[str, ...]:
        """Return the text of every line below one of the first level, in order."""
        flat = self.flat
        if flat is not None:
            return tuple(flat)
        return tuple(collapsed(raw.strip()) for raw in self.below.split("\n"))

    def lines(self, depth: int = 0) -> list[str]:
        """Return the line and all below it, each level indented by one blank."""
        return [" " * depth + self.text, *(s for c in self.children for s in c.lines(depth + 1))]


def grown(below: str) -> list[Section]:
    """Return the tree of lines that are all indented."""
    flat = _flat(below)
    if flat is not None:
        return [Section(text, f" {text}") for text in flat]
    top = Section("")
    depths, holders, sisters = [0], [top], top.children
    blanks_before = 0
    for raw in below.split("\n"):
        text = collapsed(raw.strip())
        section = Section(text, raw)
        blanks = len(raw) - len(raw.lstrip())
        is_policy = text.startswith("service-policy ")
        if blanks == blanks_before and not is_policy:
            holders[-1] = section
        else:
            blanks_before, depth = blanks, min(blanks, _DEEPEST)
            while depths[-1] >= depth:
                depths.pop()
                holders.pop()
            if is_policy and _LEAF.match(holders[-1].text):
                depths.pop()
                holders.pop()
            sisters = holders[-1].children
            depths.append(depth)
            holders.append(section)
        sisters.append(section)
    return top.children


def _flat(below: str, *, is_plain: bool = False) -> list[str] | None:
    """Return the texts of lines that are all of one depth, with no blanks to be collapsed."""
    texts = below[1:].split("\n ")
    if below[0] != " " or "  " in below or not (is_plain or "".join(texts).isprintable()):
        return None
    is_short = len(below) < _LONG or max(map(len, texts)) < _LONG
    return texts if is_short else None


def collapsed(text: str) -> str:
    """Return a line with its blanks collapsed; a very long one that is no device's is cut."""
    if "  " in text or "\t" in text:
        text = " ".join(text.split())
    if len(text) > _LONG and (len(text) > _LONGEST or _ENDLESS.search(text)):
        text = f"{text[:_LONG]}…"
    return text
