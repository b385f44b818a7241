"""Rows for people: a rich table on a terminal, plain aligned columns anywhere else."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table


@dataclass(frozen=True, slots=True)
class Cell:
    """A text and how a terminal shows it; the style carries nothing that the text does not say."""

    text: str
    style: str = ""


Row = Sequence[Cell | str]


def rich_table(title: str, columns: Sequence[str], rows: Sequence[Row], caption: str) -> "Table":
    """Return a table for a terminal; device text is shown, never read as markup."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, caption=caption, title_justify="left", caption_justify="left")
    for column in columns:
        table.add_column(column)
    for row in rows:
        cells = [cell if isinstance(cell, Cell) else Cell(cell) for cell in row]
        table.add_row(*[Text(cell.text, style=cell.style) for cell in cells])
    return table


def show(title: str, columns: Sequence[str], rows: Sequence[Row], caption: str = "") -> None:
    """Print a table to standard output in the form that suits it."""
    if sys.stdout.isatty():
        from rich.console import Console

        Console().print(rich_table(title, columns, rows, caption))
        return
    print("\n".join(plain_lines(title, columns, rows, caption)))


def plain_lines(
    title: str, columns: Sequence[str], rows: Sequence[Row], caption: str = ""
) -> list[str]:
    """Return a table as lines with two blanks between columns and no colour."""
    texts = [list(columns), *([_text(cell) for cell in row] for row in rows)]
    widths = [max(len(line[i]) for line in texts) for i in range(len(columns))]
    body = [
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in texts
    ]
    return [title, *body, *([caption] if caption else [])]


def _text(cell: Cell | str) -> str:
    text = cell.text if isinstance(cell, Cell) else cell
    # A device's own words must not move the cursor or break a row.
    return "".join(char if char.isprintable() else "?" for char in text)
