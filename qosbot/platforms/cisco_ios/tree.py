"""An IOS configuration as a tree of lines by their indentation.

IOS prints a nested `service-policy` one blank deeper than the lines beside it on some releases
and level with them on others; here it always stands beside them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_NOISE = re.compile(
    r"Building configuration\.\.\.|Current configuration : \d+ bytes|Using \d+ out of \d+ bytes.*"
    r"|ntp clock-period \d+|end"
)
_BANNER = re.compile(r"banner (?:\S+ )?(?P<mark>\^\S|[^\w\s])(?P<rest>.*)")
_LEAF = re.compile(
    r"(?:no )?(?:shape|priority|bandwidth|queue-limit|fair-queue|set|random-detect)\b"
)


@dataclass(slots=True, kw_only=True)
class Section:
    """A line, its blanks collapsed, with the lines that are deeper than it."""

    text: str
    children: list["Section"] = field(default_factory=list)

    @property
    def words(self) -> list[str]:
        """Return the words of the line."""
        return self.text.split()

    def under(self, head: str) -> Iterator["Section"]:
        """Yield the children that begin with these words."""
        return (one for one in self.children if f"{one.text} ".startswith(f"{head} "))

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

    def lines(self, depth: int = 0) -> list[str]:
        """Return the line and all below it, each level indented by one blank."""
        return [" " * depth + self.text, *(s for c in self.children for s in c.lines(depth + 1))]


def grow(running: str) -> Section:
    """Return the tree of a configuration; comments, banners and volatile lines are left out."""
    root = Section(text="")
    stack: list[tuple[int, Section]] = [(-1, root)]
    closing = ""
    for raw in running.splitlines():
        if closing:
            closing = "" if closing in raw else closing
            continue
        text = " ".join(raw.split())
        if not text or text.startswith("!") or _NOISE.fullmatch(text):
            continue
        if banner := _BANNER.match(raw):
            closing = "" if banner["mark"] in banner["rest"] else banner["mark"]
            continue
        depth = len(raw) - len(raw.lstrip())
        while stack[-1][0] >= depth:
            stack.pop()
        if text.startswith("service-policy ") and _LEAF.match(stack[-1][1].text):
            stack.pop()
        section = Section(text=text)
        stack[-1][1].children.append(section)
        stack.append((depth, section))
    return root
