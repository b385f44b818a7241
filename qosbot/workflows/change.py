"""The steps of a change on a device: type, read back, judge, confirm, save.

Each step asks the device what is so before it changes anything, and saves what comes next before
and after it touches the device.  So a step that is repeated after a crash does what is left.
"""

from datetime import datetime, timedelta

from qosbot.domain.errors import CommitRefusedError
from qosbot.domain.harmless import Inspection, judge_precaution, lacking
from qosbot.domain.playbooks import SuccessRule
from qosbot.domain.precautions import Standing
from qosbot.domain.remediation import Event, Remediation
from qosbot.domain.timers import CONFIRM_LEFT_S
from qosbot.domain.verification import Outcome, Trial, Verdict, judge, missing
from qosbot.workflows.outside import Outside, Seen, look
from qosbot.workflows.start import is_held_back

MOST_WATCHED = 100
"""Figures kept of one change; the latest count."""


def apply(remediation: Remediation, outside: Outside, now: datetime) -> Remediation:
    """Arm the device's timer and type the lines, or what a crash left of them to type."""
    if remediation.typed_at is not None:
        return _resume(remediation, outside, now)
    held_back = is_held_back(remediation, outside, now)
    if isinstance(held_back, Remediation):
        return held_back
    # From here on lines may be in force, whatever happens to us.
    remediation = outside.move(
        remediation,
        Event.TYPE,
        now,
        f"arms the timer with {remediation.revert_after_min} min and types",
        typed_at=now,
        config_before=held_back.mark,
    )
    return _type(remediation, outside, now)


def _resume(remediation: Remediation, outside: Outside, now: datetime) -> Remediation:
    """Go on where a process died between arming the timer and the last line."""
    seen = look(remediation, outside)
    if seen.holds and seen.pending_s is not None:
        return outside.move(remediation, Event.LINES_TAKEN, now, "every line was in force already")
    if seen.holds:
        return _foreign(remediation, outside, now, "the revert timer was taken away")
    if seen.pending_s is None:
        return _type_again(remediation, outside, now, seen)
    if seen.pending_s < remediation.verify_s + CONFIRM_LEFT_S:
        words = f"{seen.pending_s:.0f} s are left, too few to type the rest and to verify"
        return _too_late(remediation, outside, now, words)
    return _type(remediation, outside, now)


def _type_again(
    remediation: Remediation, outside: Outside, now: datetime, seen: Seen
) -> Remediation:
    """Begin again where certainly nothing was typed; else see to it that nothing is left."""
    before = remediation.config_before
    is_as_before = before is not None and seen.mark.running == before.running
    if not is_as_before or _is_overdue(remediation, now):
        return _too_late(remediation, outside, now, "no timer runs and the change is not in force")
    held_back = is_held_back(remediation, outside, now)
    if isinstance(held_back, Remediation):
        return held_back
    return _type(remediation, outside, now)


def _type(remediation: Remediation, outside: Outside, now: datetime) -> Remediation:
    change = remediation.proposal.change
    try:
        result = outside.sessions.apply(
            outside.device(remediation), change, revert_after_min=remediation.revert_after_min
        )
    except CommitRefusedError as error:
        return outside.move(remediation, Event.LINES_REFUSED, now, str(error))
    refused = next((line for line in result.lines if not line.accepted), None)
    if refused is not None:
        words = f"`{refused.line.strip()}` was refused: {refused.answer}"
        return outside.move(remediation, Event.LINES_REFUSED, now, words)
    return outside.move(
        remediation, Event.LINES_TAKEN, now, f"{len(result.lines)} lines were taken"
    )


def read_back(remediation: Remediation, outside: Outside, now: datetime) -> Remediation:
    """See whether what was asked for is in force."""
    seen = look(remediation, outside)
    if not seen.holds:
        words = "the lines were taken, but what they should do is not in force"
        return outside.move(remediation, Event.NOT_IN_FORCE, now, words)
    if seen.pending_s is None:
        return _foreign(remediation, outside, now, "the revert timer was taken away")
    if _saved_by_others(remediation, seen):
        return _foreign(remediation, outside, now, "somebody saved the change meanwhile")
    if seen.only_ours is False:
        words = "somebody edited the device while our lines were typed"
        return _foreign(remediation, outside, now, words)
    return outside.move(
        remediation,
        Event.IN_FORCE,
        now,
        f"in force; the device goes back by itself in {seen.pending_s:.0f} s",
        changed_at=now,
        config_after=seen.mark,
        due_at=now + timedelta(seconds=outside.poll_interval_s),
    )


def verify(remediation: Remediation, outside: Outside, now: datetime) -> Remediation:
    """Watch until enough was measured or time runs out, then judge."""
    seen = look(remediation, outside)
    intruded = _intruded(remediation, outside, seen, now)
    if intruded is not None:
        return intruded
    trial = _trial(remediation, outside)
    is_precaution = remediation.proposal.precaution is not None
    gaps = lacking(trial) if is_precaution else missing(trial)
    left_s = (seen.pending_s or 0.0) - CONFIRM_LEFT_S
    if gaps and left_s > outside.poll_interval_s:
        return outside.wait(
            remediation,
            now,
            "; ".join(gaps),
            event=Event.WATCH,
            for_s=outside.poll_interval_s,
            watched=trial.watched,
        )
    verdict, event = _judged_as_precaution(trial, seen) if is_precaution else _judged(trial)
    return outside.move(
        remediation,
        event,
        now,
        f"{verdict.outcome}: {'; '.join(verdict.reasons)}",
        watched=trial.watched,
        outcome=verdict.outcome,
        reasons=verdict.reasons,
    )


def _judged(trial: Trial) -> tuple[Verdict, Event]:
    verdict = judge(trial)
    event = Event.HELPED if verdict.outcome is Outcome.HELPED else Event.NOT_HELPED
    return verdict, event


def _judged_as_precaution(trial: Trial, seen: Seen) -> tuple[Verdict, Event]:
    finding = seen.finding or Standing.UNKNOWN
    verdict = judge_precaution(trial, Inspection(is_in_force=seen.holds, finding=finding))
    is_kept = verdict.outcome is Outcome.HARMLESS
    return verdict, Event.HARMLESS if is_kept else Event.NOT_HARMLESS


def _trial(remediation: Remediation, outside: Outside) -> Trial:
    latest = outside.figures(remediation)
    watched = remediation.watched
    is_new = latest is not None and (not watched or latest.taken_at > watched[-1].taken_at)
    if latest is not None and is_new:
        watched = (*watched, latest)[-MOST_WATCHED:]
    if remediation.changed_at is None:
        raise ValueError(f"{remediation.id} is judged before it was read back")
    return Trial(
        intent=remediation.proposal.change.intent,
        success=remediation.proposal.success or SuccessRule(),
        affected=remediation.affected,
        runs_needed=remediation.runs_needed,
        before=remediation.before,
        changed_at=remediation.changed_at + timedelta(seconds=remediation.settle_s),
        watched=watched,
        touched=remediation.proposal.links,
    )


def confirm(remediation: Remediation, outside: Outside, now: datetime) -> Remediation:
    """Take the timer away, unless it could cross the revert, or somebody edited meanwhile."""
    seen = look(remediation, outside)
    after = remediation.config_after
    is_ours = seen.holds and after is not None and seen.mark.running == after.running
    if seen.pending_s is None and is_ours:
        return outside.move(remediation, Event.CONFIRMED, now, "the timer is off")
    intruded = _intruded(remediation, outside, seen, now)
    if intruded is not None:
        return intruded
    left_s = seen.pending_s or 0.0
    if left_s < CONFIRM_LEFT_S:
        words = f"{left_s:.0f} s are left: a confirm could cross the revert, so it goes back"
        return _too_late(remediation, outside, now, words)
    device = outside.device(remediation)
    outside.sessions.confirm(device)
    if outside.sessions.revert_pending_s(device) is not None:
        return outside.wait(remediation, now, "the device did not take its timer away")
    return outside.move(remediation, Event.CONFIRMED, now, "the timer is off")


def save(remediation: Remediation, outside: Outside, now: datetime) -> Remediation:
    """Make the change last over a reload, if nothing but the change would be saved."""
    seen = look(remediation, outside)
    if not seen.holds:
        return outside.move(remediation, Event.NOT_IN_FORCE, now, "it is in force no more")
    if seen.mark.is_saved:
        return outside.move(remediation, Event.SAVED, now, "saved", is_saved=True)
    reason = _why_not_save(remediation, seen)
    if not reason:
        outside.sessions.save(outside.device(remediation), expected=seen.mark.running)
        seen = look(remediation, outside)
        if seen.mark.is_saved:
            return outside.move(remediation, Event.SAVED, now, "saved", is_saved=True)
        reason = _why_not_save(remediation, seen) or "the device did not save it"
    words = f"kept, but left unsaved: {reason}"
    return outside.move(remediation, Event.LEFT_UNSAVED, now, words, is_saved=False)


def _why_not_save(remediation: Remediation, seen: Seen) -> str:
    before, after = remediation.config_before, remediation.config_after
    if before is None or not before.is_saved:
        return "the device ran edits before that were not saved"
    if after is None or seen.mark.running != after.running:
        return "somebody edited the device meanwhile"
    if seen.mark.startup != before.startup:
        return "somebody saved the device meanwhile"
    if not seen.only_ours:
        return "something besides our lines changed, or may have"
    return ""


def _intruded(
    remediation: Remediation, outside: Outside, seen: Seen, now: datetime
) -> Remediation | None:
    """Move on if the device is not as we left it; None: it is."""
    before, after = remediation.config_before, remediation.config_after
    if before is not None and seen.pending_s is None and seen.mark.running == before.running:
        return _too_late(remediation, outside, now, "the device has gone back by itself")
    if after is None or seen.mark.running != after.running or not seen.holds:
        return _foreign(remediation, outside, now, "somebody edited the device meanwhile")
    if seen.pending_s is None:
        words = "the revert timer was taken away, unverified"
        return _foreign(remediation, outside, now, words)
    if _saved_by_others(remediation, seen):
        return _foreign(remediation, outside, now, "somebody saved the change meanwhile")
    return None


def _saved_by_others(remediation: Remediation, seen: Seen) -> bool:
    before = remediation.config_before
    return before is None or seen.mark.startup != before.startup


def _is_overdue(remediation: Remediation, now: datetime) -> bool:
    """Return whether the device's timer must have run out by now."""
    if remediation.typed_at is None:
        return False
    return now >= remediation.typed_at + timedelta(minutes=remediation.revert_after_min)


def _foreign(remediation: Remediation, outside: Outside, now: datetime, words: str) -> Remediation:
    return outside.move(remediation, Event.FOREIGN_EDIT, now, words, foreign_edit=words)


def _too_late(remediation: Remediation, outside: Outside, now: datetime, words: str) -> Remediation:
    """Roll back for want of time, which says nothing of the change itself."""
    outcome = remediation.outcome or Outcome.INCONCLUSIVE
    return outside.move(
        remediation,
        Event.TOO_LATE,
        now,
        words,
        outcome=outcome,
        reasons=remediation.reasons or (words,),
    )


def run_out(remediation: Remediation, outside: Outside, now: datetime, words: str) -> Remediation:
    """Wait for a device that does not answer, until its timer must have run out."""
    if not _is_overdue(remediation, now):
        return outside.wait(remediation, now, words)
    return _too_late(remediation, outside, now, f"{words}; its timer has run out meanwhile")
