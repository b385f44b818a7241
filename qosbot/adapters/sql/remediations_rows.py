"""Alarms, remediations and their history as rows, and back."""

from typing import Any

from qosbot.adapters.sql import documents
from qosbot.adapters.sql.rows import Row, micros, moment
from qosbot.domain.alarms import Alarm
from qosbot.domain.approvals import Choice, Decision
from qosbot.domain.errors import StoreError
from qosbot.domain.history import Entry, Step
from qosbot.domain.remediation import IN_HAND, Remediation, State, past_change

NOTHING_DUE = 9


def alarm_row(alarm: Alarm) -> Row:
    """Return an alarm as it is now."""
    return {
        "id": alarm.id,
        "state": alarm.state.value,
        "raised_at_us": micros(alarm.raised_at),
        "cleared_at_us": None if alarm.cleared_at is None else micros(alarm.cleared_at),
        "alarm": documents.dump(alarm),
    }


def proposal_row(remediation: Remediation) -> Row:
    """Return what was proposed."""
    proposal = remediation.proposal
    return {
        "id": proposal.id,
        "device": proposal.change.device,
        "created_at_us": micros(proposal.created_at),
        "expires_at_us": micros(proposal.expires_at),
        "plan_hash": proposal.plan_hash,
        "proposal": documents.dump(proposal),
    }


def remediation_of(text: str) -> Remediation:
    """Return the remediation of a stored document.

    Raises:
        StoreError: if this version cannot read it, as one that a newer version has kept.
    """
    try:
        return documents.load(Remediation, text)
    except documents.UnreadableDocumentError as wrong:
        error = StoreError(f"a change on record cannot be read: {wrong}")
        error.hint = "use the version of qosbot that kept it; `qosbot history verify` names it"
        raise error from wrong


def remediation_row(remediation: Remediation) -> Row:
    """Return what changes with every save."""
    past = past_change(remediation)
    return {
        "device": remediation.device,
        "state": remediation.state.value,
        "version": remediation.version,
        "rank": _rank(remediation),
        "in_hand": int(remediation.state in IN_HAND),
        "due_at_us": None if remediation.due_at is None else micros(remediation.due_at),
        "past": None if past is None else documents.dump(past),
        "remediation": documents.dump(remediation),
    }


def _rank(remediation: Remediation) -> int:
    if remediation.action is None:
        return NOTHING_DUE
    if remediation.state is State.ROLLING_BACK:
        return 0
    return 1 if remediation.state in IN_HAND else 2


def decision_row(decision: Decision) -> Row:
    """Return a decision."""
    return {
        "remediation": decision.remediation,
        "choice": decision.choice.value,
        "decided_by": decision.by,
        "at_us": micros(decision.at),
        "plan_hash": decision.plan_hash,
        "words": decision.words,
        "others": " ".join(decision.others),
    }


def decision_of(row: Any) -> Decision:  # noqa: ANN401 - a row of the table
    """Return the decision of a row."""
    return Decision(
        remediation=row.remediation,
        choice=Choice(row.choice),
        by=row.decided_by,
        at=moment(row.at_us),
        plan_hash=row.plan_hash,
        words=row.words,
        others=tuple(row.others.split()),
    )


def vote_row(vote: Decision) -> Row:
    """Return one person's approval."""
    return {
        "remediation": vote.remediation,
        "voter": vote.by,
        "at_us": micros(vote.at),
        "plan_hash": vote.plan_hash,
        "words": vote.words,
    }


def vote_of(row: Any) -> Decision:  # noqa: ANN401 - a row of the table
    """Return the approval of a row."""
    return Decision(
        remediation=row.remediation,
        choice=Choice.APPROVE,
        by=row.voter,
        at=moment(row.at_us),
        plan_hash=row.plan_hash,
        words=row.words,
    )


def entry_row(entry: Entry) -> Row:
    """Return an entry of history."""
    return {
        "remediation": entry.remediation,
        "seq": entry.seq,
        "at_us": micros(entry.step.at),
        "event": entry.step.event,
        "state": entry.step.state,
        "done_by": entry.step.by,
        "words": entry.step.words,
        "previous": entry.previous,
        "hash": entry.hash,
    }


def entry_of(row: Any) -> Entry:  # noqa: ANN401 - a row of the table
    """Return the entry of a row."""
    step = Step(
        at=moment(row.at_us), event=row.event, state=row.state, by=row.done_by, words=row.words
    )
    return Entry(
        remediation=row.remediation, seq=row.seq, step=step, previous=row.previous, hash=row.hash
    )
