"""Whose decision counts, and for what."""

from dataclasses import replace
from datetime import timedelta

from qosbot.domain.approvals import POLICY as BY_POLICY
from qosbot.domain.approvals import Choice, Decision, grant, refusals
from qosbot.domain.inventory import Mode, Risk
from qosbot.domain.metrics import Grade
from qosbot.domain.proposals import Proposal
from qosbot.domain.rules import Controls, Guard
from tests.domain.builders import NOON
from tests.domain.remedies import change, proposal
from tests.domain.situations import POLICY, decided

PLAN = proposal()


def guards(decision: Decision, plan: Proposal = PLAN) -> list[Guard]:
    return [one.guard for one in refusals(decision, plan, POLICY, Controls())]


def test_an_approver_of_the_tier_may_approve() -> None:
    assert guards(decided()) == []


def test_nobody_else_may() -> None:
    assert guards(decided(by="cli:bob")) == [Guard.APPROVER]
    medium = proposal(risk=Risk.MEDIUM)
    assert guards(decided(medium, by="cli:bob"), medium) == []


def test_anybody_may_reject() -> None:
    assert guards(decided(by="cli:eve", choice=Choice.REJECT)) == []


def test_an_approval_is_bound_to_the_lines_that_were_shown() -> None:
    other = proposal(changes=change(apply=("policy-map WAN", " class VOICE", "  priority 900")))
    assert guards(decided(PLAN), other) == [Guard.PLAN]


def test_an_approval_is_bound_to_what_the_lines_rest_on() -> None:
    assert guards(decided(PLAN), proposal(fingerprint="moved")) == [Guard.PLAN]


def test_an_approval_of_another_proposal_is_none() -> None:
    assert guards(replace(decided(), remediation="p2")) == [Guard.PLAN]


def test_an_approval_after_expiry_is_none() -> None:
    last = PLAN.expires_at - timedelta(microseconds=1)
    assert guards(decided(at=last)) == []
    assert guards(decided(at=PLAN.expires_at)) == [Guard.EXPIRY]


def test_every_reason_is_given() -> None:
    late = decided(proposal(fingerprint="moved"), by="cli:eve", at=PLAN.expires_at)
    assert guards(late) == [Guard.PLAN, Guard.EXPIRY, Guard.APPROVER]


def test_policy_grants_low_risk_on_the_best_data_in_advance() -> None:
    granted = grant(PLAN, POLICY, Controls(), NOON)
    assert granted is not None
    assert (granted.by, granted.plan_hash) == (BY_POLICY, PLAN.plan_hash)
    assert guards(granted) == []


def test_policy_grants_nothing_else() -> None:
    assert grant(proposal(grade=Grade.B), POLICY, Controls(), NOON) is None
    assert grant(proposal(risk=Risk.MEDIUM), POLICY, Controls(), NOON) is None


def test_nobody_can_decide_in_the_name_of_a_policy_that_does_not_grant() -> None:
    asks = replace(POLICY, mode={Risk.LOW: Mode.PROPOSE})
    forged = decided(by=BY_POLICY)
    assert [one.guard for one in refusals(forged, PLAN, asks, Controls())] == [Guard.MODE]


def test_a_grant_ends_when_auto_is_switched_off() -> None:
    off = Controls(auto_off={Risk.LOW: "2 changes failed"})
    found = refusals(decided(by=BY_POLICY), PLAN, POLICY, off)
    assert [one.guard for one in found] == [Guard.NEEDS_PERSON]
    assert grant(PLAN, POLICY, off, NOON) is None
