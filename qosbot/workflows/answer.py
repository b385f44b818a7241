"""What people do in a chat: it is written down and answered; no device is touched here."""

from dataclasses import dataclass
from datetime import datetime

from qosbot.domain.approvals import Choice, Decision, approver_refusals
from qosbot.domain.errors import IllegalTransitionError
from qosbot.domain.messages import answer_letter
from qosbot.domain.remediation import Remediation, State
from qosbot.ports import Clock
from qosbot.ports.messaging import Outbox
from qosbot.workflows.outside import Outside
from qosbot.workflows.remediate import Answer, decide


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
    refused = _not_open(click, found, reception)
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
    refused = _not_open(click, found, reception)
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
        return _words(found, decision, decide(found, decision, outside))
    except IllegalTransitionError:
        return _state_of(outside.decisions.remediation(found.id) or found)


def _words(found: Remediation, decision: Decision, answer: Answer) -> str:
    if answer.refusals:
        reasons = "; ".join(one.words for one in answer.refusals)
        return f"{found.id}: nothing was changed: {reasons}"
    stands = answer.decision
    if stands is None:
        return f"{found.id}: your approval counts; {answer.votes} of {answer.quorum} people so far"
    return stands_words(stands, decision.by)


def stands_words(stands: Decision, person: str) -> str:
    """Return what became of somebody's click, given the decision that stands."""
    is_approved = stands.choice is Choice.APPROVE
    said, at = "approved" if is_approved else "rejected", f"{stands.at:%H:%M:%S} UTC"
    if person not in {*stands.others, stands.by}:
        told = f"{stands.by} {said} it at {at} already; your click changed nothing"
    elif is_approved:
        told = f"you approved it at {at}; every guard is asked again, then it starts"
    else:
        told = f"you rejected it at {at}; nothing will be changed"
    return f"{stands.remediation}: {told}"


def _not_open(click: Click, found: Remediation | None, reception: Reception) -> str:
    """Return why there is nothing to decide; empty: there is."""
    if found is None:
        return f"{click.remediation}: there is no such proposal; nothing was changed"
    stands = reception.outside.decisions.decision(found.id)
    if stands is not None:
        return stands_words(stands, click.person)
    if found.state is not State.AWAITING_DECISION:
        return _state_of(found)
    if not click.plan or not found.proposal.plan_hash.startswith(click.plan):
        return f"{found.id}: the plan is not the one on this card; nothing was changed"
    return ""


def _state_of(found: Remediation) -> str:
    return f"{found.id}: it is {found.state.replace('_', ' ')}; your click changed nothing"


def switch_refusal(person: str, outside: Outside) -> str:
    """Return why somebody may not pause or resume; empty: they may.

    Whoever may approve anything at all may do it.
    """
    policy = outside.policy
    found = [next(approver_refusals(person, risk, policy), None) for risk in policy.approvers]
    if any(one is None for one in found):
        return ""
    return f"{person} may not approve anything, and so may neither pause nor resume"


def pause(person: str, outside: Outside) -> str:
    """Start no change until somebody resumes; return what to say."""
    refused = switch_refusal(person, outside)
    if refused:
        return refused
    outside.decisions.pause(person)
    return "no change is started until somebody resumes; what is under way ends or is put back"


def resume(person: str, outside: Outside, now: datetime) -> str:
    """Let changes start again, without a person too where that had switched itself off."""
    refused = switch_refusal(person, outside)
    if refused:
        return refused
    outside.decisions.resume(person)
    for risk in outside.decisions.controls().auto_off:
        outside.decisions.switch_auto_on(risk, person, now)
    return "changes may start again"
