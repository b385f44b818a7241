"""What a card says once nobody can decide any more: who, when, why, and what is left to do."""

from collections.abc import Iterator

from qosbot.domain.approvals import Choice, Decision
from qosbot.domain.remediation import State
from qosbot.domain.verification import Outcome
from qosbot.render.slack.blocks import Block, code_block, context, section
from qosbot.render.slack.discretion import at_minute
from qosbot.render.slack.facts import score, worst_mos
from qosbot.render.slack.parts import WITHOUT_IT, Subject
from qosbot.render.slack.phrases import OUTCOMES, STANDING, standing_of, who
from qosbot.render.slack.text import listed

_UNDO_LINES = 40
_STOPS = {State.REJECTED: "rejected", State.SETTLED: "settled"}
_ROLLBACK = "rollback asked for"


def ending(about: Subject, decision: Decision | None) -> Block:
    """Return who, when, why, and what came of it, in small print."""
    why = f"why: {about.show}"
    if about.discretion.names_devices:
        told = about.discretion.words("; ".join(_reasons(about, decision)), 900)
        why = f"why: {told}" if told else ""
    return context(_facts(about, decision), why)


def progress(about: Subject, decision: Decision | None) -> Block:
    """Return who decided, and what came of it so far, in small print."""
    return context(_facts(about, decision))


def _facts(about: Subject, decision: Decision | None) -> str:
    finished = about.remediation.finished_at
    when = "" if finished is None else f"ended {at_minute(finished)}"
    parts = (decided(about, decision), stopped(about), when, _outcome(about))
    return " · ".join(part for part in parts if part)


def decided(about: Subject, decision: Decision | None) -> str:
    """Return who decided what and when; that nobody did, where nobody did."""
    remediation = about.remediation
    if remediation.state is State.OBSERVED:
        return "nobody was asked"
    # What stands is in the remediation; a decision that was not taken up yet is beside it.
    if remediation.decided_by and remediation.decided_at is not None:
        by, at = remediation.decided_by, remediation.decided_at
        # Only an approval is bound to a plan; a change may be stopped after it.
        is_rejected = remediation.state is State.REJECTED and not remediation.plan_hash
        others = decision.others if decision is not None and decision.by == by else ()
    elif decision is not None:
        by, at, others = decision.by, decision.at, decision.others
        is_rejected = decision.choice is Choice.REJECT
    else:
        return "" if stopped(about) else "nobody decided"
    names = [who(one, about.discretion) for one in dict.fromkeys((by, *others))]
    return f"{'rejected' if is_rejected else 'approved'} by {listed(names, 4)}, {at_minute(at)}"


def stopped(about: Subject) -> str:
    """Return who asked for an end without deciding on it; empty: nobody did."""
    by, state = about.remediation.asked_by, about.remediation.state
    return f"{_STOPS.get(state, _ROLLBACK)} by {who(by, about.discretion)}" if by else ""


def _outcome(about: Subject) -> str:
    remediation, mos = about.remediation, worst_mos(about.remediation)
    parts = []
    if remediation.outcome is not None:
        parts.append(OUTCOMES[remediation.outcome])
    if mos.after is not None:
        on_trial = " on trial" if remediation.state in WITHOUT_IT else ""
        parts.append(f"MOS {score(mos.before)} → {mos.after:.2f}{on_trial}")
    elif remediation.typed_at is not None:
        parts.append(f"MOS {score(mos.before)} before, not measured after")
    if remediation.is_saved is not None and remediation.state is State.DONE:
        parts.append("saved" if remediation.is_saved else "left unsaved")
    return ", ".join(parts)


def _reasons(about: Subject, decision: Decision | None) -> tuple[str, ...]:
    """Return the remark and what the outcome rests on, each once."""
    remediation = about.remediation
    # Where a person is called, the remark stands above already.
    said = [] if remediation.state is State.STUCK else [remediation.remark]
    if not remediation.remark and decision is not None and decision.choice is Choice.REJECT:
        said.append(decision.words)
    if remediation.outcome is not None:
        said.extend(remediation.reasons)
    return tuple(dict.fromkeys(one for one in said if one))


def standing(about: Subject) -> str:
    """Return what a state means, with what it waits for."""
    remediation = about.remediation
    if remediation.state is State.AWAITING_DECISION:
        return "Decided; it is taken up in a moment."
    told = standing_of(remediation)
    # What would only be observed repeats the cause.
    is_told = remediation.state is State.OBSERVED
    remark = "" if is_told else about.discretion.words(remediation.remark, 400)
    return f"{told}\n{remark}" if remark else told


def going_back_because(about: Subject) -> str:
    """Return why a rollback began, as far as the record says; empty where it does not."""
    outcome = about.remediation.outcome
    if outcome is None or outcome in {Outcome.HELPED, Outcome.HARMLESS}:
        return ""
    return f"The outcome is: {OUTCOMES[outcome]}."


def call_for_help(about: Subject) -> list[Block]:
    """Return what a person must do where qosbot cannot, with the undo to type."""
    return [section("\n".join(_to_do(about))), *_undo(about)]


def _to_do(about: Subject) -> Iterator[str]:
    remediation, discretion = about.remediation, about.discretion
    ident = discretion.name(remediation.id)
    device = discretion.words(remediation.device, 60) or "the device"
    remark = discretion.words(remediation.remark, 400)
    yield f"*{STANDING[State.STUCK]}*"
    if remark:
        yield remark
    edit = discretion.words(remediation.foreign_edit, 200)
    if edit and edit not in remark:
        yield f"Somebody else's edit: {edit}"
    undo = "the undo below" if discretion.names_devices else f"the undo that {about.show} prints"
    yield f"1. Log in to {device} and see which lines of the change are still in force."
    yield f"2. Type what is still needed of {undo}, and see whether it must be saved."
    yield f"3. Say `qosbot settle {ident}` once the device is in order again,"
    yield f"    or `qosbot rollback {ident}` to let qosbot try its undo again."
    yield "Until then no other change starts on that device."


def _undo(about: Subject) -> Iterator[Block]:
    change = about.remediation.proposal.change
    shown = about.discretion.code(change.undo, most=_UNDO_LINES, limit=1800)
    if not about.discretion.names_devices:
        return
    more = f"\n{shown.left_out} more lines: see the undo in the thread" if shown.left_out else ""
    yield section(f"*Exact undo*\n{code_block(shown.text) or 'there is none'}{more}")
