"""What stands between a plan and a device.  Every guard is asked, and every refusal is shown."""

import re
from collections.abc import Callable, Iterable

from qosbot.domain import rules
from qosbot.domain.alarms import AlarmState
from qosbot.domain.approvals import POLICY, Choice, standing_refusals
from qosbot.domain.intents import AttachVoicePolicy, SetPriority
from qosbot.domain.inventory import Link, Mode
from qosbot.domain.metrics import Grade
from qosbot.domain.precautions import Standing
from qosbot.domain.rules import Guard, PastChange, Refusal
from qosbot.domain.situations import Situation

_ROUNDING = 1e-9


def _kill_switch(situation: Situation) -> Refusal | None:
    if not situation.has_kill_switch:
        return None
    words = "the kill-switch file is there; no device is touched while it is"
    return Refusal(guard=Guard.KILL_SWITCH, words=words, is_final=False)


def _paused(situation: Situation) -> Refusal | None:
    if not situation.controls.paused_by:
        return None
    words = f"changes are paused by {situation.controls.paused_by}"
    return Refusal(guard=Guard.PAUSED, words=words, is_final=False)


def _policy(situation: Situation) -> Refusal | None:
    return rules.policy_refusal(situation.policy)


def _mode(situation: Situation) -> Refusal | None:
    now = situation.policy.mode.get(situation.proposal.risk, Mode.OBSERVE)
    if Mode.OBSERVE not in {now, situation.mode}:
        return None
    words = f"the mode for {situation.proposal.risk} risk is observe"
    return Refusal(guard=Guard.MODE, words=words)


def _approved(situation: Situation) -> Refusal | None:
    decision = situation.decision
    if decision is not None and decision.choice is Choice.APPROVE:
        return None
    words = "nobody has approved it" if decision is None else f"{decision.by} rejected it"
    return Refusal(guard=Guard.DECISION, words=words)


def _expiry(situation: Situation) -> Refusal | None:
    expires_at = situation.proposal.expires_at
    if situation.now < expires_at:
        return None
    anew = "planned" if situation.proposal.precaution is not None else "diagnosed"
    words = f"it expired at {expires_at:%H:%M:%S} UTC and must be {anew} afresh"
    return Refusal(guard=Guard.EXPIRY, words=words)


def _alarm(situation: Situation) -> Refusal | None:
    if situation.proposal.precaution is not None:
        return None  # its reason is a finding, which has a guard of its own
    alarms = situation.proposal.alarms
    if any(situation.alarms.get(alarm) is AlarmState.RAISED for alarm in alarms):
        return None
    return Refusal(guard=Guard.ALARM, words="the alarm has cleared by itself")


def _finding(situation: Situation) -> Refusal | None:
    if situation.proposal.precaution is None or situation.finding in {None, Standing.STANDS}:
        return None
    if situation.finding is Standing.UNKNOWN:
        words = "whether the finding still stands could not be judged on the device as it is now"
        return Refusal(guard=Guard.FINDING, words=words, is_final=False)
    gone = "is not there any more" if situation.finding is Standing.GONE else "is accepted by now"
    return Refusal(guard=Guard.FINDING, words=f"the finding {gone}")


def _place(situation: Situation) -> Refusal | None:
    """Refuse what is to be done on a link that the inventory knows no more, or knows more of.

    Without it neither circuit nor contract bounds the change; who came since is not watched.
    """
    links, known = situation.proposal.links, situation.proposal.blast_radius
    if links and situation.link is None:
        words = f"the inventory does not know {links[0]} any more, so no bound is known there"
        return Refusal(guard=Guard.PLAN, words=words)
    new = [path for path in situation.paths if path not in known]
    if new:
        words = f"{', '.join(new)} crosses it since the plan was made: harm there would not be seen"
        return Refusal(guard=Guard.PLAN, words=words)
    return None


def _fingerprint(situation: Situation) -> Refusal | None:
    if situation.fingerprint in {None, situation.proposal.fingerprint}:
        return None
    words = "what the change touches is no longer as it was when the plan was made"
    return Refusal(guard=Guard.FINGERPRINT, words=words)


def _window(situation: Situation) -> Refusal | None:
    return rules.window_refusal(situation.policy, situation.now)


def _one_change(situation: Situation) -> Refusal | None:
    device = situation.proposal.change.device
    for one in situation.past:
        is_other = one.remediation != situation.proposal.id
        if is_other and one.is_in_hand and one.device == device:
            words = f"{one.remediation} is in hand on {device}"
            return Refusal(guard=Guard.ONE_CHANGE, words=words, is_final=False)
    return None


def _others(situation: Situation) -> tuple[PastChange, ...]:
    return tuple(one for one in situation.past if one.remediation != situation.proposal.id)


def _budget(situation: Situation) -> Refusal | None:
    site = situation.proposal.site
    return rules.budget_refusal(situation.policy, site, _others(situation), situation.now)


def _is_by_policy(situation: Situation) -> bool:
    return situation.decision is not None and situation.decision.by == POLICY


def _cool_down(situation: Situation) -> Refusal | None:
    if not _is_by_policy(situation):
        return None  # a person who approves sees what was done before
    past = _others(situation)
    return rules.cool_down_refusal(situation.policy, situation.proposal, past, situation.now)


def _grade(situation: Situation) -> Refusal | None:
    if situation.proposal.grade is not Grade.C:
        return None
    return Refusal(guard=Guard.GRADE, words="refused: its data are of grade C")


def _unsaved_edits(situation: Situation) -> Refusal | None:
    if situation.is_saved is not False or not _is_by_policy(situation):
        return None
    words = "a person must decide: the device runs edits that are not saved"
    return Refusal(guard=Guard.NEEDS_PERSON, words=words, is_final=False)


def _priority_share(situation: Situation) -> Refusal | None:
    """Hold priority within its share of the rate that really leaves: circuit, shaper or less."""
    intent = situation.proposal.change.intent
    if not isinstance(intent, AttachVoicePolicy | SetPriority):
        return None
    circuits = [one for one in _touched(situation) if one is not None]
    link = min(circuits, key=lambda one: one.rate_out_bps, default=None)
    rates = [intent.reference_bps]
    if isinstance(intent, AttachVoicePolicy) and intent.shape_bps is not None:
        rates.append(intent.shape_bps)
    if link is not None:
        rates.append(link.rate_out_bps)
    share, reference_bps = situation.policy.limits.priority_share, min(rates)
    if intent.priority_bps <= share * reference_bps * (1 + _ROUNDING):
        return None
    words = (
        f"priority {intent.priority_bps:,.0f} bit/s is over {share:.0%} of "
        f"{reference_bps:,.0f} bit/s"
    )
    return Refusal(guard=Guard.PRIORITY_SHARE, words=words)


def _touched(situation: Situation) -> tuple[Link | None, ...]:
    """Return every link that a change of priority is at work on; None for one not known."""
    intent = situation.proposal.change.intent
    is_shared = isinstance(intent, SetPriority) and intent.may_touch_others
    others = situation.links or ((None,) if is_shared else ())
    return (situation.link, *others)


def _ef_contract(situation: Situation) -> Refusal | None:
    """Hold priority within the contract of every link; one that is exceeded is said first."""
    intent = situation.proposal.change.intent
    if not isinstance(intent, AttachVoicePolicy | SetPriority):
        return None
    asked = (_contract_of(link, intent, situation) for link in _touched(situation))
    found = [refusal for refusal in asked if refusal is not None]
    return min(found, key=lambda one: one.guard is not Guard.EF_CONTRACT, default=None)


def _contract_of(
    link: Link | None, intent: AttachVoicePolicy | SetPriority, situation: Situation
) -> Refusal | None:
    if link is None or link.ef_contract_bps is None:
        if not _is_by_policy(situation):
            return None
        words = "a person must decide: the carrier's EF contract is not known"
        return Refusal(guard=Guard.NEEDS_PERSON, words=words)
    if intent.priority_bps <= link.ef_contract_bps * (1 + _ROUNDING):
        return None
    words = (
        f"priority {intent.priority_bps:,.0f} bit/s is over the carrier's EF contract of "
        f"{link.ef_contract_bps:,.0f} bit/s on {link.id}"
    )
    return Refusal(guard=Guard.EF_CONTRACT, words=words)


def _commands(situation: Situation) -> Refusal | None:
    change = situation.proposal.change
    lines = [line.strip() for line in (*change.apply, *change.undo)]
    allowed = situation.terms.allowed_lines
    refused = [line for line in lines if not any(re.fullmatch(one, line) for one in allowed)]
    if not change.apply or not change.undo:
        return Refusal(guard=Guard.COMMANDS, words="a change needs lines and their undo")
    if not refused:
        return None
    words = f"not on the list of allowed commands: {'; '.join(dict.fromkeys(refused))}"
    return Refusal(guard=Guard.COMMANDS, words=words)


def _timer(situation: Situation) -> Refusal | None:
    terms, minutes = situation.terms, situation.revert_after_min
    if terms.least_timer_min <= minutes <= terms.most_timer_min:
        return None
    words = (
        f"it needs a revert timer of {minutes} min, and the device allows "
        f"{terms.least_timer_min} to {terms.most_timer_min}"
    )
    return Refusal(guard=Guard.TIMER, words=words)


def _foreign_timer(situation: Situation) -> Refusal | None:
    if situation.pending_revert_s is None:
        return None
    words = f"somebody's revert timer runs on the device, {situation.pending_revert_s:.0f} s left"
    return Refusal(guard=Guard.FOREIGN_TIMER, words=words, is_final=False)


PLANNING: tuple[Callable[[Situation], Refusal | None], ...] = (
    _mode,
    _expiry,
    _alarm,
    _grade,
    _priority_share,
    _ef_contract,
    _commands,
    _timer,
)
"""What is asked before a proposal is shown: nothing here gets better by waiting."""

STARTING = (
    _kill_switch,
    _paused,
    _policy,
    _approved,
    *PLANNING,
    _finding,
    _place,
    _fingerprint,
    _window,
    _one_change,
    _budget,
    _cool_down,
    _unsaved_edits,
    _foreign_timer,
)
"""What is asked again when lines are about to be typed."""


_RESTS_ON_POLICY = frozenset(
    {Guard.MODE, Guard.WINDOW, Guard.BUDGET, Guard.COOL_DOWN, Guard.PRIORITY_SHARE}
)
"""What these refuse is not known while the policy cannot be read."""


def plan_refusals(situation: Situation) -> tuple[Refusal, ...]:
    """Return why a plan could never be carried out; empty: it could."""
    return _ask(PLANNING, situation)


def start_refusals(situation: Situation) -> tuple[Refusal, ...]:
    """Return everything that stands in the way of typing lines now; empty: nothing does."""
    found = _ask(STARTING, situation)
    if situation.decision is None or not situation.policy.is_readable:
        return found
    proposal, policy = situation.proposal, situation.policy
    return (
        *found,
        *standing_refusals(situation.decision, proposal, policy, situation.controls),
    )


def _ask(
    guards: Iterable[Callable[[Situation], Refusal | None]], situation: Situation
) -> tuple[Refusal, ...]:
    unknown = frozenset() if situation.policy.is_readable else _RESTS_ON_POLICY
    found = (guard(situation) for guard in guards)
    return tuple(one for one in found if one is not None and one.guard not in unknown)
