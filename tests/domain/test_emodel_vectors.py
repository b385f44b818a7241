"""Every published or independently computed value, for all three bands."""

import csv
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pytest

from qosbot.domain.emodel import Connection, Rating, rate
from qosbot.domain.fullband import FullbandConnection, rate_fullband
from qosbot.domain.scales import Scale, mos_on
from qosbot.domain.wideband import WidebandConnection, rate_wideband
from tests.needs import SHARED, needs

# A column of the vectors: the input's name here, and what one of its units is there.
INPUTS = {
    "SLR": ("slr_db", 1),
    "RLR": ("rlr_db", 1),
    "STMR": ("stmr_db", 1),
    "LSTR": ("lstr_db", 1),
    "Ds": ("d_sender", 1),
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
TERMS = {
    "R": "r",
    "Ro": "ro",
    "Is": "simultaneous",
    "Idte": "idte",
    "Idle": "idle",
    "Idd": "idd",
    "Ie_eff": "ie_eff",
}
SCALES = {"G.107": Scale.CQE, "G.107.1": Scale.CQEW, "G.107.2": Scale.CQEF}


def vectors(model: str) -> list[dict[str, str]]:
    with (SHARED / "reference" / "emodel_vectors.csv").open(newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["model"] == model]
    return [row for row in rows if row["tol_R"] or row["tol_MOS"]]


def inputs_of(row: Mapping[str, str], kind: type) -> dict[str, Any]:
    """Return the inputs that a kind of connection has; a blank cell is its default."""
    known = {field.name for field in fields(kind)}
    return {
        name: float(row[column]) / unit
        for column, (name, unit) in INPUTS.items()
        if row[column] and name in known
    }


def rating_of(row: Mapping[str, str]) -> Rating:
    if row["model"] == "G.107.1":
        return rate_wideband(WidebandConnection(**inputs_of(row, WidebandConnection)))
    if row["model"] == "G.107.2":
        return rate_fullband(FullbandConnection(**inputs_of(row, FullbandConnection)))
    return rate(Connection(**inputs_of(row, Connection)))


def misses(row: Mapping[str, str]) -> list[str]:
    """Return what of a row is not met within its tolerance."""
    rating = rating_of(row)
    # The single published term of a row shares the tolerance of R.
    wrong = [
        f"{row['id']} {column}: {getattr(rating, name)} is not {row[column]}"
        for column, name in TERMS.items()
        if row[column]
        and row["tol_R"]
        and abs(getattr(rating, name) - float(row[column])) > float(row["tol_R"])
    ]
    r = rating.r if row["Ie"] else float(row["R"])
    if row["MOS"] and row["tol_MOS"]:
        # Some rows hold the cubic's values under 1, which is where we depart from it.
        expected = max(1.0, float(row["MOS"]))
        mos = mos_on(SCALES[row["model"]], r)
        if abs(mos - expected) > float(row["tol_MOS"]):
            wrong.append(f"{row['id']}: MOS {mos} is not {expected}")
    return wrong


@pytest.mark.parametrize(("model", "count"), [("G.107", 296), ("G.107.1", 60), ("G.107.2", 89)])
def test_every_vector_with_a_tolerance_is_met_within_it(model: str, count: int) -> None:
    needs("emodel_vectors")
    rows = vectors(model)
    assert len(rows) == count
    assert [wrong for row in rows for wrong in misses(row)] == []
