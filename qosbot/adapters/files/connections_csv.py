"""A CSV file of connections, one a row, read and scored some thousand rows at a time.

What is wrong with a row is told with its number and column; the rows around it are scored all
the same.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from qosbot.domain.connection_rows import (
    COLUMNS,
    OTHER_COLUMNS,
    ScoredRow,
    WrongCell,
    legible,
)
from qosbot.domain.connection_table import score_table
from qosbot.domain.errors import ConfigurationError, Problem

ROWS_AT_ONCE = 4096
_NO_CELL = "the header has no such column"


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """What is wrong with one row."""

    number: int
    """Counted from 1; neither the header nor a blank line is one."""
    lines: tuple[int, int]
    """The first and the last in the file: a cell in quotes may hold several."""
    id: str
    wrong: WrongCell

    def __str__(self) -> str:
        """Return the problem as one line: where, what."""
        first, last = self.lines
        where = f"line {first}" if first == last else f"lines {first} to {last}"
        about = f"row {self.number} ({where}, id {legible(self.id)})"
        return f"{about}, column {legible(self.wrong.column)}: {self.wrong.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    number: int
    lines: tuple[int, int]
    cells: Sequence[str]
    wrong: WrongCell | None = None

    def bad(self, header: Sequence[str], wrong: WrongCell) -> BadRow:
        row_id = dict(zip(header, self.cells, strict=False)).get("id", "").strip()
        return BadRow(
            number=self.number, lines=self.lines, id=row_id or str(self.number), wrong=wrong
        )


class ConnectionsFile:
    """An open file of connections; it can be a pipe, for it is read once."""

    def __init__(self, path: Path, rows: Iterator[_Row]) -> None:
        self._rows = rows
        first = next(rows, None)
        self._header = [] if first is None else [name.strip() for name in first.cells]
        _check_header(self._header, path)

    @property
    def unread_columns(self) -> Sequence[str]:
        """Return the columns that nothing is known of, such as misspelt ones."""
        known = {*COLUMNS, *OTHER_COLUMNS, ""}
        return [legible(name) for name in self._header if name not in known]

    def scores(self) -> Iterator[ScoredRow | BadRow]:
        """Yield a score or a problem for each row, in its order."""
        while batch := list(islice(self._rows, ROWS_AT_ONCE)):
            yield from self._scored(batch)

    def _scored(self, batch: Sequence[_Row]) -> Iterator[ScoredRow | BadRow]:
        wrong = [row.wrong or _not_whole(row.cells, self._header) for row in batch]
        whole = [row for row, what in zip(batch, wrong, strict=True) if what is None]
        ids = [str(row.number) for row in whole]
        found = iter(score_table(self._header, [row.cells for row in whole], ids))
        for row, what in zip(batch, wrong, strict=True):
            one = next(found) if what is None else what
            yield row.bad(self._header, one) if isinstance(one, WrongCell) else one


@contextmanager
def open_connections(path: Path) -> Iterator[ConnectionsFile]:
    """Open a file of connections.

    Raises:
        ConfigurationError: if it cannot be read, or its first line names no known column.
    """
    try:
        # What no editor can show is in notes at most, and no reason to score nothing.
        file = path.open(newline="", encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise _broken(path, f"cannot be read: {error.strerror}") from error
    with file as text:
        yield ConnectionsFile(path, _rows(path, text))


def _rows(path: Path, text: Iterable[str]) -> Iterator[_Row]:
    """Yield what is in a file, the header as row 0; lines without anything are left out."""
    reader, number, end = csv.reader(text), 0, 0
    while True:
        begin, wrong, cells = end + 1, None, list[str]()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            wrong = WrongCell(column="?", what=f"is not CSV: {error}; is a quote left open?")
        except OSError as error:
            raise _broken(path, f"cannot be read: {error.strerror}") from error
        end = reader.line_num
        if wrong is None and not (any(cells) and any(map(str.strip, cells))):
            continue
        yield _Row(number=number, lines=(begin, end), cells=cells, wrong=wrong)
        number += 1


def _broken(path: Path, what: str, line: int = 0) -> ConfigurationError:
    return ConfigurationError([Problem(file=str(path), line=line, what=what)])


def _check_header(header: Sequence[str], path: Path) -> None:
    if "R" not in header and not any(name in COLUMNS for name in header):
        is_split = any(mark in "".join(header) for mark in ";\t")
        how = "; its cells must be separated by commas" if is_split else ""
        raise _broken(path, f"names no input of the E-model, such as Ta, Ppl or Ie{how}", 1)
    twice = {legible(name) for name in header if name and header.count(name) > 1}
    if twice:
        raise _broken(path, f"names {', '.join(sorted(twice))} more than once", 1)


def _not_whole(cells: Sequence[str], header: Sequence[str]) -> WrongCell | None:
    if len(cells) < len(header):
        column = header[len(cells)] or str(len(cells) + 1)
        return WrongCell(column=column, what="the row ends before it")
    if len(cells) > len(header):
        return WrongCell(column=str(len(header) + 1), what=_NO_CELL)
    if "" in header:
        places = (place for place, name in enumerate(header) if not name and cells[place].strip())
        nameless = next(places, None)
        if nameless is not None:
            return WrongCell(column=str(nameless + 1), what=_NO_CELL)
    return None
