"""Answers to the slash command, which only the one who asked can see.

Each text is escaped, at most 3 000 characters, and what matters most comes first.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from qosbot.domain.alarms import Alarm, AlarmState
from qosbot.domain.inventory import Direction
from qosbot.domain.messages import Disclosure
from qosbot.domain.path_scores import PathScore
from qosbot.domain.paths import Unmeasured
from qosbot.domain.remediation import IN_HAND, Remediation, State
from qosbot.domain.rules import Controls
from qosbot.ports.messaging import Post
from qosbot.render.slack.blocks import SECTION, section
from qosbot.render.slack.discretion import Discretion, at_minute, clock, minutes
from qosbot.render.slack.facts import score, subject, worst_mos
from qosbot.render.slack.phrases import (
    CAUSES,
    OUTCOMES,
    capital,
    change_words,
    found,
    standing_of,
    title_of,
    who_plainly,
)
from qosbot.render.slack.text import escape, fit, listed
from qosbot.render.words import in_words

_MOST = 15
TOLD = IN_HAND | {State.AWAITING_DECISION}
"""Of what stands in one of these a status tells; everything else has ended or is about to start."""

_HELP = """\
/qosbot status: what stands, what waits, and how old the last poll is
/qosbot pending: the changes that wait for a decision
/qosbot path NAME: how voice sounds on a path
/qosbot why ID: why a change was proposed, and what came of it
/qosbot pause: start no change until somebody resumes
/qosbot resume: allow changes again
/qosbot help: this"""


def answer_post(words: str) -> Post:
    """Return an answer to one person; lines stay lines, whatever else is in it is only shown."""
    text = fit(escape(words, keep_lines=True), SECTION).strip() or "Nothing to say."
    return Post(text=text, blocks=(section(text),))


def help_text() -> str:
    """Return what can be asked."""
    return escape(_HELP, keep_lines=True)


def status_text(
    *,
    remediations: Sequence[Remediation],
    alarms: Sequence[Alarm],
    controls: Controls,
    poll_age_s: float | None,
    has_kill_switch: bool,
) -> str:
    """Return how things stand.

    Args:
        remediations: those in a state that is `TOLD`, at least.
        alarms: those that are raised.
        controls: what is paused and what is switched off.
        poll_age_s: None before the first poll.
        has_kill_switch: whether the file is there that keeps every device untouched.
    """
    discretion = Discretion(level=Disclosure.SUMMARY)
    lines = list(_status(remediations, alarms, controls, poll_age_s, discretion))
    if has_kill_switch:
        lines.insert(0, "The kill-switch file is there: no device is touched")
    return _fitted(lines)


def _status(
    remediations: Sequence[Remediation],
    alarms: Sequence[Alarm],
    controls: Controls,
    poll_age_s: float | None,
    discretion: Discretion,
) -> Iterator[str]:
    stuck = [one for one in remediations if one.state is State.STUCK]
    if stuck:
        yield f"A person is needed: {_ids(stuck, discretion)}"
    yield "Never polled yet" if poll_age_s is None else f"Last poll {minutes(poll_age_s)} ago"
    if controls.paused_by:
        yield f"Paused by {who_plainly(controls.paused_by, discretion)}: no change starts"
    else:
        yield "Not paused"
    for risk in controls.auto_off:
        yield f"Changes of {risk} risk need a person: auto switched itself off"
    raised = [one for one in alarms if one.state is AlarmState.RAISED]
    worst = min(raised, key=lambda one: one.mos_worst, default=None)
    bad = (
        ""
        if worst is None
        else f", the worst with MOS {worst.mos_worst:.2f}{_on(worst, discretion)}"
    )
    yield f"Alarms: {len(raised) or 'none'}{bad}"
    waiting = [one for one in remediations if one.state is State.AWAITING_DECISION]
    yield f"Waiting for a decision: {_ids(waiting, discretion)}"
    in_hand = [one for one in remediations if one.state in IN_HAND - {State.STUCK}]
    yield f"Under way: {_ids(in_hand, discretion)}"


def _on(alarm: Alarm, discretion: Discretion) -> str:
    paths = list(dict.fromkeys(way.path for way in alarm.ways))
    return f" on {discretion.name(paths[0], 60)}" if paths else ""


def _ids(remediations: Iterable[Remediation], discretion: Discretion) -> str:
    return listed([discretion.name(one.id) for one in remediations], 10) or "none"


def pending_text(remediations: Sequence[Remediation], *, now: datetime) -> str:
    """Return what waits for a decision, what expires first being first."""
    discretion = Discretion(level=Disclosure.SUMMARY)
    waiting = sorted(
        (one for one in remediations if one.state is State.AWAITING_DECISION),
        key=lambda one: one.proposal.expires_at,
    )
    lines = [_pending(one, discretion, now) for one in waiting[:_MOST]]
    if len(waiting) > _MOST:
        lines.append(f"…and {len(waiting) - _MOST} more")
    return _fitted(lines or ["Nothing waits for a decision."])


def _pending(remediation: Remediation, discretion: Discretion, now: datetime) -> str:
    proposal, where = remediation.proposal, escape(subject(remediation, discretion, 60))
    left_s = (proposal.expires_at - now).total_seconds()
    left = f"expires in {minutes(left_s)}" if left_s > 0 else "has expired"
    told = f"precaution for {where}"
    if proposal.prediction is not None:
        before, after = score(worst_mos(remediation).before), proposal.prediction.mos_after
        told = f"MOS {before} on {where}, predicted {after:.2f}"
    return (
        f"{discretion.name(remediation.id)}: {told}; "
        f"risk {proposal.risk}, grade {proposal.grade}; {left}"
    )


def path_text(
    name: str,
    score: PathScore | Unmeasured | None,
    *,
    alarms: Sequence[Alarm],
    threshold: float | None,
) -> str:
    """Return how voice sounds on a path; a score of None says that there is no such path."""
    discretion = Discretion(level=Disclosure.SUMMARY)
    shown = discretion.name(name, 100)
    if score is None:
        return f"There is no path {shown}; qosbot paths lists them."
    if isinstance(score, Unmeasured):
        last = "" if score.run_at is None else f"; last run {at_minute(score.run_at)}"
        return f"{shown}: not measured, {in_words([score.reason])}{last}"
    return _fitted(_path(shown, score, alarms, threshold))


def _path(
    shown: str, score: PathScore, alarms: Sequence[Alarm], threshold: float | None
) -> Iterator[str]:
    limit = "" if threshold is None else f", threshold {threshold:.2f}"
    yield f"{shown}: MOS {score.mos:.2f} ({score.worse}){limit}; data of grade {score.grade}"
    for direction in Direction:
        voice, heard = score.towards(direction), score.measurement.towards(direction)
        yield (
            f"{direction}: MOS {voice.mos:.2f} ({voice.mos_low:.2f} to {voice.mos_high:.2f}), "
            f"{heard.delay_s * 1e3:.3g} ms delay, {heard.jitter_s * 1e3:.3g} ms jitter, "
            f"{heard.loss_ratio:.1%} loss"
        )
    if score.reasons:
        yield f"Remarks: {in_words(score.reasons)}"
    yield f"Last probe run {clock(score.run_at)}"
    standing = [
        one
        for one in alarms
        if one.state is AlarmState.RAISED and any(way.path == score.path for way in one.ways)
    ]
    for one in standing[:5]:
        yield f"Alarm since {at_minute(one.raised_at)}, MOS {one.mos_worst:.2f} at worst"


def why_text(remediation: Remediation, *, disclosure: Disclosure) -> str:
    """Return why a change was proposed, and what came of it."""
    return _fitted(_why(remediation, Discretion(level=disclosure)))


def _why(remediation: Remediation, discretion: Discretion) -> Iterator[str]:
    proposal, mos = remediation.proposal, worst_mos(remediation)
    ident, where = discretion.name(remediation.id), escape(subject(remediation, discretion))
    if proposal.precaution is None:
        yield f"{ident}: {title_of(remediation)}. MOS {score(mos.before)} on {where}"
    else:
        yield f"{ident}: {title_of(remediation)}. Precaution for {where}"
        yield f"Audit finding: {found(proposal.precaution, discretion)}"
    for finding in proposal.findings[:3]:
        words = discretion.words(finding.words, 400) or CAUSES[finding.cause]
        yield f"Cause: {capital(words)}"
    yield f"Change: {change_words(proposal.change, discretion)}"
    if proposal.prediction is not None:
        because = discretion.words(proposal.prediction.because, 300)
        yield (
            f"Predicted: MOS {proposal.prediction.mos_after:.2f}"
            f"{f', because {because}' if because else ''}"
        )
    if remediation.decided_by:
        yield f"Decided by {who_plainly(remediation.decided_by, discretion)}"
    if remediation.outcome is not None:
        after = "" if mos.after is None else f", MOS {mos.after:.2f} now"
        yield f"Outcome: {OUTCOMES[remediation.outcome]}{after}"
        reasons = discretion.words("; ".join(remediation.reasons), 600)
        if reasons:
            yield f"It rests on: {reasons}"
    yield standing_of(remediation) or "It waits for a decision."
    remark = discretion.words(remediation.remark, 400)
    if remark:
        yield remark
    yield f"All of it: qosbot show {ident}"


def _fitted(lines: Iterable[str]) -> str:
    return fit("\n".join(lines), SECTION)
