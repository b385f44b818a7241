"""An IOS configuration as a tree of lines by their indentation.

IOS prints a nested `service-policy` one blank deeper than the lines beside it on some releases
and level with them on others; here it always stands beside them.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

_NOISE = re.compile(
    r"Building configuration\.\.\.|Current configuration : \d+ bytes|Using \d+ out of \d+ bytes.*"
    r"|ntp clock-period \d+|end"
)
_RARE = frozenset("BCUneb")
_BANNER = re.compile(r"banner (?:\S+ )?(?P<mark>\^\S|[^\w\s])(?P<rest>.*)")
_TEXTS = re.compile(
    r"^(?:macro name [^\n]*\n.*?^@[ \r]*$|(?:aaa authentication (?:banner|fail-message)"
    r"|menu \S+ (?:title|prompt)) (?P<mark>\^\S|[^\w\s]).*?(?P=mark)[^\n]*$)",
    re.MULTILINE | re.DOTALL,
)
"""Kept by the device for people, or to be typed one day, and no configuration."""
_MAY_BE_TEXT = ("\nmacro name ", "\naaa authentication banner ", "-message ", "\nmenu ")
_PAGER = re.compile(
    r" ?(?:--More--|<--- More --->) ?(?:\x08+ *\x08*|\r? *\r(?!\n)|\x1b\[\d*[KJ]| {8}(?!$))?",
    re.MULTILINE,
)
"""What a terminal shows between two pages, with what wipes it out again."""
_LONG, _LONGEST = 254, 10_000
_ENDLESS = re.compile(r"\d{19}")
"""IOS takes 254 characters a line; a longer one with such a number is no figure of a device."""
_DEEPEST = 32
"""Blanks; what claims to stand deeper is put beside its neighbour."""
_LEAF = re.compile(
    r"(?:no )?(?:shape|priority|bandwidth|queue-limit|fair-queue|set|random-detect)\b"
)


class Section:
    """A line, its blanks collapsed, with the lines that are deeper than it."""

    # A plain class: a night reads hundreds of thousands of lines, and a dataclass takes twice
    # as long to make one.
    __slots__ = ("children", "raw", "text")

    def __init__(self, text: str, raw: str = "") -> None:
        self.text = text
        self.children: list[Section] = []
        self.raw = raw
        """The line as the device prints it; empty for one that is only meant."""

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

    def lines(self, depth: int = 0) -> list[str]:
        """Return the line and all below it, each level indented by one blank."""
        return [" " * depth + self.text, *(s for c in self.children for s in c.lines(depth + 1))]


Heads = Mapping[str, Sequence[Section]]
"""By the first word; a word that is not there has none."""


def grow(running: str) -> Section:
    """Return the tree of a configuration; comments, banners and volatile lines are left out."""
    root = Section("")
    depths, holders = [-1], [root]
    closing = ""
    for raw in _legible(running).split("\n"):
        text = raw.strip()
        if closing:
            closing = "" if closing in raw else closing
            continue
        if not text or text[0] == "!":
            continue
        if "  " in text or "\t" in text:
            text = " ".join(text.split())
        if len(text) > _LONG and (len(text) > _LONGEST or _ENDLESS.search(text)):
            text = f"{text[:_LONG]}…"
        depth = 0 if raw[0] > " " else min(len(raw) - len(raw.lstrip()), _DEEPEST)
        if not depth and text[0] in _RARE:
            mark = _left_out(raw, text)
            if mark is not None:
                closing = mark
                continue
        while depths[-1] >= depth:
            depths.pop()
            holders.pop()
        if text[0] == "s" and text.startswith("service-policy ") and _LEAF.match(holders[-1].text):
            depths.pop()
            holders.pop()
        section = Section(text, raw)
        holders[-1].children.append(section)
        depths.append(depth)
        holders.append(section)
    return root


def _legible(running: str) -> str:
    """Leave out what a terminal adds, and texts that only look like configuration."""
    if "More-" in running or "More -" in running:
        running = _PAGER.sub("", running)
    if any(begin in running for begin in _MAY_BE_TEXT):
        running = _TEXTS.sub("", running)
    return running


def by_head(root: Section) -> Heads:
    """Return the sections of the first level by their first word, each in its order."""
    found: defaultdict[str, list[Section]] = defaultdict(list)
    for section in root.children:
        found[section.text.partition(" ")[0]].append(section)
    return found


def _left_out(raw: str, text: str) -> str | None:
    """Return what ends a text that is not configuration, "" if it is one line; else None."""
    if _NOISE.fullmatch(text):
        return ""
    banner = _BANNER.match(raw)
    if banner is None:
        return None
    return "" if banner["mark"] in banner["rest"] else banner["mark"]
