"""Decisions on proposals: what they are bound to, and whose count."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import chain

from qosbot.domain.inventory import Mode, Policy, Risk
from qosbot.domain.proposals import Proposal
from qosbot.domain.rules import (
    Controls,
    Guard,
    Refusal,
    mode_of,
    needs_person,
    policy_refusal,
)

POLICY = "policy"
"""Who decided, where policy.yaml granted it in advance."""

_CLI = "cli:"


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
    """Say why a decision does not count.

    Checked when it is made and again when lines are about to be typed, so that somebody who
    lost the right in between has lost it.  Whoever may approve may reject, whatever else is so.
    """
    if decision.choice is Choice.APPROVE:
        yield from _plan_refusals(decision, proposal)
    if decision.by == POLICY:
        yield from _grant_refusals(proposal, policy, controls)
        return
    asked = approval_refusals if decision.choice is Choice.APPROVE else approver_refusals
    for person in (decision.by, *decision.others):
        yield from asked(person, proposal.risk, policy)


def standing_refusals(
    decision: Decision, proposal: Proposal, policy: Policy, controls: Controls
) -> Iterator[Refusal]:
    """Say why a decision that stands does not count, or has too few people behind it."""
    yield from refusals(decision, proposal, policy, controls)
    if decision.by == POLICY or decision.choice is Choice.REJECT:
        return
    people, wanted = {decision.by, *decision.others}, quorum_of(policy, proposal.risk)
    if len(people) < wanted:
        words = f"{len(people)} approved, and {wanted} people must for {proposal.risk} risk"
        yield Refusal(guard=Guard.APPROVER, words=words)


def quorum_of(policy: Policy, risk: Risk) -> int:
    """Return how many distinct people must approve."""
    return policy.quorum.get(risk, 1)


def approver_refusals(person: str, risk: Risk, policy: Policy) -> Iterator[Refusal]:
    """Say why somebody may not decide on changes of a tier; who is not named may not."""
    unreadable = policy_refusal(policy)
    if unreadable is not None:
        yield unreadable
        return
    named = policy.approvers.get(risk, ())
    if person in named:
        return
    unknown = [one for one in named if _is_group(one)]
    if unknown and not person.startswith(_CLI):
        # The list of a group's members is old or was never read: neither yes nor no.
        words = f"whether {person} is in {', '.join(unknown)} is not known at the moment"
        yield Refusal(guard=Guard.APPROVER, words=words, is_final=False)
    else:
        words = f"{person} may not decide on changes of {risk} risk"
        yield Refusal(guard=Guard.APPROVER, words=words)


def approval_refusals(person: str, risk: Risk, policy: Policy) -> Iterator[Refusal]:
    """Say why an approval of somebody does not count.

    Where several people must approve and Slack tells them apart, a name at the command line
    could be one of them again, for it is taken on trust.  A rejection needs one person only.
    """
    yield from approver_refusals(person, risk, policy)
    named, wanted = policy.approvers.get(risk, ()), quorum_of(policy, risk)
    is_told_apart = any(not one.startswith(_CLI) for one in named)
    if wanted > 1 and is_told_apart and person in named and person.startswith(_CLI):
        words = (
            f"{wanted} different people must approve changes of {risk} risk, and only Slack tells "
            f"them apart: approve there, not as {person}"
        )
        yield Refusal(guard=Guard.APPROVER, words=words)


def anybody(person: str) -> bool:
    """Return that an approval counts, whoever made it."""
    del person
    return True


def may_approve(person: str, risk: Risk, policy: Policy) -> bool:
    """Return whether somebody's approval counts now."""
    return next(approval_refusals(person, risk, policy), None) is None


def with_members(policy: Policy, members: Mapping[str, Collection[str]]) -> Policy:
    """Return a policy with Slack user groups replaced by who is in them, where that is known.

    Args:
        policy: names people and groups, both as `TEAM/ID`.
        members: group to people, both in that form; what is too old to count is not among them.
    """

    def people(named: tuple[str, ...]) -> tuple[str, ...]:
        found = (sorted(members.get(one, (one,))) if _is_group(one) else (one,) for one in named)
        return tuple(dict.fromkeys(chain.from_iterable(found)))

    approvers = {risk: people(named) for risk, named in policy.approvers.items()}
    return replace(policy, approvers=approvers)


def groups_named(policy: Policy) -> tuple[str, ...]:
    """Return the user groups that a policy names, as `TEAM/GROUP`."""
    named = chain.from_iterable(policy.approvers.values())
    return tuple(sorted({one for one in named if _is_group(one)}))


def _is_group(name: str) -> bool:
    return not name.startswith(_CLI) and "/S" in name


def _plan_refusals(decision: Decision, proposal: Proposal) -> Iterator[Refusal]:
    if decision.remediation != proposal.id or decision.plan_hash != proposal.plan_hash:
        words = "what was approved is not this plan; look at it again"
        yield Refusal(guard=Guard.PLAN, words=words)
    if decision.at >= proposal.expires_at:
        words = (
            f"approved at {_clock(decision.at)}, and it expired at {_clock(proposal.expires_at)}"
        )
        yield Refusal(guard=Guard.EXPIRY, words=words)


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
