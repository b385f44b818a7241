"""From a proposal to the first line: decide, check every guard, claim the device."""

from dataclasses import replace
from datetime import datetime

from qosbot.domain.approvals import Choice, Decision, grant, refusals
from qosbot.domain.guardrails import start_refusals
from qosbot.domain.inventory import Mode
from qosbot.domain.remediation import Event, Remediation
from qosbot.domain.rules import Guard, Refusal
from qosbot.workflows.outside import Outside, Seen, look

_ENDS = {
    Guard.EXPIRY: Event.EXPIRE,
    Guard.ALARM: Event.ALARM_CLEARED,
    Guard.FINGERPRINT: Event.FOUND_STALE,
}
"""How a final refusal ends a remediation; any other refuses it."""


def await_decision(remediation: Remediation, outside: Outside, now: datetime) -> Remediation:
    """Take the decision that was made, or that policy.yaml made in advance, if there is one."""
    decision = outside.decisions.decision(remediation.id)
    if decision is not None and decision.choice is Choice.REJECT:
        return outside.move(
            remediation,
            Event.REJECT,
            now,
            decision.words,
            by=decision.by,
            decided_by=decision.by,
            decided_at=decision.at,
        )
    if now >= remediation.proposal.expires_at:
        return outside.move(remediation, Event.EXPIRE, now, "nobody decided in time")
    if not outside.is_alarm_raised(remediation):
        words = "the alarm has cleared by itself"
        return outside.move(remediation, Event.ALARM_CLEARED, now, words)
    decision = decision or _granted(remediation, outside, now)
    return remediation if decision is None else _approve(remediation, outside, now, decision)


def _granted(remediation: Remediation, outside: Outside, now: datetime) -> Decision | None:
    """Return the decision that stands after policy.yaml has spoken; None: a person decides."""
    policy, controls = outside.inventory.policy, outside.controls(remediation)
    granted = grant(remediation.proposal, policy, controls, now)
    if granted is None or remediation.mode is not Mode.AUTO:
        return None
    stands = outside.decisions.decide(granted)
    # Where somebody was faster, the next look takes what stands.
    return stands if stands.choice is Choice.APPROVE else None


def _approve(
    remediation: Remediation, outside: Outside, now: datetime, decision: Decision
) -> Remediation:
    policy, controls = outside.inventory.policy, outside.controls(remediation)
    found = tuple(refusals(decision, remediation.proposal, policy, controls))
    if found:
        return outside.move(remediation, Event.REFUSE, now, _words(found))
    return outside.move(
        remediation,
        Event.APPROVE,
        now,
        decision.words or f"approved by {decision.by}",
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
        )
    )
    return _held_back(remediation, outside, now, found) if found else seen


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
