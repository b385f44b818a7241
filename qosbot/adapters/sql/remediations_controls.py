"""What people switched, in a transaction that is under way."""

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import insert

from qosbot.adapters.sql.remediations_schema import CONTROLS
from qosbot.adapters.sql.rows import moment
from qosbot.domain.inventory import Risk
from qosbot.domain.rules import Controls

PAUSED, AUTO_OFF, AUTO_ON = "paused", "auto_off:", "auto_on:"


def controls(connection: Connection) -> Controls:
    """Return what is paused and what is switched off."""
    found = {row.name: row for row in connection.execute(sa.select(CONTROLS))}
    paused = found.get(PAUSED)
    off = {risk: found.get(AUTO_OFF + risk) for risk in Risk}
    on = {risk: found.get(AUTO_ON + risk) for risk in Risk}
    return Controls(
        paused_by="" if paused is None else paused.words,
        auto_off={risk: row.words for risk, row in off.items() if row is not None},
        auto_on_at={risk: moment(row.at_us) for risk, row in on.items() if row is not None},
    )


def switch(connection: Connection, name: str, words: str, at_us: int | None = None) -> None:
    """Switch something on; who switched it first stays on record."""
    row = {"name": name, "words": words, "at_us": at_us}
    connection.execute(insert(CONTROLS).on_conflict_do_nothing(), row)


def forget(connection: Connection, *names: str) -> None:
    """Switch things off."""
    connection.execute(CONTROLS.delete().where(CONTROLS.c.name.in_(names)))
