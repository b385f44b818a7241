"""Taking a change back: our exact undo, read back, and only then the device's timer off.

While a timer runs the device goes back by itself if we fail; that is the fall-back.  The device
puts its whole configuration back, so where somebody else has edited it we do not wait for that.
"""

from datetime import datetime, timedelta

from qosbot.domain.remediation import Event, Remediation, State
from qosbot.domain.timers import CONFIRM_LEFT_S
from qosbot.workflows.outside import Outside, Seen, look

MOST_ATTEMPTS = 3
REVERTING_S = 15.0
"""What a device takes to put a configuration back, after its timer ran out."""
UNREACHABLE_FOR = timedelta(hours=1)
_GOES_BACK = "the device goes back by itself when its timer runs out"
_NOT_DISARMED = "the device did not take its timer away"


def undo(remediation: Remediation, outside: Outside, now: datetime) -> Remediation:
    """Put the device back as it was, or call a person."""
    seen = look(remediation, outside)
    if seen.is_undone:
        return _finish(remediation, outside, now, seen)
    is_overwritten = not seen.holds and remediation.undo_attempts == 0
    if is_overwritten and (remediation.foreign_edit or _was_kept(remediation)):
        return _leave_to_person(remediation, outside, now, seen)
    if _is_left_to_timer(remediation, seen):
        return _let_it_revert(remediation, outside, now, seen.pending_s or 0.0)
    if remediation.undo_attempts >= MOST_ATTEMPTS:
        if seen.pending_s is not None:
            return _let_it_revert(remediation, outside, now, seen.pending_s)
        words = f"the undo was not taken in {MOST_ATTEMPTS} attempts, and no timer runs"
        return call(remediation, outside, now, words)
    return _type(remediation, outside, now, seen)


def _type(remediation: Remediation, outside: Outside, now: datetime, seen: Seen) -> Remediation:
    first = remediation.undo_attempts == 0
    remediation = outside.move(
        remediation,
        Event.UNDO,
        now,
        "types the exact undo",
        undo_attempts=remediation.undo_attempts + 1,
        # A change that was saved must be gone from the startup configuration too.
        is_undo_saved=_was_kept(remediation) and seen.mark.is_saved
        if first
        else remediation.is_undo_saved,
    )
    change = remediation.proposal.change
    result = outside.sessions.undo(outside.device(remediation), change)
    seen = look(remediation, outside)
    if seen.is_undone:
        return _finish(remediation, outside, now, seen)
    refused = next((line for line in result.lines if not line.accepted), None)
    words = "the undo was typed, but the change is still in force"
    if refused is not None:
        words = f"the undo `{refused.line.strip()}` was refused: {refused.answer}"
    return outside.wait(remediation, now, words)


def _is_left_to_timer(remediation: Remediation, seen: Seen) -> bool:
    """Return whether the device's timer would cross our undo, and takes nobody else's edit along.

    An edit by somebody else is worth the risk of crossing it, while any time is left at all.
    """
    if seen.pending_s is None or seen.pending_s >= CONFIRM_LEFT_S:
        return False
    return not remediation.foreign_edit or seen.pending_s <= 0


def _let_it_revert(
    remediation: Remediation, outside: Outside, now: datetime, pending_s: float
) -> Remediation:
    for_s = max(outside.retry_s, pending_s + REVERTING_S)
    return outside.wait(remediation, now, _GOES_BACK, for_s=for_s)


def _has_reverted(remediation: Remediation, seen: Seen, now: datetime) -> bool:
    """Return whether the device went back by itself, and took somebody else's edit along."""
    before, typed_at = remediation.config_before, remediation.typed_at
    if not remediation.foreign_edit or before is None or typed_at is None:
        return False
    was_left_to_it = remediation.undo_attempts == 0 or remediation.remark == _GOES_BACK
    is_overdue = now >= typed_at + timedelta(minutes=remediation.revert_after_min)
    is_as_before = seen.pending_s is None and seen.mark.running == before.running
    return was_left_to_it and is_overdue and is_as_before


def _was_crossed(remediation: Remediation, outside: Outside, seen: Seen) -> bool:
    """Return whether the device went back before its timer was off, and took an edit along."""
    before = remediation.config_before
    if not remediation.foreign_edit or seen.pending_s is None or before is None:
        return False
    return seen.mark.running != before.running == look(remediation, outside).mark.running


def _edit_is_gone(remediation: Remediation, outside: Outside, now: datetime) -> Remediation:
    words = (
        f"the device has gone back by itself, and what was edited meanwhile went with it "
        f"({remediation.foreign_edit}): see on {remediation.device} whether that edit must be "
        f"made again; nothing of the change is in force"
    )
    return outside.move(remediation, Event.GIVE_UP, now, words)


def _leave_to_person(
    remediation: Remediation, outside: Outside, now: datetime, seen: Seen
) -> Remediation:
    """Overwrite nothing: take the timer off, for it would, and call a person."""
    if not _disarm(remediation, outside, seen):
        return outside.wait(remediation, now, _NOT_DISARMED)
    if _was_crossed(remediation, outside, seen):
        return _edit_is_gone(remediation, outside, now)
    return call(remediation, outside, now, "somebody has changed what the undo would touch")


def _finish(remediation: Remediation, outside: Outside, now: datetime, seen: Seen) -> Remediation:
    """Take the timer off, or save where the change was saved; then see what is left to say."""
    if _was_kept(remediation):
        return _finish_kept(remediation, outside, now, seen)
    if not _disarm(remediation, outside, seen):
        return outside.wait(remediation, now, _NOT_DISARMED)
    if _has_reverted(remediation, seen, now) or _was_crossed(remediation, outside, seen):
        return _edit_is_gone(remediation, outside, now)
    left = _left_over(remediation, seen)
    if left:
        return call(remediation, outside, now, f"undone, but {left}")
    before = remediation.config_before
    is_as_before = before is None or seen.mark.running == before.running
    words = "running as it was before" if is_as_before else "nothing of the change is in force"
    return outside.move(remediation, Event.UNDONE, now, f"undone: {words}")


def _finish_kept(
    remediation: Remediation, outside: Outside, now: datetime, seen: Seen
) -> Remediation:
    """Save where the change was saved, and look whether it is gone from there too."""
    device, dialect = outside.device(remediation), outside.dialect(remediation)
    change = remediation.proposal.change
    config = outside.sessions.read(device)
    why = "the device runs edits of others that nobody has saved"
    is_alone = dialect.only_ours(change, config.startup, config.running) is not False
    if remediation.is_undo_saved and not seen.mark.is_saved and is_alone:
        outside.sessions.save(device, expected=seen.mark.running)
        config = outside.sessions.read(device)
        why = "the device did not save the undo"
    if dialect.undone(change, config.startup):
        return outside.move(remediation, Event.UNDONE, now, "undone", is_saved=False)
    words = (
        f"undone in the running configuration only: the startup configuration of "
        f"{remediation.device} still has the change, and a reload would bring it back; {why}. "
        f"See what else there is unsaved, then type `write memory`, and ask for the rollback again"
    )
    return outside.move(remediation, Event.GIVE_UP, now, words, is_saved=True)


def _left_over(remediation: Remediation, seen: Seen) -> str:
    """Return what a person must look at although the change is undone; empty: nothing."""
    before = remediation.config_before
    if remediation.foreign_edit or before is None:
        return remediation.foreign_edit
    if seen.mark.startup != before.startup:
        return "somebody saved meanwhile: the change may stand in the startup configuration"
    # A device that went back by itself has nothing of ours left; what differs came since.
    is_ours = remediation.undo_attempts > 0 or seen.pending_s is not None
    if is_ours and seen.mark.running != before.running:
        return "the running configuration differs elsewhere from what it was before"
    return ""


def _disarm(remediation: Remediation, outside: Outside, seen: Seen) -> bool:
    """Take the timer off; return whether it is."""
    if seen.pending_s is None:
        return True
    device = outside.device(remediation)
    outside.sessions.confirm(device)
    return outside.sessions.revert_pending_s(device) is None


def _was_kept(remediation: Remediation) -> bool:
    return remediation.undo_from is State.DONE


def call(remediation: Remediation, outside: Outside, now: datetime, words: str) -> Remediation:
    """Call a person, with the undo in the message."""
    lines = " / ".join(line.strip() for line in remediation.proposal.change.undo)
    return outside.move(
        remediation, Event.GIVE_UP, now, f"{words}; the undo on {remediation.device}: {lines}"
    )


def run_out(remediation: Remediation, outside: Outside, now: datetime, words: str) -> Remediation:
    """Wait for a device that does not answer, and call a person after an hour."""
    began_at = remediation.undo_began_at or now
    if now < began_at + UNREACHABLE_FOR:
        return outside.wait(remediation, now, words)
    return call(remediation, outside, now, words)
