"""Rows in the symbols of the Recommendations: what is blank, wrong, and scored together."""

import pytest

from qosbot.domain.connection_rows import (
    ConnectionRow,
    ScoredRow,
    WrongCell,
    read_row,
    score_rows,
)


def row(**cells: str) -> ConnectionRow:
    read = read_row(cells, default_id="1")
    assert isinstance(read, ConnectionRow)
    return read


def score(**cells: str) -> ScoredRow:
    return score_rows([row(**cells)])[0]


def wrong(**cells: str) -> tuple[str, str]:
    read = read_row(cells, default_id="1")
    assert isinstance(read, WrongCell)
    return read.column, read.what


@pytest.mark.parametrize(
    ("model", "r"),
    [("", 93.2062077233), ("G.107", 93.2062077233), ("G.107.1", 129), ("G.107.2", 148)],
)
def test_a_blank_cell_is_the_default_of_the_rows_model(model: str, r: float) -> None:
    assert score(model=model, Ta="", Ppl=" ").r == pytest.approx(r, abs=1e-9)


def test_milliseconds_and_percents_are_those_of_the_recommendation() -> None:
    scored = score(T="150", Tr="300", Ta="150", Ie="11", Bpl="19", Ppl="2")
    assert scored.r == pytest.approx(70.5, abs=0.06)
    assert scored.ie_eff == pytest.approx(19.0)
    assert scored.idd == pytest.approx(0.1635, abs=1e-4)


def test_lstr_follows_stmr_and_dr_where_it_is_blank() -> None:
    assert score(STMR="18").r == pytest.approx(score(STMR="18", LSTR="21").r)
    assert score(STMR="18", Dr="-1").r == pytest.approx(score(STMR="18", LSTR="17").r)


def test_rows_of_all_models_are_scored_together_in_their_order() -> None:
    cells = [{"Ie": "5"}, {"model": "G.107.2"}, {"Ta": "200"}, {"model": "G.107.1", "Ie": "13"}]
    together = score_rows([row(id=str(i), **one) for i, one in enumerate(cells)])
    assert [one.id for one in together] == ["0", "1", "2", "3"]
    assert [one.r for one in together] == [score(**one).r for one in cells]


def test_an_r_without_any_input_becomes_a_score_only() -> None:
    converted = score(R="70")
    assert converted == ScoredRow(id="1", ie_eff=None, idd=None, r=70, mos=converted.mos)
    assert converted.mos == pytest.approx(3.597)
    assert score(model="G.107.1", R="129").mos == 4.5


def test_an_r_beside_inputs_is_not_read() -> None:
    assert score(R="70", Ie="0").r == pytest.approx(93.2062077233)


@pytest.mark.parametrize("text", ["x", "nan", "inf", "-inf", "1,5", "1e999", "1_0"])
def test_what_is_no_finite_number_is_named_with_its_column(text: str) -> None:
    assert wrong(Ppl=text) == ("Ppl", f"{text!r} is not a number")


@pytest.mark.parametrize(
    ("column", "text", "says"),
    [
        ("Ta", "10001", "must be in 0 to 10000, not 10001"),
        ("Ppl", "-0.1", "must be in 0 to 100, not -0.1"),
        ("BurstR", "9", "must be in 1 to 8, not 9"),
        ("mT", "99", "must be in 100 to 150, not 99"),
    ],
)
def test_a_range_is_told_in_the_unit_of_its_column(column: str, text: str, says: str) -> None:
    assert wrong(**{column: text}) == (column, says)


@pytest.mark.parametrize(("column", "text"), [("mT", "150"), ("Ppl", "100"), ("Ta", "10000")])
def test_the_ends_of_a_range_belong_to_it(column: str, text: str) -> None:
    assert score(**{column: text}).r < 94


@pytest.mark.parametrize(
    ("model", "column", "text", "other"),
    [
        ("G.107.1", "BurstR", "1", "2"),
        ("G.107.1", "Nfor", "-96", "-70"),
        ("G.107.2", "T", "0", "5"),
    ],
)
def test_an_input_that_a_model_lacks_may_only_say_nothing(
    model: str, column: str, text: str, other: str
) -> None:
    assert score(model=model, **{column: text}) == score(model=model)
    assert wrong(model=model, **{column: other}) == (
        column,
        f"{model} has no such input; leave it blank",
    )


def test_an_unknown_model_is_refused() -> None:
    assert wrong(model="G.108") == ("model", "'G.108' is none of G.107, G.107.1, G.107.2")
