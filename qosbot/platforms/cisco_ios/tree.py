"""An IOS configuration as a tree of lines by their indentation.

IOS prints a nested `service-policy` one blank deeper than the lines beside it on some releases
and level with them on others; here it always stands beside them.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

_NOISE = re.compile(
    r"Building configuration\.\.\.|Current configuration : \d+ bytes|Using \d+ out of \d+ bytes.*"
    r"|ntp clock-period \d+|end"
)
_NOISY = frozenset({"Building", "Current", "Using", "ntp", "end"})
_COMMENTS = re.compile(r"\n[^\S\n]*!.*")
"""Whole lines."""
_EMPTY = re.compile(r"\n\n+")
_RARE_BLANKS = "\t\r\v\f\x1c\x1d\x1e\x1f"
_TOP = re.compile(r"\n([^ \t\n\r\v\f\x1c-\x1f]+)")
"""The first word of a line of the first level, once comments are gone."""
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
_LOGIN_TEXT = re.compile("aaa authentication (?:banner|fail-message) ")
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
    __slots__ = ("_children", "_flat", "_is_plain", "below", "raw", "text")

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

    @classmethod
    def printed_as(cls, raw: str, below: str) -> "Section":
        """Return the section of a line as the device prints it, and of what stands below."""
        return cls(_plain(raw.strip()), raw, below)

    @property
    def children(self) -> "list[Section]":
        """Return the lines right below; of most sections of a long text nobody ever asks."""
        if self._children is None:
            self._children = _grown(self.below) if self.below else []
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
        return tuple(_plain(raw.strip()) for raw in self.below.split("\n"))

    def lines(self, depth: int = 0) -> list[str]:
        """Return the line and all below it, each level indented by one blank."""
        return [" " * depth + self.text, *(s for c in self.children for s in c.lines(depth + 1))]


class Heads:
    """The sections of the first level by their first word, each made when somebody asks for it.

    A night reads hundreds of lines about each thing of which an audit knows nothing.
    """

    def __init__(
        self, pieces: Sequence[tuple[str, str]], orphans: Sequence[Section], *, is_plain: bool
    ) -> None:
        self.pieces = pieces
        """First word and whole text of each section, as the device prints it."""
        self.orphans = orphans
        self._is_plain = is_plain
        """Known to have no blanks but those of a device."""
        self._made: list[Section | None] = [None] * len(pieces)
        self.words: defaultdict[str, list[int]] = defaultdict(list)
        """The numbers of the pieces that begin with a word."""
        self._found: dict[str, Sequence[Section]] = {}
        self._beginning: dict[tuple[str, str], list[Section]] = {}
        for number, (word, _) in enumerate(pieces):
            self.words[word].append(number)

    def __getitem__(self, word: str) -> Sequence[Section]:
        """Return the sections that begin with a word, in their order; none where there are none."""
        found = self._found.get(word)
        if found is None:
            found = [one for one in self.orphans if one.text.partition(" ")[0] == word]
            found += map(self.section, self.words.get(word, ()))
            self._found[word] = found
        return found

    def beginning(self, first: str, second: str) -> list[Section]:
        """Return the sections that begin with two words; few of the many `ip` are ever made."""
        known = self._beginning.get((first, second))
        if known is not None:
            return known
        words = f"{first} {second}"
        # Where there may be other blanks the section itself tells.
        may_begin = (words, f"{first}  ") if self._is_plain else first
        found = list(self.orphans)
        found += [
            self.section(number)
            for number in self.words.get(first, ())
            if self.pieces[number][1].startswith(may_begin)
        ]
        found = self._beginning[first, second] = [
            one for one in found if one.text.startswith(f"{words} ")
        ]
        return found

    def printed(self, word: str) -> list[str]:
        """Return the sections that begin with a word as the device prints them."""
        return [self.pieces[number][1] for number in self.words.get(word, ())]

    def section(self, number: int) -> Section:
        """Return the section of one of the pieces."""
        found = self._made[number]
        if found is None:
            raw, _, below = self.pieces[number][1].partition("\n")
            text = _plain(raw if self._is_plain else raw.strip())
            found = Section(text, raw, below, is_plain=self._is_plain)
            self._made[number] = found
        return found

    def holding(self, text: str) -> list[Section]:
        """Return the sections in which a text stands somewhere, in their order."""
        numbers = [number for number, (_, piece) in enumerate(self.pieces) if text in piece]
        return [one for one in self.orphans if text in one.below] + [*map(self.section, numbers)]

    def all(self) -> list[Section]:
        """Return every section, in their order."""
        return [*self.orphans, *map(self.section, range(len(self.pieces)))]


def grow(running: str) -> Section:
    """Return the tree of a configuration; comments, banners and volatile lines are left out."""
    root = Section("")
    root.children = by_head(running).all()
    return root


def by_head(running: str) -> Heads:
    """Return the sections of a configuration, without what `grow` leaves out."""
    if "More" in running:
        running = _PAGER.sub("", running)
    heads = _split(_without_notes(running))
    # Few have texts: to look for them in the whole each time would take longer.
    return _split(_without_notes(_TEXTS.sub("", running))) if _has_texts(heads) else heads


def _split(running: str) -> Heads:
    text = _without_banners(f"\n{running}").rstrip()
    is_plain = _is_plain(text)
    if not is_plain or " \n" in text:
        text = "\n".join([line.rstrip() for line in text.split("\n")])
        is_plain = _is_plain(text)
    if "\n\n" in text:
        text = _EMPTY.sub("\n", text)
    # The first piece is of a section whose head was cut off; a configuration has none.
    cut_off, *rest = _TOP.split(text)
    pieces = [("", cut_off)]
    for first, after in zip(rest[::2], rest[1::2], strict=True):
        if first == "!" and not after:
            continue
        below = _COMMENTS.sub("", after) if "!" in after else after
        printed = first + below
        # Blanks that are none of a device's may be in it.
        word = first if is_plain or first.isascii() else _headline(printed).partition(" ")[0]
        if word[0] != "!" and not (word in _NOISY and _NOISE.fullmatch(_headline(printed))):
            pieces.append((word, printed))
        elif "\n" in below:
            held, above = pieces[-1]
            pieces[-1] = held, above + below[below.index("\n") :]
    (_, orphans), *sections = pieces
    return Heads(sections, _orphans(_COMMENTS.sub("", orphans)[1:]), is_plain=is_plain)


def _is_plain(text: str) -> bool:
    """Return whether it has no blanks but those of a device."""
    return text.isascii() and not any(blank in text for blank in _RARE_BLANKS)


def _orphans(below: str) -> list[Section]:
    orphans = _grown(below) if below else []
    for one in orphans:
        one.below = "\n".join(line.raw for line in one.descendants())
    return orphans


def _headline(printed: str) -> str:
    return _plain(printed.partition("\n")[0].strip())


def _without_notes(running: str) -> str:
    return _TYPED.sub(r"\1", running) if " ! " in running else running


def _has_texts(heads: Heads) -> bool:
    """Return whether there may be texts that only look like configuration."""
    logins = heads.printed("aaa")
    return any(map(heads.printed, ("macro", "menu"))) or any(map(_LOGIN_TEXT.match, logins))


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
    flat = _flat(below)
    if flat is not None:
        return [Section(text, f" {text}") for text in flat]
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


def _flat(below: str, *, is_plain: bool = False) -> list[str] | None:
    """Return the texts of lines that are all of one depth, with no blanks to be collapsed."""
    texts = below[1:].split("\n ")
    if below[0] != " " or "  " in below or not (is_plain or "".join(texts).isprintable()):
        return None
    is_short = len(below) < _LONG or max(map(len, texts)) < _LONG
    return texts if is_short else None


def _plain(text: str) -> str:
    """Return a line with its blanks collapsed; a very long one that is no device's is cut."""
    if "  " in text or "\t" in text:
        text = " ".join(text.split())
    if len(text) > _LONG and (len(text) > _LONGEST or _ENDLESS.search(text)):
        text = f"{text[:_LONG]}…"
    return text
