"""Connections as rows of text, in the symbols and units of the Recommendations, and their scores.

A blank cell is the default of the row's Recommendation.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from qosbot.domain.emodel import LIMITS, Connection, Rating, rate
from qosbot.domain.fullband import FULLBAND_LIMITS, FullbandConnection, rate_fullband
from qosbot.domain.ranges import in_full
from qosbot.domain.scales import Scale, mos_on
from qosbot.domain.wideband import (
    NOISE_FLOOR_DBMP,
    WIDEBAND_LIMITS,
    WidebandConnection,
    rate_wideband,
)

# A column: the input's name here, and how many of the column's units one of ours is.
COLUMNS: Mapping[str, tuple[str, float]] = MappingProxyType(
    {
        "SLR": ("slr_db", 1),
        "RLR": ("rlr_db", 1),
        "STMR": ("stmr_db", 1),
        "LSTR": ("lstr_db", 1),
        "Ds": ("d_sender", 1),
        "Dr": ("d_receiver", 1),
        "TELR": ("telr_db", 1),
        "WEPL": ("wepl_db", 1),
        "T": ("talker_echo_delay_s", 1000),
        "Tr": ("round_trip_delay_s", 1000),
        "Ta": ("absolute_delay_s", 1000),
        "Qdu": ("qdu", 1),
        "Ie": ("ie", 1),
        "Bpl": ("bpl", 1),
        "Ppl": ("loss_ratio", 100),
        "BurstR": ("burst_ratio", 1),
        "Nc": ("circuit_noise_dbm0p", 1),
        "Nfor": ("noise_floor_dbmp", 1),
        "Ps": ("room_noise_sender_dba", 1),
        "Pr": ("room_noise_receiver_dba", 1),
        "A": ("advantage", 1),
        "sT": ("delay_sensitivity", 1),
        "mT": ("minimum_perceivable_delay_s", 1000),
    }
)
DEFAULT_MODEL = "G.107"
_SHOWN = 40
OUTPUT_COLUMNS = ("Ro", "Is", "Idte", "Idle", "Idd", "Ie_eff", "R", "MOS")
OTHER_COLUMNS = frozenset(
    ("id", "model", "group", "tol_R", "tol_MOS", "independent", "source", "note", *OUTPUT_COLUMNS)
)
"""What a row may have beside its inputs: `id`, `model` and, instead of all inputs, `R` are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One of the Recommendations: its scale, what its inputs may be, and how it rates."""

    scale: Scale
    limits: Mapping[str, tuple[float, float]]
    rated: Callable[..., Rating]


MODELS: Mapping[str, Model] = MappingProxyType(
    {
        "G.107": Model(
            scale=Scale.CQE, limits=LIMITS, rated=lambda **given: rate(Connection(**given))
        ),
        "G.107.1": Model(
            scale=Scale.CQEW,
            limits=WIDEBAND_LIMITS,
            rated=lambda **given: rate_wideband(WidebandConnection(**given)),
        ),
        "G.107.2": Model(
            scale=Scale.CQEF,
            limits=FULLBAND_LIMITS,
            rated=lambda **given: rate_fullband(FullbandConnection(**given)),
        ),
    }
)
_DEFAULT = Connection()
# What an input may say in a model that does not have it: nothing that it would change.
NEUTRAL: Mapping[str, frozenset[float]] = MappingProxyType(
    {
        name: frozenset({float(value)})
        for name, _ in COLUMNS.values()
        if (value := getattr(_DEFAULT, name)) is not None
    }
    | {"lstr_db": frozenset({18.0}), "noise_floor_dbmp": frozenset({-64.0, NOISE_FLOOR_DBMP})}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRow:
    """One connection, as far as it is not the default."""

    id: str
    model: str
    inputs: Mapping[str, float]
    """By the names and in the units of the models; empty where `r` is given."""
    r: float | None = None
    """Given without any input: to be turned into a MOS only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredRow:
    """The score of one connection; without terms where it only turned an R into a MOS."""

    id: str
    ie_eff: float | None
    idd: float | None
    r: float
    mos: float


def quoted(text: str) -> str:
    """Return the beginning of what a cell holds in quotes, on one line."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")


def legible(name: str) -> str:
    """Return a name as it is, or in quotes where it would not print so."""
    return name if name.isprintable() and len(name) <= _SHOWN else quoted(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongCell:
    """What is wrong with one cell of a row."""

    column: str
    what: str


def read_row(cells: Mapping[str, str], *, default_id: str) -> ConnectionRow | WrongCell:
    """Return the connection that a row describes, or the first of its cells that is wrong."""
    given = {column: text.strip() for column, text in cells.items() if text.strip()}
    model = given.get("model", DEFAULT_MODEL)
    if model not in MODELS:
        return WrongCell(column="model", what=f"{quoted(model)} is none of {', '.join(MODELS)}")
    inputs: dict[str, float] = {}
    for column in (column for column in COLUMNS if column in given):
        value = _input(column, given[column], model)
        if isinstance(value, WrongCell):
            return value
        if value is not None:
            inputs[COLUMNS[column][0]] = value
    row_id = given.get("id", default_id)
    if inputs or "R" not in given:
        return ConnectionRow(id=row_id, model=model, inputs=inputs)
    r = _number(given["R"])
    if r is None:
        return WrongCell(column="R", what=f"{quoted(given['R'])} is not a number")
    return ConnectionRow(id=row_id, model=model, inputs={}, r=r)


def _input(column: str, text: str, model: str) -> float | WrongCell | None:
    """Return an input in the model's unit; None where the model does without it."""
    name, unit = COLUMNS[column]
    value = _number(text)
    if value is None:
        return WrongCell(column=column, what=f"{quoted(text)} is not a number")
    limits = MODELS[model].limits
    if name not in limits:
        if value / unit in NEUTRAL[name]:
            return None
        return WrongCell(column=column, what=f"{model} has no such input; leave it blank")
    # In the column's unit, which is the one that its writer knows.
    low, high = (end * unit for end in limits[name])
    if not low <= value <= high:
        return WrongCell(
            column=column, what=f"must be in {low:g} to {high:g}, not {in_full(value)}"
        )
    return value / unit


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def score_rows(rows: Sequence[ConnectionRow]) -> tuple[ScoredRow, ...]:
    """Return the score of each row, in order; rows that give the same inputs are scored as one."""
    groups: dict[tuple[str, frozenset[str], bool], list[int]] = {}
    for i, row in enumerate(rows):
        groups.setdefault((row.model, frozenset(row.inputs), row.r is not None), []).append(i)
    scored: dict[int, ScoredRow] = {}
    for (model, names, is_conversion), places in groups.items():
        group = [rows[i] for i in places]
        found = (
            _converted(group, MODELS[model].scale)
            if is_conversion
            else _rated(group, names, MODELS[model])
        )
        scored |= zip(places, found, strict=True)
    return tuple(scored[i] for i in range(len(rows)))


def _rated(
    rows: Sequence[ConnectionRow], names: Iterable[str], model: Model
) -> Iterator[ScoredRow]:
    rating = model.rated(
        **{name: np.array([row.inputs[name] for row in rows], dtype=np.float64) for name in names}
    )
    columns = (rating.ie_eff, rating.idd, rating.r, mos_on(model.scale, rating.r))
    # Rows without any input are one default connection.
    lists = [np.broadcast_to(column, len(rows)).tolist() for column in columns]
    for row, ie_eff, idd, r, mos in zip(rows, *lists, strict=True):
        yield ScoredRow(id=row.id, ie_eff=ie_eff, idd=idd, r=r, mos=mos)


def _converted(rows: Sequence[ConnectionRow], scale: Scale) -> Iterator[ScoredRow]:
    for row in rows:
        if row.r is not None:
            yield ScoredRow(
                id=row.id, ie_eff=None, idd=None, r=row.r, mos=float(mos_on(scale, row.r))
            )
