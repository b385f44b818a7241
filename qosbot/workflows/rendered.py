"""A plan as lines for its device, and the proposal around them."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from qosbot.domain.errors import UnsupportedIntentError
from qosbot.domain.findings import Finding
from qosbot.domain.ground import CAUTIONS, NoPlan, Planned, Refused
from qosbot.domain.intents import ConfigChange
from qosbot.domain.inventory import Inventory
from qosbot.domain.metrics import Grade
from qosbot.domain.playbooks import NEEDS_A_PERSON, Playbook, RiskFactor
from qosbot.domain.proposals import Precaution, Prediction, Proposal
from qosbot.ports.configuring import Platform

UNKNOWN_INTERRUPTION = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A plan with its lines."""

    book: Playbook
    plan: Planned
    """With what only its lines tell of its risk."""
    change: ConfigChange
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why something is proposed."""

    incident: str
    """The alarm, or the finding of an audit."""
    grade: Grade
    alarms: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    prediction: Prediction | None = None
    precaution: Precaution | None = None


def rendered(
    book: Playbook, plan: Planned, platform: Platform, running: str, *, but: str
) -> Rendered | NoPlan:
    """Return a plan as lines, or why its platform cannot say it; `but` is what is wrong now."""
    try:
        change = platform.render(plan.intent, running, plan.device)
    except UnsupportedIntentError as error:
        return NoPlan(reason=Refused.UNSUPPORTED, words=str(error))
    if not change.apply or platform.holds(plan.intent, running):
        words = f"{plan.device} is configured so already, and {but} all the same"
        return NoPlan(reason=Refused.CONTRADICTED, words=words)
    return Rendered(
        book=book,
        plan=_with_rendering(plan, change),
        change=change,
        fingerprint=platform.fingerprint(running, plan.intent),
    )


def proposal_of(one: Rendered, reason: Reason, inventory: Inventory, now: datetime) -> Proposal:
    """Return the proposal of a plan that has its lines."""
    plan, book = one.plan, one.book
    needs_person = bool(plan.factors & NEEDS_A_PERSON)
    return Proposal(
        id=_id(reason.incident, one.change, now),
        alarms=reason.alarms,
        findings=reason.findings,
        playbook=book.name,
        change=one.change,
        prediction=reason.prediction,
        risk=book.risk_with(plan.factors),
        grade=max(reason.grade, Grade.B if needs_person else Grade.A),
        site=inventory.devices[plan.device].site,
        blast_radius=plan.paths,
        revert_mechanism=(
            "none: the device would not go back by itself"
            if RiskFactor.NO_REVERT_TIMER in plan.factors
            else "the device's own timer, armed before the first line"
        ),
        fingerprint=one.fingerprint,
        created_at=now,
        expires_at=now + timedelta(seconds=inventory.policy.limits.proposal_expiry_s),
        links=plan.links,
        cautions=plan.cautions,
        success=book.success,
        precaution=reason.precaution,
    )


def _id(incident: str, change: ConfigChange, now: datetime) -> str:
    content = "\n".join((incident, change.device, now.isoformat(), *change.apply))
    return f"p-{hashlib.sha256(content.encode()).hexdigest()[:8]}"


def _with_rendering(plan: Planned, change: ConfigChange) -> Planned:
    """Return a plan with what only its lines tell of its risk."""
    told = {
        RiskFactor.UNVERIFIED_SYNTAX: not change.is_verified_syntax,
        RiskFactor.UNKNOWN_INTERRUPTION: change.interruption == UNKNOWN_INTERRUPTION,
    }
    found = [factor for factor, is_so in told.items() if is_so]
    return replace(
        plan,
        factors=plan.factors | set(found),
        cautions=(*plan.cautions, *(CAUTIONS[factor] for factor in found)),
    )
