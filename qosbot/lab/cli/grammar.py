"""A command grammar that reads a line as IOS does: abbreviations, carets, ambiguity.

A rule is written as IOS documents a command: words, `<parameters>`, `( a | b )`, `[ optional ]`
and `{ one or more }`.  A `/` says where the part ends that names what the command sets; all
before it is the *slot*: a later line with the same slot replaces it, and `no` needs no more.
`<line>` takes the rest of the line as it was typed, and stands last.
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

Accept = Callable[[str], str | None]
"""Return the canonical spelling of a parameter's token, or None if it is not one."""

_TOKENS = re.compile(r"[()\[\]{}|/]|<[^>]*>|[^\s()\[\]{}|/<>]+")
_RANGE = re.compile(r"<(\d+)-(\d+)>")
_REST = "<line>"
_SKIP, _MARK = "", "/"


class SyntaxRefusalError(Exception):
    """The line is not a command of this mode; IOS says how."""


class InvalidInputError(SyntaxRefusalError):
    """A token fits nothing; `at` is its offset in the line."""

    def __init__(self, at: int) -> None:
        super().__init__(f"invalid input at column {at}")
        self.at = at


class IncompleteError(SyntaxRefusalError):
    """The line stops before the command does."""


class AmbiguousError(SyntaxRefusalError):
    """An abbreviation stands for several words."""


class NoSuchNameError(SyntaxRefusalError):
    """The last word of the line names a thing that is not there; the caret goes under it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A line that was understood, in canonical words."""

    rule: int
    """The index of the rule in its grammar."""
    words: tuple[str, ...]
    slot: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Path:
    """One way to have read the tokens so far."""

    rule: int
    state: int
    words: tuple[str, ...] = ()
    slot_length: int | None = None

    def parsed(self) -> Parsed:
        """Return the path as a result; without a mark the whole command is its slot."""
        return Parsed(rule=self.rule, words=self.words, slot=self.words[: self.slot_length])


def words_of(line: str) -> list[tuple[int, str]]:
    """Return each token with its offset."""
    return [(match.start(), match.group()) for match in re.finditer(r"\S+", line)]


class Grammar:
    """The commands of one mode, compiled to a small automaton."""

    def __init__(self, rules: Sequence[str], parameters: Mapping[str, Accept]) -> None:
        self._parameters = parameters
        self._edges: list[list[tuple[str, int]]] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        for rule in rules:
            tokens = [*_TOKENS.findall(rule), ")"]
            start = self._state()
            self._starts.append(start)
            self._ends.append(self._choice(tokens, start))
            if tokens:
                raise ValueError(f"unbalanced rule: {rule}")
        starts = enumerate(self._starts)
        self._begin = self._reach(_Path(rule=rule, state=state) for rule, state in starts)

    def parse(self, line: str, offset: int = 0, *, negated: bool = False) -> Parsed:
        """Return what `line` says from `offset` on; a negated line may stop after its slot.

        Raises:
            SyntaxRefusalError: one of its kinds.
        """
        paths = self._begin
        for at, token in words_of(line):
            if at < offset:
                continue
            following = self._step(paths, token)
            if not following:
                rest = self._rest(paths, line[at:].rstrip())
                if rest is None:
                    raise InvalidInputError(at)
                return rest
            paths = following
        for path in paths:
            if path.state == self._ends[path.rule]:
                return path.parsed()
        for path in paths:
            if negated and path.slot_length is not None:
                return path.parsed()
        raise IncompleteError

    def next_words(self, line: str, offset: int = 0) -> tuple[str, ...]:
        """Return what may follow the tokens of `line`, sorted; for the help key."""
        paths = self._begin
        for at, token in words_of(line):
            if at >= offset:
                paths = self._step(paths, token)
        found = {edge for path in paths for edge, _ in self._edges[path.state]} - {_SKIP, _MARK}
        ends = any(path.state == self._ends[path.rule] for path in paths)
        return (*sorted(found), *(("<cr>",) if ends else ()))

    def _rest(self, paths: Iterable[_Path], text: str) -> Parsed | None:
        for path in paths:
            if any(edge == _REST for edge, _ in self._edges[path.state]):
                return replace(path, words=(*path.words, text)).parsed()
        return None

    def _step(self, paths: Iterable[_Path], token: str) -> list[_Path]:
        """Return the paths after a token; a word beats a parameter, the exact word the others."""
        typed = token.lower()
        words: dict[str, list[_Path]] = {}
        others: list[_Path] = []
        for path in paths:
            for edge, target in self._edges[path.state]:
                if edge in {_SKIP, _MARK, _REST}:
                    continue
                if not edge.startswith("<"):
                    if edge.lower().startswith(typed):
                        step = replace(path, state=target, words=(*path.words, edge))
                        words.setdefault(edge, []).append(step)
                elif (value := self._accept(edge, token)) is not None:
                    others.append(replace(path, state=target, words=(*path.words, value)))
        if exact := [
            step for word, steps in words.items() if word.lower() == typed for step in steps
        ]:
            return self._reach(exact)
        if len(words) > 1:
            raise AmbiguousError
        return self._reach(next(iter(words.values()), others))

    def _accept(self, parameter: str, token: str) -> str | None:
        if match := _RANGE.fullmatch(parameter):
            low, high = int(match[1]), int(match[2])
            fits = token.isascii() and token.isdigit() and low <= int(token) <= high
            return str(int(token)) if fits else None
        return self._parameters[parameter](token)

    def _reach(self, paths: Iterable[_Path]) -> list[_Path]:
        """Return the paths with all that they reach without reading."""
        queue = deque(paths)
        seen: dict[_Path, None] = {}
        while queue:
            path = queue.popleft()
            if path in seen:
                continue
            seen[path] = None
            for edge, target in self._edges[path.state]:
                if edge == _SKIP:
                    queue.append(replace(path, state=target))
                elif edge == _MARK:
                    queue.append(replace(path, state=target, slot_length=len(path.words)))
        return list(seen)

    def _state(self) -> int:
        self._edges.append([])
        return len(self._edges) - 1

    def _choice(self, tokens: list[str], start: int) -> int:
        """Read alternatives up to the closing bracket, which is taken; return their end."""
        end = self._state()
        while True:
            self._edges[self._sequence(tokens, start)].append((_SKIP, end))
            if tokens.pop(0) != "|":
                return end

    def _sequence(self, tokens: list[str], state: int) -> int:
        while tokens[0] not in {"|", ")", "]", "}"}:
            item = tokens.pop(0)
            if item in {"(", "[", "{"}:
                start = self._state()
                self._edges[state].append((_SKIP, start))
                end = self._choice(tokens, start)
                if item == "[":
                    self._edges[start].append((_SKIP, end))
                if item == "{":
                    self._edges[end].append((_SKIP, start))
            else:
                if item.startswith("<") and item != _REST and not _RANGE.fullmatch(item):
                    _ = self._parameters[item]
                end = self._state()
                self._edges[state].append((item, end))
            state = end
        return state
