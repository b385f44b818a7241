"""A CSV file of connections, one a row, read and scored some thousand rows at a time.

What is wrong with a row is told with its number and column; the rows around it are scored all
the same.
"""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from qosbot.domain.connection_rows import (
    COLUMNS,
    OTHER_COLUMNS,
    ConnectionRow,
    ScoredRow,
    WrongCell,
    read_row,
    score_rows,
)
from qosbot.domain.errors import ConfigurationError, Problem

ROWS_AT_ONCE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """What is wrong with one row."""

    number: int
    """Counted from 1; the header is none."""
    line: int
    """In the file; the last one where a cell holds several lines."""
    id: str
    column: str
    what: str

    def __str__(self) -> str:
        """Return the problem as one line: where, what."""
        where = f"row {self.number} (line {self.line}, id {self.id})"
        return f"{where}, column {self.column}: {self.what}"


def score_file(path: Path) -> Iterator[ScoredRow | BadRow]:
    """Yield a score or a problem for each row of a file, in its order.

    Raises:
        ConfigurationError: if the file cannot be read, or its first line names no known column.
    """
    with _open(path) as lines:
        header = _header(lines)
        _check_header(header, path)
        rows = _rows(lines, header)
        while batch := list(islice(rows, ROWS_AT_ONCE)):
            yield from _scored(batch)


def unread_columns(path: Path) -> Sequence[str]:
    """Return the columns of a file that nothing is known of, such as misspelt ones.

    Raises:
        ConfigurationError: if the file cannot be read.
    """
    with _open(path) as lines:
        header = _header(lines)
    return [name for name in header if name and name not in COLUMNS and name not in OTHER_COLUMNS]


@contextmanager
def _open(path: Path) -> Iterator[Iterator[tuple[int, list[str]]]]:
    """Give the cells of each line that has any, with the number of the line."""
    try:
        # What no editor can show is in notes at most, and no reason to score nothing.
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as text:
            reader = csv.reader(text)
            yield ((reader.line_num, cells) for cells in reader if cells)
    except OSError as error:
        raise _broken(path, f"cannot be read: {error.strerror}") from error
    except csv.Error as error:
        raise _broken(path, f"is not CSV: {error}") from error


def _header(lines: Iterator[tuple[int, list[str]]]) -> Sequence[str]:
    _, cells = next(lines, (0, []))
    return [name.strip() for name in cells]


def _broken(path: Path, what: str, line: int = 0) -> ConfigurationError:
    return ConfigurationError([Problem(file=str(path), line=line, what=what)])


def _check_header(header: Sequence[str], path: Path) -> None:
    if "R" not in header and not any(name in COLUMNS for name in header):
        raise _broken(path, "names no input of the E-model, such as Ta, Ppl or Ie", 1)
    if twice := sorted({name for name in header if header.count(name) > 1}):
        raise _broken(path, f"names {', '.join(twice)} more than once", 1)


def _rows(
    lines: Iterator[tuple[int, list[str]]], header: Sequence[str]
) -> Iterator[ConnectionRow | BadRow]:
    for number, (line, cells) in enumerate(lines, start=1):
        named = dict(zip(header, cells, strict=False))
        row = _whole_row(cells, header) or read_row(named, default_id=str(number))
        if isinstance(row, ConnectionRow):
            yield row
            continue
        yield BadRow(
            number=number,
            line=line,
            id=named.get("id", "").strip() or str(number),
            column=row.column,
            what=row.what,
        )


def _whole_row(cells: Sequence[str], header: Sequence[str]) -> WrongCell | None:
    if len(cells) < len(header):
        return WrongCell(column=header[len(cells)], what="the row ends before it")
    if len(cells) > len(header):
        return WrongCell(column=str(len(header) + 1), what="the header has no such column")
    return None


def _scored(batch: Sequence[ConnectionRow | BadRow]) -> Iterator[ScoredRow | BadRow]:
    scores = iter(score_rows([row for row in batch if isinstance(row, ConnectionRow)]))
    for row in batch:
        yield row if isinstance(row, BadRow) else next(scores)
