"""A change is judged by the rule of its playbook, which is part of what was approved."""

from dataclasses import replace

import pytest

from qosbot.domain.audit.findings import Severity
from qosbot.domain.playbooks import SuccessRule
from qosbot.domain.verification import Outcome, Trial, judge
from tests.domain.remedies import GOLD, PRECAUTION, precaution, proposal, traffic
from tests.domain.test_verification import seen, trial

STRICT = SuccessRule(same_load_ratio=0.05, worse_drop_ratio=0.0)
LAX = SuccessRule(same_load_ratio=0.5, worse_drop_ratio=0.01)


def judged(one: Trial, success: SuccessRule) -> Outcome:
    return judge(replace(one, success=success)).outcome


@pytest.mark.parametrize(
    ("share", "strict", "usual", "lax"),
    [
        (0.75, Outcome.INCONCLUSIVE, Outcome.INCONCLUSIVE, Outcome.HELPED),
        (1.05, Outcome.HELPED, Outcome.HELPED, Outcome.HELPED),
        (1.15, Outcome.INCONCLUSIVE, Outcome.HELPED, Outcome.HELPED),
        (1.45, Outcome.INCONCLUSIVE, Outcome.INCONCLUSIVE, Outcome.HELPED),
    ],
)
def test_the_rule_says_how_far_the_load_may_be_from_the_alarms(
    share: float, strict: Outcome, usual: Outcome, lax: Outcome
) -> None:
    one = trial(lambda m: seen(m, offered_bps=share * 2_500_000))
    outcomes = [judged(one, rule) for rule in (STRICT, SuccessRule(), LAX)]
    assert outcomes == [strict, usual, lax]


@pytest.mark.parametrize(
    ("drop_ratio", "strict", "usual", "lax"),
    [
        (0.0005, Outcome.HURT, Outcome.HELPED, Outcome.HELPED),
        (0.005, Outcome.HURT, Outcome.HURT, Outcome.HELPED),
        (0.02, Outcome.HURT, Outcome.HURT, Outcome.HURT),
    ],
)
def test_the_rule_says_how_much_more_another_class_may_drop(
    drop_ratio: float, strict: Outcome, usual: Outcome, lax: Outcome
) -> None:
    one = trial(lambda m: seen(m, gold=replace(GOLD, drop_ratio=drop_ratio)))
    outcomes = [judged(one, rule) for rule in (STRICT, SuccessRule(), LAX)]
    assert outcomes == [strict, usual, lax]


def test_more_load_than_the_rule_allows_explains_what_is_worse() -> None:
    worse = replace(GOLD, drop_ratio=0.05)
    one = trial(lambda m: seen(m, gold=worse, offered_bps=1.15 * 2_500_000))
    assert judged(one, STRICT) is Outcome.INCONCLUSIVE
    assert judged(one, SuccessRule()) is Outcome.HURT


def test_no_rule_lets_the_voice_class_itself_drop() -> None:
    one = trial(lambda m: seen(m, voice=traffic(drop_ratio=0.005)))
    assert judged(one, LAX) is Outcome.NO_EFFECT


def test_an_approval_is_bound_to_the_rule() -> None:
    rules = (None, SuccessRule(), STRICT, replace(STRICT, worse_drop_ratio=0.001))
    assert len({replace(proposal(), success=rule).plan_hash for rule in rules}) == len(rules)


def test_an_approval_is_bound_to_the_finding_that_is_answered() -> None:
    plan = precaution()
    other = replace(PRECAUTION, where="interface Gi0/2 > policy WAN > class VOICE")
    reasons = (None, PRECAUTION, other, replace(PRECAUTION, severity=Severity.HIGH))
    assert len({replace(plan, precaution=one).plan_hash for one in reasons}) == len(reasons)


def test_a_plan_from_before_rules_were_kept_has_the_hash_that_its_history_names() -> None:
    assert proposal().success is None
    assert (
        proposal().plan_hash == "25910e47abb8bbba2c35029a9ba5bd9bde8e12391698887529cdb304e9c32b1d"
    )
