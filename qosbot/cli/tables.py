"""Rows for people: a table where it fits, records where it does not, plain text in a pipe."""

import shutil
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType


@dataclass(frozen=True, slots=True)
class Cell:
    """A text and how a terminal shows it; the style carries nothing that the text does not say."""

    text: str
    style: str = ""


Row = Sequence[Cell | str]

_MOST_LAST = 40
"""The last column holds remarks and may be folded to this width before a table is too wide."""


def show(title: str, columns: Sequence[str], rows: Sequence[Row], caption: str = "") -> None:
    """Print a table to standard output in the form that suits it."""
    if sys.stdout.isatty():
        from rich.console import Console

        Console().print(renderable(title, columns, rows, caption))
        return
    print("\n".join(plain_lines(title, columns, rows, caption)))


def renderable(
    title: str, columns: Sequence[str], rows: Sequence[Row], caption: str = ""
) -> "RenderableType":
    """Return what a terminal of the present width can show without cutting anything off."""
    from rich.text import Text

    width = shutil.get_terminal_size().columns
    if rows and _table_width(columns, rows) > width:
        return Text("\n".join(record_lines(title, columns, rows, caption, width=width)))
    return _table(title, columns, rows, caption)


def _table(
    title: str, columns: Sequence[str], rows: Sequence[Row], caption: str
) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, caption=caption, title_justify="left", caption_justify="left")
    for i, column in enumerate(columns):
        is_last = i == len(columns) - 1
        table.add_column(column, no_wrap=not is_last, overflow="fold")
    for row in rows:
        cells = [cell if isinstance(cell, Cell) else Cell(cell) for cell in row]
        table.add_row(*[Text(_text(cell), style=cell.style) for cell in cells])
    return table


def plain_lines(
    title: str, columns: Sequence[str], rows: Sequence[Row], caption: str = ""
) -> list[str]:
    """Return a table as lines with two blanks between columns and no colour."""
    texts = [list(columns), *([_text(cell) for cell in row] for row in rows)]
    widths = _widths(columns, rows)
    body = [
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in texts
    ]
    return [title, *body, *([caption] if caption else [])]


def record_lines(
    title: str, columns: Sequence[str], rows: Sequence[Row], caption: str = "", *, width: int
) -> list[str]:
    """Return each row as a paragraph of `column value` pairs, none of them longer than `width`."""
    lines = [title]
    for row in rows:
        texts = [_text(cell) for cell in row]
        pairs = [
            f"{column} {text}"
            for column, text in zip(columns[1:], texts[1:], strict=True)
            if text not in {"", "-"}
        ]
        # A row without a first cell goes on with the one above.
        lead = f"{texts[0]}  " if texts[0] else "  "
        # A pair is broken only where it is longer than a line.
        kept = "  ".join(pair.replace(" ", "\0") for pair in pairs)
        paragraph = textwrap.fill(
            lead + kept,
            width,
            subsequent_indent="    ",
            break_on_hyphens=False,
            replace_whitespace=False,
        )
        lines += [
            piece
            for line in paragraph.replace("\0", " ").splitlines()
            for piece in textwrap.wrap(line, width, subsequent_indent="    ", drop_whitespace=False)
        ]
    return [*lines, *textwrap.wrap(caption, width)]


def _table_width(columns: Sequence[str], rows: Sequence[Row]) -> int:
    widths = _widths(columns, rows)
    widths[-1] = min(widths[-1], _MOST_LAST)
    return sum(widths) + 3 * len(widths) + 1  # two blanks and a line around each


def _widths(columns: Sequence[str], rows: Sequence[Row]) -> list[int]:
    texts = [list(columns), *([_text(cell) for cell in row] for row in rows)]
    return [max(len(line[i]) for line in texts) for i in range(len(columns))]


def _text(cell: Cell | str) -> str:
    text = cell.text if isinstance(cell, Cell) else cell
    # A device's own words must not move the cursor, set a colour or break a row.
    return "".join(char if char.isprintable() else "?" for char in text)
