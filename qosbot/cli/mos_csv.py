"""`qosbot mos --csv`: score each row of a file; what cannot be scored is told and left out."""

import csv
import sys
from pathlib import Path

import typer

from qosbot.cli.door import Exit, complain

DECIMALS = 12


def score_csv(path: Path) -> None:
    """Print `id,Ie_eff,Idd,R,MOS` for each row that can be scored, and a line for each other."""
    from qosbot.adapters.files.connections_csv import BadRow, open_connections

    writer = csv.writer(sys.stdout, lineterminator="\n")
    bad = 0
    with open_connections(path) as file:
        for column in file.unread_columns:
            complain(f"{path}: column {column} is not known and was not read")
        writer.writerow(["id", "Ie_eff", "Idd", "R", "MOS"])
        for row in file.scores():
            if isinstance(row, BadRow):
                complain(f"{path}: {row}")
                bad += 1
                continue
            terms = (row.ie_eff, row.idd, row.r, row.mos)
            writer.writerow([row.id, *["" if x is None else f"{x:.{DECIMALS}f}" for x in terms]])
    if bad:
        sys.stdout.flush()
        complain(f"{path}: {bad} rows were not scored")
        raise typer.Exit(Exit.INCOMPLETE)
