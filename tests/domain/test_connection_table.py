"""A table is scored as its rows are one by one, whatever stands in them."""

from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.connection_rows import ConnectionRow, ScoredRow, WrongCell, read_row, score_rows
from qosbot.domain.connection_table import score_table

HEADER = ("id", "model", "T", "Ta", "Ie", "Ppl", "BurstR", "STMR", "R", "note")
CELLS = ("", "", " ", "0", "1", " 1.5 ", "150", "-3", "nan", "inf", "1e309", "1_0", "x", "0x10")
MODELS = ("", "", "G.107", " G.107.1", "G.107.2", "G.108")


def alone(cells: list[str], number: str) -> ScoredRow | WrongCell:
    row = read_row(dict(zip(HEADER, cells, strict=True)), default_id=number)
    return score_rows([row])[0] if isinstance(row, ConnectionRow) else row


def a_row() -> st.SearchStrategy[list[str]]:
    cell = st.sampled_from(CELLS)
    return st.tuples(
        st.sampled_from(["", "a", " b "]), st.sampled_from(MODELS), *[cell] * (len(HEADER) - 2)
    ).map(list)


@given(st.lists(a_row(), max_size=30))
def test_a_table_is_scored_as_its_rows_are_alone(rows: list[list[str]]) -> None:
    ids = [str(number) for number in range(len(rows))]
    together = score_table(HEADER, rows, ids)
    assert together == tuple(alone(cells, number) for cells, number in zip(rows, ids, strict=True))


def test_a_column_that_is_not_there_is_the_default() -> None:
    (one,) = score_table(("Ta",), [("150",)], ("7",))
    assert isinstance(one, ScoredRow)
    assert (one.id, round(one.r, 3)) == ("7", 93.043)


def test_a_row_of_no_columns_at_all_is_the_default_connection() -> None:
    (one,) = score_table(("note",), [("hello",)], ("1",))
    assert isinstance(one, ScoredRow)
    assert round(one.r, 4) == 93.2062
