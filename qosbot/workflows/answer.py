"""What people do in a chat: it is written down and answered; no device is touched here."""

from dataclasses import dataclass
from datetime import datetime

from qosbot.domain.approvals import Choice, Decision, approver_refusals
from qosbot.domain.errors import IllegalTransitionError, StoreConflictError
from qosbot.domain.messages import answer_letter
from qosbot.domain.remediation import Remediation
from qosbot.ports import Clock
from qosbot.ports.messaging import Outbox
from qosbot.workflows import switches
from qosbot.workflows.outside import Outside
from qosbot.workflows.remediate import decide
from qosbot.workflows.standing import how_it_stands, is_open_to


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """A button that somebody pressed."""

    id: str
    """The same when it is delivered again."""
    person: str
    """`TEAM/USER`."""
    to: str
    """`CHANNEL/USER`: where the answer is shown."""
    remediation: str
    plan: str
    """How the hash of the plan begins that was shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """All that answering needs."""

    outside: Outside
    outbox: Outbox
    clock: Clock


def approve(click: Click, reception: Reception) -> str:
    """Write down an approval; return the answer, which is shown to whoever clicked."""
    return _answered(click, reception, Choice.APPROVE, "")


def reject(click: Click, reason: str, reception: Reception) -> str:
    """Write down a rejection with its reason; return the answer."""
    return _answered(click, reception, Choice.REJECT, reason)


def turn_away(click: Click, words: str, reception: Reception) -> str:
    """Answer a click that changes nothing."""
    now = reception.clock.now()
    reception.outbox.put(answer_letter(click.id, click.to, words, now))
    return words


def why_not_reject(click: Click, reception: Reception) -> str:
    """Return why somebody cannot reject, before a reason is asked for; empty: they can."""
    found = reception.outside.decisions.remediation(click.remediation)
    refused = _not_open(click, found, Choice.REJECT, reception)
    if refused or found is None:
        return refused
    risk, policy = found.proposal.risk, reception.outside.policy
    return "; ".join(one.words for one in approver_refusals(click.person, risk, policy))


def _answered(click: Click, reception: Reception, choice: Choice, words: str) -> str:
    said = _decided(click, reception, choice, words)
    return turn_away(click, said, reception)


def _decided(click: Click, reception: Reception, choice: Choice, words: str) -> str:
    outside = reception.outside
    found = outside.decisions.remediation(click.remediation)
    refused = _not_open(click, found, choice, reception)
    if refused or found is None:
        return refused
    decision = Decision(
        remediation=found.id,
        choice=choice,
        by=click.person,
        at=reception.clock.now(),
        plan_hash=found.proposal.plan_hash,
        words=words,
    )
    try:
        answer = decide(found, decision, outside)
    except (IllegalTransitionError, StoreConflictError):
        return _standing(click, found, choice, reception)
    if answer.refusals:
        reasons = "; ".join(one.words for one in answer.refusals)
        return f"{found.id}: nothing was changed: {reasons}"
    if answer.decision is None:
        so_far = f"{answer.votes} of {answer.quorum} people so far"
        return f"{found.id}: your approval counts; {so_far}"
    return _standing(click, found, choice, reception)


def _not_open(click: Click, found: Remediation | None, choice: Choice, reception: Reception) -> str:
    """Return why there is nothing to decide; empty: there is."""
    if found is None:
        return f"{click.remediation}: there is no such proposal; nothing was changed"
    if not is_open_to(choice, found, reception.outside.decisions.decision(found.id)):
        return _standing(click, found, choice, reception)
    if not click.plan or not found.proposal.plan_hash.startswith(click.plan):
        return f"{found.id}: the plan is not the one on this card; nothing was changed"
    return ""


def _standing(click: Click, found: Remediation, choice: Choice, reception: Reception) -> str:
    outside = reception.outside
    latest = outside.decisions.remediation(found.id) or found
    return how_it_stands(latest, click.person, choice, outside, reception.clock.now())


def pause(person: str, outside: Outside) -> str:
    """Start no change until somebody resumes; return what to say."""
    return switches.pause(person, outside.decisions)


def resume(person: str, outside: Outside, now: datetime) -> str:
    """Let changes start again if they may; return what to say."""
    refused = switches.resume_refusal(person, outside.policy)
    return refused or switches.resume(person, outside.policy, outside.decisions, now)
