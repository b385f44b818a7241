"""Decisions on proposals: what they are bound to, and whose count."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from qosbot.domain.inventory import Mode, Policy
from qosbot.domain.proposals import Proposal
from qosbot.domain.rules import Controls, Guard, Refusal, mode_of, needs_person

POLICY = "policy"
"""Who decided, where policy.yaml granted it in advance."""


class Choice(StrEnum):
    """What can be decided."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What somebody said about one plan."""

    remediation: str
    choice: Choice
    by: str
    """`cli:NAME`, `TEAM/USER` of Slack, or `policy`."""
    at: datetime
    plan_hash: str
    """Of the plan that was looked at; another plan needs another decision."""
    words: str = ""
    others: tuple[str, ...] = ()
    """Who approved before, where the policy wants several people."""


def refusals(
    decision: Decision, proposal: Proposal, policy: Policy, controls: Controls
) -> Iterator[Refusal]:
    """Say why a decision does not count; one that rejects always does.

    Checked when it is made and again when lines are about to be typed, so that somebody who
    lost the right in between has lost it.
    """
    if decision.choice is Choice.REJECT:
        return
    if decision.remediation != proposal.id or decision.plan_hash != proposal.plan_hash:
        words = "what was approved is not this plan; look at it again"
        yield Refusal(guard=Guard.PLAN, words=words)
    if decision.at >= proposal.expires_at:
        words = (
            f"approved at {_clock(decision.at)}, and it expired at {_clock(proposal.expires_at)}"
        )
        yield Refusal(guard=Guard.EXPIRY, words=words)
    if decision.by == POLICY:
        yield from _grant_refusals(proposal, policy, controls)
    elif decision.by not in policy.approvers.get(proposal.risk, ()):
        words = f"{decision.by} may not approve changes of {proposal.risk} risk"
        yield Refusal(guard=Guard.APPROVER, words=words)


def _grant_refusals(proposal: Proposal, policy: Policy, controls: Controls) -> Iterator[Refusal]:
    yield from needs_person(proposal, controls)
    if policy.mode.get(proposal.risk) is not Mode.AUTO:
        words = f"policy.yaml does not grant changes of {proposal.risk} risk in advance"
        yield Refusal(guard=Guard.MODE, words=words)


def grant(proposal: Proposal, policy: Policy, controls: Controls, now: datetime) -> Decision | None:
    """Return the decision that policy.yaml made in advance, or None if a person must decide."""
    if mode_of(policy, proposal, controls) is not Mode.AUTO:
        return None
    return Decision(
        remediation=proposal.id,
        choice=Choice.APPROVE,
        by=POLICY,
        at=now,
        plan_hash=proposal.plan_hash,
        words=f"granted in advance: low risk, grade {proposal.grade}",
    )


def _clock(at: datetime) -> str:
    return f"{at:%H:%M:%S} UTC"
