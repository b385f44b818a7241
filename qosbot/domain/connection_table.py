"""Many rows of connections at once, column by column; what is odd about a row is looked at alone.

Reading a row cell by cell costs a hundred times what its score does.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from qosbot.domain.connection_rows import (
    COLUMNS,
    DEFAULT_MODEL,
    MODELS,
    NEUTRAL,
    ConnectionRow,
    ScoredRow,
    WrongCell,
    read_row,
    score_rows,
)
from qosbot.domain.opinion import FloatArray
from qosbot.domain.scales import mos_on

BoolArray = npt.NDArray[np.bool_]


def score_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], ids: Sequence[str]
) -> tuple[ScoredRow | WrongCell, ...]:
    """Return for each row its score, or the first of its cells that is wrong.

    Args:
        header: the columns; no name that is known stands there twice.
        rows: the cells, as many in each row as the header has.
        ids: the id of a row that has none.
    """
    if not rows:
        return ()
    columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    table = _Table(columns, len(rows))
    found: list[ScoredRow | WrongCell | None] = [None] * len(rows)
    names = [name.strip() or other for name, other in zip(columns.get("id", ids), ids, strict=True)]
    for model, places, given in table.groups():
        rating = MODELS[model].rated(**given)
        terms = (rating.ie_eff, rating.idd, rating.r, mos_on(MODELS[model].scale, rating.r))
        # Rows without any input are one default connection.
        lists = [np.broadcast_to(term, len(places)).tolist() for term in terms]
        for place, ie_eff, idd, r, mos in zip(places.tolist(), *lists, strict=True):
            found[place] = ScoredRow(id=names[place], ie_eff=ie_eff, idd=idd, r=r, mos=mos)
    odd = [
        read_row(dict(zip(header, rows[place], strict=True)), default_id=ids[place])
        for place, one in enumerate(found)
        if one is None
    ]
    scored = iter(score_rows([one for one in odd if isinstance(one, ConnectionRow)]))
    looked_at = iter(next(scored) if isinstance(one, ConnectionRow) else one for one in odd)
    return tuple(next(looked_at) if one is None else one for one in found)


class _Table:
    """The inputs of rows as columns: which cells are filled, and with which numbers."""

    def __init__(self, columns: Mapping[str, Sequence[str]], size: int) -> None:
        self._columns = columns
        self._models = np.array([text or DEFAULT_MODEL for text in self._texts("model", size)])
        self._filled: dict[str, BoolArray] = {}
        self._numbers: dict[str, FloatArray] = {}
        for column in COLUMNS:
            if column in columns:
                texts = self._texts(column, size)
                self._filled[column] = np.fromiter(map(bool, texts), np.bool_, size)
                self._numbers[column] = _numbers(texts)
        has_input = np.zeros(size, np.bool_)
        for filled in self._filled.values():
            has_input |= filled
        has_r = np.fromiter(map(bool, self._texts("R", size)), np.bool_, size)
        self._is_connection = has_input | ~has_r

    def _texts(self, column: str, size: int) -> list[str]:
        given = self._columns.get(column)
        return [""] * size if given is None else [text.strip() for text in given]

    def groups(self) -> Iterator[tuple[str, npt.NDArray[np.intp], Mapping[str, FloatArray]]]:
        """Yield a model, the places of rows that give it the same inputs, and those inputs.

        Rows with anything wrong are in no group, and neither are those that only give an R.
        """
        for model, of in MODELS.items():
            usable = (self._models == model) & self._is_connection
            pattern = np.zeros(len(usable), np.int64)
            names: list[str] = []
            for column, filled in self._filled.items():
                name, unit = COLUMNS[column]
                numbers = self._numbers[column]
                if name in of.limits:
                    low, high = (end * unit for end in of.limits[name])
                    usable &= ~filled | ((numbers >= low) & (numbers <= high))
                    pattern |= filled.astype(np.int64) << len(names)
                    names.append(column)
                else:
                    usable &= ~filled | np.isin(numbers / unit, list(NEUTRAL[name]))
            for one in np.unique(pattern[usable]).tolist():
                (places,) = np.nonzero(usable & (pattern == one))
                given = [column for bit, column in enumerate(names) if one >> bit & 1]
                yield (
                    model,
                    places,
                    {
                        COLUMNS[column][0]: self._numbers[column][places] / COLUMNS[column][1]
                        for column in given
                    },
                )


def _numbers(texts: Sequence[str]) -> FloatArray:
    """Return the number of each cell; NaN where it is blank, or no number that a file may hold."""
    try:
        numbers = [float(text) if text else np.nan for text in texts]
    except ValueError:
        numbers = [_number(text) for text in texts]
    if "_" in "".join(texts):
        # Python's own way to group digits.
        numbers = [np.nan if "_" in text else _number(text) for text in texts]
    return np.array(numbers, dtype=np.float64)


def _number(text: str) -> float:
    try:
        return float(text) if text else np.nan
    except ValueError:
        return np.nan
