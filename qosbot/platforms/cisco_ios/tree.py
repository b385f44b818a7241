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
_RARE = frozenset("BCUne")
_COMMENTS = re.compile(r"\n[^\S\n]*(?:!.*)?(?=\n|\Z)")
"""Whole lines, and empty ones."""
_TOP = re.compile(r"\n(?=[^ \t\r\v\f\x1c-\x1f])")
"""Before a line of the first level, once comments are gone."""
_FLAT = re.compile(r" \S.{0,252}(?:\n \S.{0,252})*")
"""Lines of one depth."""
_BANNER = re.compile(r"banner (?:\S+ )?(?P<mark>\^\S|[^\w\s])(?P<rest>.*)")
_TEXTS = re.compile(
    r"^(?:macro name [^\n]*\n.*?^@[ \r]*$|(?:aaa authentication (?:banner|fail-message)"
    r"|menu \S+ (?:title|prompt)) (?P<mark>\^\S|[^\w\s]).*?(?P=mark)[^\n]*$)",
    re.MULTILINE | re.DOTALL,
)
"""Kept by the device for people, or to be typed one day, and no configuration."""
_TYPED = re.compile(
    r"^((?![^\S\n]*(?:description|remark|alias)\b)[^\n!]*[^\s!])[^\S\n]+![^\S\n][^\n]*$",
    re.MULTILINE,
)
"""What somebody noted behind a line that is to be typed; a device prints nothing of the kind."""
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
    __slots__ = ("_children", "below", "raw", "text")

    def __init__(self, text: str, raw: str = "", below: str = "") -> None:
        self.text = text
        self.raw = raw
        """The line as the device prints it; empty for one that is only meant."""
        self.below = below
        """What the device prints below a line of the first level."""
        self._children: list[Section] | None = None

    @property
    def children(self) -> "list[Section]":
        """Return the lines right below; of most sections of a long text nobody ever asks."""
        if self._children is None:
            self._children = _grown(self.below) if self.below else []
        return self._children

    @children.setter
    def children(self, lines: "list[Section]") -> None:
        self._children = lines

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
        return tuple(_plain(raw.strip()) for raw in self.below.split("\n"))

    def lines(self, depth: int = 0) -> list[str]:
        """Return the line and all below it, each level indented by one blank."""
        return [" " * depth + self.text, *(s for c in self.children for s in c.lines(depth + 1))]


Heads = Mapping[str, Sequence[Section]]
"""By the first word; a word that is not there has none."""


def grow(running: str) -> Section:
    """Return the tree of a configuration; comments, banners and volatile lines are left out."""
    text = _COMMENTS.sub("", _without_banners(f"\n{_legible(running)}"))
    # The first piece is of a section whose head was cut off; a configuration has none.
    cut_off, *tops = _TOP.split(text)
    root = holder = Section("", below=cut_off[1:])
    found = []
    for top in tops:
        raw, _, below = top.partition("\n")
        text = _plain(raw.strip())
        if text[0] in _RARE and _NOISE.fullmatch(text):
            holder.below = f"{holder.below}\n{below}".strip("\n")
            continue
        holder = Section(text, raw, below)
        found.append(holder)
    for one in root.children:
        one.below = "\n".join(line.raw for line in one.descendants())
    root.children += found
    return root


def _legible(running: str) -> str:
    """Leave out what a terminal adds, and texts that only look like configuration."""
    if "More-" in running or "More -" in running:
        running = _PAGER.sub("", running)
    if any(begin in running for begin in _MAY_BE_TEXT):
        running = _TEXTS.sub("", running)
    if " ! " in running:
        running = _TYPED.sub(r"\1", running)
    return running


def _without_banners(text: str) -> str:
    """Leave out what a device says to people; each line begins with its line break."""
    at = text.find("\nbanner ")
    while at >= 0:
        banner = _BANNER.match(text, at + 1)
        end = text.find("\n", at + 1)
        if banner is not None:
            if end >= 0 and banner["mark"] not in banner["rest"]:
                closing = text.find(banner["mark"], end)
                end = text.find("\n", closing) if closing >= 0 else -1
            text = text[:at] + (text[end:] if end >= 0 else "")
            end = at
        at = text.find("\nbanner ", end) if end >= 0 else -1
    return text


def _grown(below: str) -> list[Section]:
    """Return the tree of lines that are all indented."""
    if "  " not in below and "\t" not in below and _FLAT.fullmatch(below):
        return [Section(raw.strip(), raw) for raw in below.split("\n")]
    top = Section("")
    depths, holders, sisters = [0], [top], top.children
    blanks_before = 0
    for raw in below.split("\n"):
        text = _plain(raw.strip())
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


def _plain(text: str) -> str:
    """Return a line with its blanks collapsed; a very long one that is no device's is cut."""
    if "  " in text or "\t" in text:
        text = " ".join(text.split())
    if len(text) > _LONG and (len(text) > _LONGEST or _ENDLESS.search(text)):
        text = f"{text[:_LONG]}…"
    return text


def by_head(root: Section) -> Heads:
    """Return the sections of the first level by their first word, each in its order."""
    found: defaultdict[str, list[Section]] = defaultdict(list)
    for section in root.children:
        found[section.text.partition(" ")[0]].append(section)
    return found
