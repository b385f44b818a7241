"""YAML as a tree that knows its lines: text, lists and mappings, and nothing else.

Anchors, aliases, tags, directives and second documents are refused: an inventory needs none,
and an alias can make a small file endless.  No message quotes what stands in the file, since
a password may stand there.
"""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.reader import ReaderError

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 12

Stamp = tuple[int, int, int] | None
"""How a file was; None: it could not be looked at."""

_OPENED: ContextVar[dict[Path, Stamp] | None] = ContextVar("opened", default=None)

_TEXT_TAG = "tag:yaml.org,2002:str"
_NULL_TAG = "tag:yaml.org,2002:null"

# What the parser complains of in words of its own; anything else might quote the file.
_HARMLESS = re.compile(
    r"mapping values are not allowed here"
    r"|found unexpected end of stream"
    r"|could not find expected ':'"
    r"|found character '(\\t|%|`|@)' that cannot start any token"
    r"|expected ',' or '[\]}]', but got '[^' ]{1,2}'"
    r"|expected <block end>, but found '[^' ]{1,2}'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """One value as it is written; `is_text` unless YAML would read a number, date or boolean."""

    line: int
    text: str
    is_text: bool
    is_empty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list."""

    line: int
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Keys and values in the order of the file, repeated keys included."""

    line: int
    entries: tuple[tuple[Scalar, "Node"], ...]


Node = Scalar | Listing | Mapping


class UnreadableFileError(Exception):
    """A file that gave no tree; holds the line or 0, what is wrong and what to do."""

    def __init__(self, line: int, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.line = line
        self.what = what
        self.hint = hint


def read_text(path: Path) -> str:
    """Return the text of a regular file of at most `MAX_BYTES` of UTF-8.

    Raises:
        FileNotFoundError: if it does not exist; the caller knows what that means.
        UnreadableFileError: for anything else.
    """
    try:
        with open_at_once(path) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UnreadableFileError(0, "is not a file", "put a file of text there")
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else "input/output error"
        raise UnreadableFileError(
            0, f"cannot be read: {reason.lower()}", "check its owner and mode"
        ) from None
    if len(content) > MAX_BYTES:
        raise UnreadableFileError(
            0, f"is larger than {MAX_BYTES // 1024} KiB", "split the network into inventories"
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableFileError(line, "is not UTF-8", "save the file as UTF-8") from None


@contextmanager
def noting_what_is_read() -> Iterator[dict[Path, Stamp]]:
    """Collect how every file was that is opened, or would have been, until the block's end."""
    stamps: dict[Path, Stamp] = {}
    token = _OPENED.set(stamps)
    try:
        yield stamps
    finally:
        _OPENED.reset(token)


def stamp(path: Path) -> Stamp:
    """Return what is another once a file has another content, owner, mode or name."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ctime_ns, found.st_size, found.st_ino


def open_at_once(path: Path) -> BufferedReader:
    """Open a file for reading; a pipe in the place of a file does not hang the start."""
    noted = _OPENED.get()
    if noted is not None:
        # Before it is opened, so that what changes while it is read is noticed.
        noted.setdefault(path, stamp(path))

    def without_waiting(name: str, flags: int) -> int:
        return os.open(name, flags | os.O_NONBLOCK)

    return open(path, "rb", opener=without_waiting)


def parse(text: str) -> Node | None:
    """Return the tree of a text; None if it holds only comments.

    Raises:
        UnreadableFileError: at the first thing that is not plain YAML.
    """
    yaml = YAML(typ="safe", pure=True)
    try:
        return _Builder(yaml).build(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = str(error.problem or "")
        what = f"is not YAML: {words}" if _HARMLESS.fullmatch(words) else "is not YAML"
        line = mark.line + 1 if mark else 1
        hint = "look at this line and the one before: indentation by spaces, `key: value`, quotes"
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        what, hint = "holds a control character", "remove it"
    except (YAMLError, ValueError, RecursionError):
        # ValueError: numbers that no integer type of the parser takes.
        line, what, hint = 1, "is not YAML", "start again from the example"
    raise UnreadableFileError(line, what, hint)


class _Builder:
    def __init__(self, yaml: YAML) -> None:
        self._yaml = yaml
        self._events: Iterator[Event] = iter(())

    def build(self, text: str) -> Node | None:
        self._events = iter(self._yaml.parse(text))
        root: Node | None = None
        documents = 0
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                _refuse(event, documents > 1, "a second document begins", "keep one, without `---`")
                directed = event.version is not None or bool(event.tags)
                _refuse(event, directed, "directives are not accepted", "remove the `%` line")
            elif isinstance(event, NodeEvent):
                root = self._node(event, depth=0)
        if isinstance(root, Scalar) and root.is_empty:
            return None
        return root

    def _node(self, event: Event, *, depth: int, line: int | None = None) -> Node:
        _refuse(event, depth > MAX_DEPTH, f"is nested deeper than {MAX_DEPTH}", "flatten it")
        _refuse(
            event,
            isinstance(event, AliasEvent) or getattr(event, "anchor", None) is not None,
            "anchors and aliases (`&`, `*`) are not accepted",
            "use a group instead, or put the text in quotes",
        )
        implicit = getattr(event, "implicit", True)
        tagged = not any(implicit) if isinstance(implicit, tuple) else not implicit
        _refuse(event, tagged, "tags (`!`) are not accepted", "put the text in quotes")
        here = event.start_mark.line + 1
        if isinstance(event, ScalarEvent):
            # The mark of a value that is not there is wherever the parser found that out.
            return self._scalar(event, here if event.value else line or here)
        if isinstance(event, MappingStartEvent):
            return Mapping(line=line or here, entries=tuple(self._entries(depth)))
        return Listing(line=line or here, items=tuple(self._items(depth)))

    def _scalar(self, event: ScalarEvent, line: int) -> Scalar:
        text = str(event.value)
        tag = str(self._yaml.resolver.resolve(ScalarNode, text, event.implicit))
        return Scalar(line=line, text=text, is_text=tag == _TEXT_TAG, is_empty=tag == _NULL_TAG)

    def _entries(self, depth: int) -> Iterator[tuple[Scalar, Node]]:
        for event in self._events:
            if isinstance(event, MappingEndEvent):
                return
            _refuse(
                event,
                isinstance(event, (MappingStartEvent, SequenceStartEvent)),
                "a key must be a text",
                "put values that begin with { or [ in quotes",
            )
            key = self._node(event, depth=depth + 1)
            value = self._node(next(self._events), depth=depth + 1, line=key.line)
            if isinstance(key, Scalar):
                yield key, value

    def _items(self, depth: int) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, SequenceEndEvent):
                return
            yield self._node(event, depth=depth + 1)


def _refuse(event: Event, refused: bool, what: str, hint: str) -> None:  # noqa: FBT001 - a condition
    if refused:
        raise UnreadableFileError(event.start_mark.line + 1, what, hint)
