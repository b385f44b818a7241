"""From a proposal to the first line: decide, check every guard, claim the device."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from qosbot.domain.approvals import (
    Choice,
    Decision,
    grant,
    may_approve,
    quorum_of,
    standing_refusals,
)
from qosbot.domain.figures import Figures
from qosbot.domain.guardrails import plan_refusals, start_refusals
from qosbot.domain.harmless import POLLS_NEEDED
from qosbot.domain.history import Step
from qosbot.domain.inventory import Mode
from qosbot.domain.proposals import Proposal
from qosbot.domain.remediation import Event, Remediation, State
from qosbot.domain.rules import Guard, Refusal, mode_of, policy_refusal
from qosbot.domain.timers import revert_after_min, verify_s
from qosbot.workflows.incidents import answering, incident_of
from qosbot.workflows.outside import BOT, Outside, Seen, look

log = logging.getLogger(__name__)

APPLY_S = 60.0
"""What arming and typing may take."""

_BEING_WRITTEN = timedelta(seconds=6)
"""A click of before the expiry may wait so long for the database; by then it stands or failed."""

_ENDS = {
    Guard.EXPIRY: Event.EXPIRE,
    Guard.ALARM: Event.ALARM_CLEARED,
    Guard.FINDING: Event.FINDING_GONE,
    Guard.FINGERPRINT: Event.FOUND_STALE,
}
"""How a final refusal ends a remediation; any other refuses it."""


def prepare(
    proposal: Proposal,
    before: Figures,
    outside: Outside,
    *,
    probe_period_s: float,
    settle_s: float = 0.0,
) -> Remediation:
    """Return the remediation of a proposal, not kept yet.

    Args:
        proposal: what would be done.
        before: the figures at the alarm; every path in them must not get worse.
        outside: ports and settings.
        probe_period_s: the longest one of the probes of the paths that it is judged by.
        settle_s: until the change can show at all.
    """
    affected = tuple(dict.fromkeys(way for one in proposal.findings for way in one.ways))
    paths = outside.inventory.paths
    judged = [way.path for way in affected] or proposal.blast_radius
    runs = max((paths[path].thresholds.hold_runs for path in judged), default=1)
    verifying_s = settle_s + verify_s(
        runs=runs, probe_period_s=probe_period_s, poll_interval_s=outside.poll_interval_s
    )
    if proposal.precaution is not None:
        verifying_s += POLLS_NEEDED * outside.poll_interval_s
    return Remediation(
        proposal=proposal,
        mode=mode_of(outside.policy, proposal, outside.decisions.controls()),
        affected=affected,
        before=before,
        runs_needed=runs,
        verify_s=verifying_s,
        revert_after_min=revert_after_min(apply_s=APPLY_S, verifying_s=verifying_s),
        settle_s=settle_s,
    )


def submit(remediation: Remediation, outside: Outside, now: datetime) -> Remediation:
    """Keep a new remediation.

    What may only be observed says what it would have proposed, and what could never be carried
    out says why; both end there, and hold up nobody.  What will wait and answers an alarm takes
    the place of a precaution that nobody has decided on.

    Raises:
        StoreConflictError: if it would wait, and another waits or is under way on its device.
    """
    proposal = remediation.proposal
    words = "; ".join(one.words for one in proposal.findings)
    if proposal.precaution is not None:
        words = proposal.precaution.words
    situation = outside.situation(remediation, now)
    refused = [one for one in plan_refusals(situation) if one.guard is not Guard.MODE]
    if refused:
        words = _words(tuple(refused))
        remediation = replace(remediation, state=State.REFUSED, finished_at=now, remark=words)
    elif remediation.mode is Mode.OBSERVE:
        words = f"{words}; the mode is observe: this is what it would have proposed"
        remediation = replace(remediation, state=State.OBSERVED, finished_at=now, remark=words)
    step = Step(at=now, event="propose", state=remediation.state, by=BOT, words=words)
    will_wait = remediation.action is not None
    if will_wait and proposal.precaution is None:
        _make_way(proposal, outside, now)
    added = outside.decisions.add(remediation, step, if_idle=will_wait)
    facts = {"remediation": added.id, "device": added.device, "state": added.state}
    with answering(incident_of(added.proposal)):
        log.info("proposed", extra={**facts, "playbook": added.proposal.playbook})
    return added


def gives_way(remediation: Remediation) -> bool:
    """Return whether a proposal holds its device only until something answers an alarm there."""
    is_precaution = remediation.proposal.precaution is not None
    return is_precaution and remediation.state is State.AWAITING_DECISION


def _make_way(proposal: Proposal, outside: Outside, now: datetime) -> None:
    """End the precaution that nobody has decided on: who suffers goes before who may.

    A process that dies before the proposal is kept leaves the alarm without an answer, so the
    next look proposes again.

    Raises:
        StoreConflictError: if somebody just decided on it.
    """
    words = f"{proposal.id} answers an alarm and goes first; plan it again when that is over"
    for one in outside.decisions.remediations(states={State.AWAITING_DECISION}):
        if one.device == proposal.change.device and gives_way(one):
            outside.end_undecided(one, Event.OUTRANKED, now, words)


def await_decision(remediation: Remediation, outside: Outside, now: datetime) -> Remediation:
    """Take the decision that was made, or that policy.yaml made in advance, if there is one."""
    decision = outside.decisions.decision(remediation.id)
    if decision is not None and decision.choice is Choice.REJECT:
        _tell(decision)
        return outside.move(
            remediation,
            Event.REJECT,
            now,
            decision.words,
            by=decision.by,
            decided_by=decision.by,
            decided_at=decision.at,
        )
    # What is decided between this look and the end of it must be taken first.
    end = outside.end_undecided if decision is None else outside.move
    if now >= remediation.proposal.expires_at:
        if decision is None and now < remediation.proposal.expires_at + _BEING_WRITTEN:
            return remediation
        words = _too_late(remediation, outside, decision)
        return end(remediation, Event.EXPIRE, now, words)
    if not outside.is_called_for(remediation):
        words = "the alarm has cleared by itself"
        return end(remediation, Event.ALARM_CLEARED, now, words)
    decision = decision or _granted(remediation, outside, now)
    return remediation if decision is None else _approve(remediation, outside, now, decision)


def _too_late(remediation: Remediation, outside: Outside, decision: Decision | None) -> str:
    if decision is not None:
        return f"approved in time by {people(decision)}, but no change could be started in time"
    policy, risk = outside.policy, remediation.proposal.risk
    cast = outside.decisions.votes(remediation.id)
    votes = sum(may_approve(one.by, risk, policy) for one in cast)
    wanted = quorum_of(policy, risk)
    return f"{votes} of {wanted} approved in time" if votes else "nobody decided in time"


def people(decision: Decision) -> str:
    """Return everybody who stands behind a decision, in words."""
    return " and ".join((*decision.others, decision.by))


def _granted(remediation: Remediation, outside: Outside, now: datetime) -> Decision | None:
    """Return the decision that stands after policy.yaml has spoken; None: a person decides."""
    policy, controls = outside.policy, outside.controls(remediation)
    granted = grant(remediation.proposal, policy, controls, now)
    if granted is None or remediation.mode is not Mode.AUTO:
        return None
    stands = outside.decisions.decide(granted)
    # Where somebody was faster, the next look takes what stands.
    return None if stands is None or stands.choice is not Choice.APPROVE else stands


def _tell(decision: Decision) -> None:
    facts = {"remediation": decision.remediation, "choice": decision.choice, "by": decision.by}
    log.info("decided", extra=facts)


def _approve(
    remediation: Remediation, outside: Outside, now: datetime, decision: Decision
) -> Remediation:
    policy, controls = outside.policy, outside.controls(remediation)
    unreadable = policy_refusal(policy)
    if unreadable is not None:
        return outside.wait(remediation, now, unreadable.words)
    found = tuple(standing_refusals(decision, remediation.proposal, policy, controls))
    if any(refusal.is_final for refusal in found):
        return outside.move(remediation, Event.REFUSE, now, _words(found))
    if found:
        return outside.wait(remediation, now, _words(found))
    _tell(decision)
    said = decision.words or f"approved by {decision.by}"
    if decision.others:
        said = f"approved by {people(decision)}: {decision.words}".removesuffix(": ")
    return outside.move(
        remediation,
        Event.APPROVE,
        now,
        said,
        by=decision.by,
        decided_by=decision.by,
        decided_at=decision.at,
        plan_hash=decision.plan_hash,
    )


def start(remediation: Remediation, outside: Outside, now: datetime) -> Remediation:
    """Ask every guard and claim the device; nothing is typed yet."""
    held_back = is_held_back(remediation, outside, now)
    if isinstance(held_back, Remediation):
        return held_back
    return outside.move(remediation, Event.START, now, "every guard was asked", started_at=now)


def is_held_back(remediation: Remediation, outside: Outside, now: datetime) -> Remediation | Seen:
    """Return the remediation after a refusal, or what was seen on the device if there is none.

    The device is read only once nothing else stands in the way.
    """
    situation = outside.situation(remediation, now)
    found = start_refusals(situation)
    if found:
        return _held_back(remediation, outside, now, found)
    seen = look(remediation, outside)
    found = start_refusals(
        replace(
            situation,
            fingerprint=seen.fingerprint,
            pending_revert_s=seen.pending_s,
            is_saved=seen.mark.is_saved,
            finding=seen.finding,
        )
    )
    if found:
        return _held_back(remediation, outside, now, found)
    reason = outside.sessions.preflight(outside.device(remediation))
    return outside.wait(remediation, now, reason) if reason else seen


def _held_back(
    remediation: Remediation, outside: Outside, now: datetime, found: tuple[Refusal, ...]
) -> Remediation:
    final = [refusal.guard for refusal in found if refusal.is_final]
    if not final:
        return outside.wait(remediation, now, _words(found))
    event = next((_ENDS[guard] for guard in final if guard in _ENDS), Event.REFUSE)
    return outside.move(remediation, event, now, _words(found))


def _words(found: tuple[Refusal, ...]) -> str:
    return "; ".join(refusal.words for refusal in found)
