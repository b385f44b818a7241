"""What is said of how a change stands, to who decides on it: what is so now, and no promise."""

from datetime import datetime

from qosbot.domain.approvals import Choice, Decision
from qosbot.domain.guardrails import start_refusals
from qosbot.domain.remediation import IN_HAND, Remediation, State
from qosbot.domain.rules import Guard
from qosbot.workflows.outside import Outside

_NAMELESS = frozenset(
    {
        Guard.KILL_SWITCH,
        Guard.PAUSED,
        Guard.EXPIRY,
        Guard.ALARM,
        Guard.FINDING,
        Guard.WINDOW,
        Guard.APPROVER,
    }
)
"""Guards whose words name nothing of the network, and so may leave it."""

_NOT_BEGUN = frozenset({State.AWAITING_DECISION, State.APPROVED})


def is_open_to(choice: Choice, found: Remediation, stands: Decision | None) -> bool:
    """Return whether a choice can still change anything, given the decision that stands."""
    is_awaiting = found.state is State.AWAITING_DECISION
    if choice is Choice.APPROVE:
        return is_awaiting and stands is None
    is_rejected = stands is not None and stands.choice is Choice.REJECT
    return found.state is State.APPROVED or (is_awaiting and not is_rejected)


def outlook(found: Remediation, outside: Outside, now: datetime) -> str:
    """Return what becomes of a change that was approved and has not begun, as things are now."""
    if found.device not in outside.inventory.devices:
        return "it waits: its device is not in the inventory any more"
    refused = start_refusals(outside.situation(found, now))
    if not refused:
        return "every guard is asked again before the first line"
    words = [one.words for one in refused if one.guard in _NAMELESS]
    told = (
        "; ".join(dict.fromkeys(words)) or f"a guard stands in the way, see qosbot show {found.id}"
    )
    is_over = any(one.is_final for one in refused)
    return f"{'it will not be carried out' if is_over else 'it waits'}: {told}"


def how_it_stands(  # noqa: PLR0913 - what is said depends on as many things
    found: Remediation,
    person: str,
    choice: Choice,
    outside: Outside,
    now: datetime,
    *,
    what: str = "click",
) -> str:
    """Return what became of somebody's choice, and where the change stands.

    Args:
        found: the change, as it was just read.
        person: whose choice it was.
        choice: what it was.
        outside: ports and settings.
        now: the time, aware.
        what: how they made it, for "your click changed nothing".
    """
    stands = outside.decisions.decision(found.id)
    nothing = f"your {what} changed nothing"
    if found.state is State.REJECTED or (stands is not None and stands.choice is Choice.REJECT):
        told = _stopped(found, stands, person, nothing)
    elif found.state in _NOT_BEGUN and stands is not None:
        is_theirs = person in {*stands.others, stands.by}
        after = outlook(found, outside, now) if is_theirs else nothing
        told = f"{_approved(stands, person)}; {after}"
    else:
        told = _moved_on(found, stands, person, choice, nothing)
    return f"{found.id}: {told}"


def _approved(stands: Decision, person: str) -> str:
    if person in {*stands.others, stands.by}:
        return f"you approved it at {_clock(stands.at)}"
    return f"{stands.by} approved it at {_clock(stands.at)} already"


def _stopped(found: Remediation, stands: Decision | None, person: str, nothing: str) -> str:
    if found.asked_by:
        by, told = found.asked_by, "stopped it"
    elif stands is not None:
        by, told = stands.by, f"rejected it at {_clock(stands.at)}"
    else:
        by, told = found.decided_by, "rejected it"
    if by == person:
        return f"you {told}; nothing will be changed"
    return f"{by} {told} already; {nothing}"


def _moved_on(
    found: Remediation, stands: Decision | None, person: str, choice: Choice, nothing: str
) -> str:
    state = f"it is {found.state.replace('_', ' ')}"
    if choice is Choice.REJECT:
        return "; ".join(one for one in (state, nothing, _way_back(found)) if one)
    if stands is not None and person in {*stands.others, stands.by}:
        return f"{_approved(stands, person)}; {state}"
    return f"{state}; {nothing}"


def _way_back(found: Remediation) -> str:
    if found.state in {State.VERIFYING, State.DONE}:
        return f"qosbot rollback {found.id} takes it back"
    if found.state is State.STUCK:
        return f"qosbot show {found.id} says what is left to do"
    if found.state in IN_HAND - {State.ROLLING_BACK}:
        return f"once it is on trial or done, qosbot rollback {found.id} takes it back"
    return ""


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S} UTC"
