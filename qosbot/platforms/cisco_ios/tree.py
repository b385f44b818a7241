"""An IOS configuration as its sections, without what is none: comments, banners, texts, pagers."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

from qosbot.platforms.cisco_ios.sections import Section, collapsed, grown

_NOISE = re.compile(
    r"Building configuration\.\.\.|Current configuration : \d+ bytes|Using \d+ out of \d+ bytes.*"
    r"|ntp clock-period \d+|end"
)
_NOISY = frozenset({"Building", "Current", "Using", "ntp", "end"})
_COMMENTS = re.compile(r"\0\s*![^\0]*")
"""Whole lines of a piece."""
_RARE_BLANKS = "\t\r\v\f\x1c\x1d\x1e\x1f"
_DEEPER = re.compile(r"\n(?=[ \t\r\v\f\x1c-\x1f])")
_FIRST_WORD = re.compile(r"[^ \t\0\r\v\f\x1c-\x1f]+")
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
_TEXT_BEGINS = re.compile(
    r"macro name\b|menu \S+ (?:title|prompt)\b|aaa authentication (?:banner|fail-message)\b"
)
_PAGER = re.compile(
    r" ?(?:--More--|<--- More --->) ?(?:\x08+ *\x08*|\r? *\r(?!\n)|\x1b\[\d*[KJ]| {8}(?!$))?",
    re.MULTILINE,
)
"""What a terminal shows between two pages, with what wipes it out again."""


class Heads:
    """The sections of the first level by their first word, each made when somebody asks for it.

    A night reads hundreds of lines about each thing of which an audit knows nothing.
    """

    def __init__(
        self,
        pieces: Sequence[str],
        words: Mapping[str, Sequence[int]],
        orphans: Sequence[Section],
        *,
        is_plain: bool,
    ) -> None:
        self.pieces = pieces
        """Each section as the device prints it, but `\\0` for the line breaks in it."""
        self.words = words
        """The numbers of the pieces that begin with a word."""
        self.orphans = orphans
        self._is_plain = is_plain
        """Known to have no blanks but those of a device."""
        self._made: list[Section | None] = [None] * len(pieces)
        self._found: dict[str, Sequence[Section]] = {}
        self._beginning: dict[tuple[str, str], list[Section]] = {}

    def __getitem__(self, word: str) -> Sequence[Section]:
        """Return the sections that begin with a word, in their order; none where there are none."""
        found = self._found.get(word)
        if found is None:
            if word not in self.words and not self.orphans:
                return ()
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
        may_begin = (words, f"{first}  ") if self._is_plain else ""
        found = list(self.orphans)
        found += [
            self.section(number)
            for number in self.words.get(first, ())
            if self.pieces[number].startswith(may_begin)
        ]
        found = self._beginning[first, second] = [
            one for one in found if one.text.startswith(f"{words} ")
        ]
        return found

    def headlines(self, word: str) -> tuple[str, ...]:
        """Return the lines that begin with a word, blanks as they are, without what is below."""
        orphans = [one.text for one in self.orphans if one.text.partition(" ")[0] == word]
        pieces = [self.pieces[number] for number in self.words.get(word, ())]
        return (*orphans, *[piece.partition("\0")[0] for piece in pieces])

    def section(self, number: int) -> Section:
        """Return the section of one of the pieces."""
        found = self._made[number]
        if found is None:
            raw, _, below = self.pieces[number].partition("\0")
            text = collapsed(raw if self._is_plain else raw.strip())
            below = below.replace("\0", "\n")
            found = self._made[number] = Section(text, raw, below, is_plain=self._is_plain)
        return found

    def holding(self, text: str) -> list[Section]:
        """Return the sections in which a text stands somewhere, in their order."""
        numbers = [number for number, piece in enumerate(self.pieces) if text in piece]
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
    if "\0" in running:
        running = running.replace("\0", "")
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
    # Only line breaks between sections are left; few sections are ever read line by line.
    text = text.replace("\n ", "\0 ") if is_plain else _DEEPER.sub("\0", text)
    # The first piece is of a section whose head was cut off; a configuration has none.
    cut_off, *printed = text.split("\n")
    pieces: list[str] = []
    words: defaultdict[str, list[int]] = defaultdict(list)
    headless: defaultdict[int, list[str]] = defaultdict(list)
    for piece in printed:
        if not piece or piece == "!":
            continue
        kept = _COMMENTS.sub("", piece) if "!" in piece else piece
        word = kept.partition(" ")[0].rstrip("\0") if is_plain else _first_word(kept)
        is_noise = word in _NOISY and _NOISE.fullmatch(_headline(kept)) is not None
        if is_noise or not word or word[0] == "!":
            # What stands below it belongs to what stands before it.
            headless[len(pieces)].append(kept[len(kept.partition("\0")[0]) :])
        else:
            words[word].append(len(pieces))
            pieces.append(kept)
    for number, parts in headless.items():
        if number:
            pieces[number - 1] += "".join(parts)
        else:
            cut_off += "".join(parts)
    orphans = _orphans(_COMMENTS.sub("", cut_off)[1:].replace("\0", "\n"))
    return Heads(pieces, words, orphans, is_plain=is_plain)


def _is_plain(text: str) -> bool:
    """Return whether it has no blanks but those of a device."""
    return text.isascii() and not any(blank in text for blank in _RARE_BLANKS)


def _orphans(below: str) -> list[Section]:
    orphans = grown(below) if below else []
    for one in orphans:
        one.below = "\n".join(line.raw for line in one.descendants())
    return orphans


def _first_word(piece: str) -> str:
    """Return the first word of a piece that may have other blanks than those of a device."""
    found = _FIRST_WORD.match(piece)
    word = found[0] if found is not None else ""
    return word if word.isascii() else _headline(piece).partition(" ")[0]


def _headline(piece: str) -> str:
    return collapsed(piece.partition("\0")[0].strip())


def _without_notes(running: str) -> str:
    return _TYPED.sub(r"\1", running) if " ! " in running else running


def _has_texts(heads: Heads) -> bool:
    """Return whether there may be texts that only look like configuration."""
    may_be = (number for word in ("macro", "menu", "aaa") for number in heads.words.get(word, ()))
    return any(_TEXT_BEGINS.match(heads.pieces[number]) for number in may_be)


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
