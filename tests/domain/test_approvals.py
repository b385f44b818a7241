"""Whose decision counts, and for what."""

from dataclasses import replace
from datetime import timedelta

from qosbot.domain.approvals import POLICY as BY_POLICY
from qosbot.domain.approvals import (
    Choice,
    Decision,
    approval_refusals,
    approver_refusals,
    grant,
    may_approve,
    refusals,
    standing_refusals,
    with_members,
)
from qosbot.domain.inventory import Mode, Policy, Risk
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


def test_whoever_may_approve_may_reject_whatever_else_is_so() -> None:
    late = decided(choice=Choice.REJECT, at=PLAN.expires_at)
    assert guards(late, proposal(fingerprint="moved")) == []
    assert guards(decided(by="cli:eve", choice=Choice.REJECT)) == [Guard.APPROVER]


def test_a_group_counts_as_its_members() -> None:
    grouped = replace(POLICY, approvers={Risk.LOW: ("cli:ana", "T1/S1")})
    known = with_members(grouped, {"T1/S1": {"T1/U2", "T1/U1"}})
    assert known.approvers[Risk.LOW] == ("cli:ana", "T1/U1", "T1/U2")
    assert not list(approver_refusals("T1/U1", Risk.LOW, known))
    (refusal,) = approver_refusals("T1/U9", Risk.LOW, known)
    assert refusal.is_final


def test_a_group_whose_members_are_not_known_lets_nobody_in_and_nobody_out() -> None:
    grouped = with_members(replace(POLICY, approvers={Risk.LOW: ("T1/U1", "T1/S1")}), {})
    assert not list(approver_refusals("T1/U1", Risk.LOW, grouped))
    (refusal,) = approver_refusals("T1/U2", Risk.LOW, grouped)
    assert not refusal.is_final
    (refusal,) = approver_refusals("cli:eve", Risk.LOW, grouped)
    assert refusal.is_final


def standing(decision: Decision, wanted: int) -> list[str]:
    medium = proposal(risk=Risk.MEDIUM)
    several = replace(POLICY, quorum={Risk.MEDIUM: wanted})
    return [one.words for one in standing_refusals(decision, medium, several, Controls())]


def test_a_decision_stands_on_as_many_people_as_the_policy_wants() -> None:
    medium = proposal(risk=Risk.MEDIUM)
    alone, both = decided(medium), replace(decided(medium), others=("cli:bob",))
    assert standing(alone, 1) == standing(both, 2) == []
    assert standing(alone, 2) == ["1 approved, and 2 people must for medium risk"]


def test_the_same_person_twice_is_one_person() -> None:
    twice = replace(decided(proposal(risk=Risk.MEDIUM)), others=("cli:ana",))
    assert standing(twice, 2) == ["1 approved, and 2 people must for medium risk"]


def test_everybody_behind_a_decision_must_still_be_an_approver() -> None:
    both = replace(decided(proposal(risk=Risk.MEDIUM)), others=("cli:eve",))
    assert standing(both, 2) == ["cli:eve may not decide on changes of medium risk"]


def mixed(*named: str, wanted: int = 2) -> Policy:
    return replace(POLICY, approvers={Risk.LOW: named}, quorum={Risk.LOW: wanted})


def test_a_name_at_the_command_line_is_no_second_person_where_slack_tells_them_apart() -> None:
    for other in ("T1/U1", "T1/S1"):
        policy = mixed("cli:ana", other)
        (refusal,) = refusals(decided(), PLAN, policy, Controls())
        assert "only Slack tells them apart" in refusal.words
        assert not may_approve("cli:ana", Risk.LOW, policy)
        no = decided(choice=Choice.REJECT)
        assert not list(refusals(no, PLAN, policy, Controls()))
    assert may_approve("T1/U1", Risk.LOW, mixed("cli:ana", "T1/U1"))


def test_a_name_at_the_command_line_counts_alone_or_among_its_like() -> None:
    assert may_approve("cli:ana", Risk.LOW, mixed("cli:ana", "T1/U1", wanted=1))
    assert may_approve("cli:ana", Risk.LOW, mixed("cli:ana", "cli:bob"))
    assert not may_approve("cli:eve", Risk.LOW, mixed("cli:ana", "T1/U1"))
    assert len(list(approval_refusals("cli:eve", Risk.LOW, mixed("cli:ana", "T1/U1")))) == 1


def test_a_rejection_needs_one_person() -> None:
    assert standing(decided(proposal(risk=Risk.MEDIUM), choice=Choice.REJECT), 2) == []


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


def test_while_the_policy_cannot_be_read_nobody_may_and_nobody_is_turned_away_for_good() -> None:
    unreadable = replace(POLICY, is_readable=False)
    (refusal,) = approver_refusals("cli:ana", Risk.LOW, unreadable)
    assert (refusal.guard, refusal.is_final) == (Guard.POLICY, False)
    assert "policy.yaml" in refusal.words
