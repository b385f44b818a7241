"""Pause and resume: what people switch by hand, and who may."""

import logging
from datetime import datetime

from qosbot.domain.approvals import approver_refusals
from qosbot.domain.inventory import Policy
from qosbot.ports.deciding import Decisions

log = logging.getLogger(__name__)


def pause(person: str, decisions: Decisions) -> str:
    """Start no change until somebody resumes; return what to say.  Anybody may: it is safe."""
    decisions.pause(person)
    log.info("changes paused", extra={"by": person})
    return "no change is started until somebody resumes; what is under way ends or is put back"


def resume_refusal(person: str, policy: Policy) -> str:
    """Return why somebody may not let changes start again; empty: they may.

    Whoever may approve anything at all may do it.
    """
    found = [next(approver_refusals(person, risk, policy), None) for risk in policy.approvers]
    if any(one is None for one in found):
        return ""
    if any(one is not None and not one.is_final for one in found):
        return (
            f"whether {person} may approve anything is not known at the moment, for Slack did not "
            "say who is in a group; changes stay as they are, try again in a few minutes"
        )
    return f"{person} may not approve anything, and so may not let changes start again"


def resume(person: str, policy: Policy, decisions: Decisions, now: datetime) -> str:
    """Let changes start again, without a person too where that had switched itself off.

    Auto is allowed again in those tiers only that this person may approve: two fixes failed
    there, and that is for them to judge.  Returns what to say; whether they may resume at all is
    asked before.
    """
    decisions.resume(person)
    off = list(decisions.controls().auto_off)
    again = [risk for risk in off if not list(approver_refusals(person, risk, policy))]
    for risk in again:
        decisions.switch_auto_on(risk, person, now)
    log.info("changes resumed", extra={"by": person, "auto_on_again": ", ".join(again)})
    said = ["changes may start again"]
    if again:
        names = ", ".join(again)
        said.append(f"auto had switched itself off for {names} risk, and is allowed there again")
    if len(again) < len(off):
        names = ", ".join(risk for risk in off if risk not in again)
        said.append(f"auto stays off for {names} risk until somebody resumes who may approve that")
    return "; ".join(said)
