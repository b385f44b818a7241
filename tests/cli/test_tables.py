import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.cli.paths import COLUMNS
from qosbot.cli.tables import Cell, Row, plain_lines, record_lines

FORWARD = ["forward", "4.36 (3.97-4.36)", "6.3", "0.3", "0.0"]
BACKWARD = ["backward", "2.18 (1.83-2.59)", "45.6", "7.2", "26.0"]
ROWS: list[Row] = [
    ["par-lyo", Cell("2.18", "red"), "A", *FORWARD, "9 s ago", "MOS is below 3.5 (backward)"],
    ["", "", "", *BACKWARD, "", ""],
    ["par-nan", "not measured", "C", *["-"] * 5, "39 s ago", "the last run is too old"],
]


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_narrow_terminal_loses_nothing(width: int) -> None:
    lines = record_lines("voice paths", COLUMNS, ROWS, "last poll 4 s ago", width=width)
    assert max(len(line) for line in lines) <= width
    text = " ".join(" ".join(lines).split())
    for row in ROWS:
        for cell in row:
            shown = cell.text if isinstance(cell, Cell) else cell
            assert shown in {"", "-"} or shown in text


def test_a_pipe_gets_aligned_columns_without_colour() -> None:
    lines = plain_lines("voice paths", COLUMNS, ROWS)
    assert lines[1].index("direction") == lines[2].index("forward") == lines[3].index("backward")


@given(st.text())
def test_words_of_a_device_never_move_the_cursor(said: str) -> None:
    for lines in (
        plain_lines("t", ["a", "b"], [["x", said]]),
        record_lines("t", ["a", "b"], [["x", said]], width=40),
    ):
        assert all(line.isprintable() for line in lines)
