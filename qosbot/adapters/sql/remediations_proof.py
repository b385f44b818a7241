"""Whether a history is whole, and whether the rows around it say the same."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from qosbot.adapters.sql import documents
from qosbot.adapters.sql import remediations_rows as rows
from qosbot.adapters.sql.remediations_schema import DECISIONS, HISTORY, PROPOSALS, REMEDIATIONS
from qosbot.domain import history
from qosbot.domain.approvals import Choice
from qosbot.domain.history import APPROVED, BrokenLink, Claims, Entry
from qosbot.domain.proposals import Proposal
from qosbot.domain.remediation import Remediation


def broken_link(connection: Connection, name: str) -> BrokenLink | None:
    """Return where a history is broken or contradicted by its rows; None: nowhere."""
    query = sa.select(HISTORY).where(HISTORY.c.remediation == name).order_by(HISTORY.c.seq)
    entries = [rows.entry_of(row) for row in connection.execute(query)]
    kept = connection.execute(
        sa.select(
            REMEDIATIONS.c.steps,
            REMEDIATIONS.c.state,
            REMEDIATIONS.c.remediation,
            PROPOSALS.c.plan_hash,
            PROPOSALS.c.proposal,
        )
        .join(PROPOSALS, PROPOSALS.c.id == REMEDIATIONS.c.id, isouter=True)
        .where(REMEDIATIONS.c.id == name)
    ).one_or_none()
    broken = history.verify(name, entries, length=None if kept is None else kept.steps)
    if broken is not None:
        return broken
    if kept is None or kept.proposal is None:
        if name not in heads(connection):
            return None
        what = "remediation" if kept is None else "proposal"
        words = f"there is a history or a decision, and its {what} is gone"
        return BrokenLink(remediation=name, seq=len(entries), words=words)
    decision = connection.execute(
        sa.select(DECISIONS).where(DECISIONS.c.remediation == name)
    ).one_or_none()
    try:
        claims = _claims(kept, decision, entries)
    except documents.UnreadableDocumentError as error:
        return BrokenLink(remediation=name, seq=len(entries), words=f"its row is {error}")
    return history.contradiction(name, entries, claims)


def _claims(kept: Any, decision: Any, entries: Sequence[Entry]) -> Claims:  # noqa: ANN401 - rows
    remediation = documents.load(Remediation, kept.remediation)
    deciders = {"its remediation": remediation.decided_by}
    plans = {
        "the proposal's row": kept.plan_hash,
        "what was proposed": documents.load(Proposal, kept.proposal).plan_hash,
        "what is carried out": remediation.proposal.plan_hash,
    }
    # A decision that nobody has acted on yet is in no history.
    if any(one.step.event == APPROVED for one in entries):
        stands = decision is not None and decision.choice == Choice.APPROVE.value
        deciders["its decision"] = decision.decided_by if stands else ""
        plans["what was approved"] = remediation.plan_hash
        plans["its decision"] = decision.plan_hash if stands else ""
    return Claims(
        states={"its row": kept.state, "its remediation": remediation.state.value},
        deciders=deciders,
        plans=plans,
    )


def heads(connection: Connection) -> Mapping[str, str]:
    """Return the hash of each history's last entry, by remediation, for all that are known."""
    columns = (HISTORY.c.remediation, PROPOSALS.c.id, REMEDIATIONS.c.id, DECISIONS.c.remediation)
    known = sa.union(*(sa.select(column.label("name")) for column in columns)).subquery()
    last = (
        sa.select(HISTORY.c.remediation, sa.func.max(HISTORY.c.seq).label("seq"))
        .group_by(HISTORY.c.remediation)
        .subquery()
    )
    query = (
        sa.select(known.c.name, sa.func.coalesce(HISTORY.c.hash, history.START))
        .join(last, last.c.remediation == known.c.name, isouter=True)
        .join(
            HISTORY,
            sa.and_(HISTORY.c.remediation == known.c.name, HISTORY.c.seq == last.c.seq),
            isouter=True,
        )
        .order_by(known.c.name)
    )
    return {row[0]: row[1] for row in connection.execute(query)}
