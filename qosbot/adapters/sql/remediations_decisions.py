"""Who said what about a proposal, in a transaction that is under way."""

from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import insert

from qosbot.adapters.sql import outbox
from qosbot.adapters.sql import remediations_rows as rows
from qosbot.adapters.sql.remediations_schema import DECISIONS, REMEDIATIONS, VOTES
from qosbot.domain.approvals import Choice, Decision
from qosbot.domain.errors import StoreConflictError
from qosbot.domain.messages import card_letter
from qosbot.domain.remediation import State


def decide(
    connection: Connection, decision: Decision, quorum: int, counts: Callable[[str], bool]
) -> Decision | None:
    """Keep a decision, or a vote where more people are wanted; return what stands.

    Raises:
        StoreConflictError: if the remediation waits for no decision any more.
    """
    name = decision.remediation
    state = connection.scalar(sa.select(REMEDIATIONS.c.state).where(REMEDIATIONS.c.id == name))
    if state not in {None, State.AWAITING_DECISION.value}:
        raise StoreConflictError(f"remediation {name} is {state} and waits for no decision")
    stands = decision_on(connection, name)
    if stands is not None:
        return stands
    if decision.choice is Choice.APPROVE and quorum > 1:
        connection.execute(insert(VOTES).on_conflict_do_nothing(), rows.vote_row(decision))
        same = [one.by for one in votes(connection, name) if one.plan_hash == decision.plan_hash]
        agreed = [by for by in same if counts(by)]
        decision = replace(decision, others=tuple(by for by in agreed if by != decision.by))
        if len(agreed) >= quorum:
            stands = decision
    else:
        stands = decision
    if stands is not None:
        connection.execute(DECISIONS.insert(), rows.decision_row(stands))
    if state is not None:
        outbox.put(connection, card_letter(name, decision.at, is_waiting=stands is None))
    return stands


def decision_on(connection: Connection, name: str) -> Decision | None:
    """Return the decision on a remediation."""
    query = sa.select(DECISIONS).where(DECISIONS.c.remediation == name)
    found = connection.execute(query).one_or_none()
    return None if found is None else rows.decision_of(found)


def votes(connection: Connection, name: str) -> tuple[Decision, ...]:
    """Return the approvals of a remediation, one a person, in the order they were made."""
    query = sa.select(VOTES).where(VOTES.c.remediation == name).order_by(VOTES.c.at_us)
    return tuple(rows.vote_of(row) for row in connection.execute(query))
