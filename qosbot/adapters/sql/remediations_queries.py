"""Which remediations are read: by columns, so that those that ended long ago cost nothing."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from qosbot.adapters.sql import documents
from qosbot.adapters.sql import remediations_rows as rows
from qosbot.adapters.sql.remediations_schema import HISTORY, PROPOSALS, REMEDIATIONS
from qosbot.adapters.sql.rows import micros
from qosbot.domain.in_force import STAYS
from qosbot.domain.intents import PreferCodec
from qosbot.domain.remediation import State

_IN_ORDER = (PROPOSALS.c.created_at_us, PROPOSALS.c.id)


def remediations(
    *, only_open: bool, states: Collection[State] | None, moved_since: datetime | None
) -> sa.Select[str]:
    """Return the query for the documents of those that meet every condition, oldest first."""
    query = sa.select(REMEDIATIONS.c.remediation).select_from(REMEDIATIONS.join(PROPOSALS))
    if only_open:
        query = query.where(REMEDIATIONS.c.rank < rows.NOTHING_DUE)
    if states is not None:
        query = query.where(REMEDIATIONS.c.state.in_([one.value for one in states]))
    if moved_since is not None:
        moved = sa.select(HISTORY.c.remediation).where(HISTORY.c.at_us >= micros(moved_since))
        query = query.where(REMEDIATIONS.c.id.in_(moved))
    return query.order_by(*_IN_ORDER)


def open_on(device: str) -> sa.Select[str]:
    """Return the query for the id of one that waits or is under way on a device."""
    row = REMEDIATIONS.c
    is_open = sa.and_(row.device == device, row.rank < rows.NOTHING_DUE)
    return sa.select(row.id).where(is_open).order_by(row.rank, row.id).limit(1)


def due(now: datetime) -> sa.Select[str]:
    """Return the query for those whose time has come, rollbacks first, then what is in hand."""
    due_at_us = sa.func.coalesce(REMEDIATIONS.c.due_at_us, 0)
    return (
        sa.select(REMEDIATIONS.c.remediation)
        .where(REMEDIATIONS.c.rank < rows.NOTHING_DUE, due_at_us <= micros(now))
        .order_by(REMEDIATIONS.c.rank, due_at_us, REMEDIATIONS.c.id)
    )


def codecs_in_force() -> sa.Select[str]:
    """Return the query for the proposals of the codec changes that stayed, oldest first."""
    return (
        sa.select(PROPOSALS.c.proposal)
        .select_from(REMEDIATIONS.join(PROPOSALS))
        .where(
            REMEDIATIONS.c.state.in_([one.value for one in STAYS]),
            sa.func.json_extract(PROPOSALS.c.proposal, f'$.change.intent."{documents.CLASS}"')
            == PreferCodec.__name__,
        )
        .order_by(*_IN_ORDER)
    )
