"""The owner's policy: modes, windows, budgets and what switches itself off."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from qosbot.domain.inventory import Limits, Mode, Risk, Window
from qosbot.domain.metrics import Grade
from qosbot.domain.proposals import Proposal
from qosbot.domain.rules import (
    Controls,
    Guard,
    auto_off_because,
    budget_refusal,
    cool_down_refusal,
    mode_of,
    needs_person,
    policy_refusal,
    window_refusal,
)
from tests.domain.builders import NOON
from tests.domain.remedies import change, precaution, proposal
from tests.domain.situations import POLICY, past

OFF = Controls(auto_off={Risk.LOW: "2 changes failed"})


def test_a_person_is_asked_while_the_policy_cannot_be_read() -> None:
    unreadable = replace(POLICY, mode={}, is_readable=False)
    assert mode_of(unreadable, proposal(), Controls()) is Mode.PROPOSE
    assert policy_refusal(POLICY) is None
    refusal = policy_refusal(unreadable)
    assert refusal is not None
    assert (refusal.guard, refusal.is_final) == (Guard.POLICY, False)


def test_the_mode_is_that_of_the_tier_and_what_is_not_named_is_observed() -> None:
    assert mode_of(POLICY, proposal(), Controls()) is Mode.AUTO
    assert mode_of(POLICY, proposal(risk=Risk.MEDIUM), Controls()) is Mode.PROPOSE
    assert mode_of(replace(POLICY, mode={}), proposal(), Controls()) is Mode.OBSERVE


@pytest.mark.parametrize(
    ("plan", "controls", "word"),
    [
        (proposal(risk=Risk.MEDIUM), Controls(), "risk is medium"),
        (proposal(grade=Grade.B), Controls(), "grade B"),
        (precaution(), Controls(), "answers no alarm"),
        (proposal(changes=change(is_verified_syntax=False)), Controls(), "syntax"),
        (proposal(changes=change(interruption="unknown")), Controls(), "what calls"),
        (proposal(), OFF, "auto is off: 2 changes failed"),
    ],
)
def test_auto_falls_back_to_asking_a_person(plan: Proposal, controls: Controls, word: str) -> None:
    everywhere = replace(POLICY, mode=dict.fromkeys(Risk, Mode.AUTO))
    assert mode_of(everywhere, plan, controls) is Mode.PROPOSE
    (refusal,) = needs_person(plan, controls)
    assert word in refusal.words


def test_what_needs_a_person_is_not_proposed_where_the_mode_is_observe() -> None:
    observed = replace(POLICY, mode=dict.fromkeys(Risk, Mode.OBSERVE))
    assert mode_of(observed, proposal(grade=Grade.B), Controls()) is Mode.OBSERVE


def test_a_tier_that_is_off_does_not_switch_off_another() -> None:
    assert not list(needs_person(proposal(), Controls(auto_off={Risk.MEDIUM: "failed"})))


NIGHT = replace(
    POLICY,
    time_zone="Europe/Paris",
    windows=(
        Window(days=frozenset({0}), start_minute=20 * 60, end_minute=24 * 60),
        Window(days=frozenset({1}), start_minute=0, end_minute=6 * 60),
    ),
)


@pytest.mark.parametrize(
    ("hour", "minute", "is_open"),
    [(18, 59, False), (19, 0, True), (22, 59, True), (23, 0, True), (28, 59, True), (29, 0, False)],
)
def test_a_window_opens_and_closes_by_the_clock_on_the_owners_wall(
    hour: int, minute: int, *, is_open: bool
) -> None:
    # Monday in winter: Paris is one hour ahead of UTC.
    at = datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hour, minutes=minute)
    assert (window_refusal(NIGHT, at) is None) is is_open


def test_a_window_keeps_its_local_hours_in_summer() -> None:
    assert window_refusal(NIGHT, datetime(2026, 7, 6, 18, 0, tzinfo=UTC)) is None
    refused = window_refusal(NIGHT, datetime(2026, 7, 6, 17, 59, tzinfo=UTC))
    assert refused is not None
    assert refused.words == "no window is open at Monday 19:59 Europe/Paris"
    assert not refused.is_final


def test_a_window_of_another_day_is_closed() -> None:
    assert window_refusal(NIGHT, datetime(2026, 3, 4, 20, 0, tzinfo=UTC)) is not None


def test_without_windows_any_time_will_do() -> None:
    assert window_refusal(POLICY, NOON) is None


def test_a_site_has_so_many_changes_in_a_day() -> None:
    two = (past(name="p1", site="par"), past(name="p2", site="par"))
    refused = budget_refusal(POLICY, "par", two, NOON)
    assert refused is not None
    assert refused.words == "site par had 2 changes in 24 h, and 2 are allowed"
    assert budget_refusal(POLICY, "par", two[:1], NOON) is None
    assert budget_refusal(POLICY, "lyo", two, NOON) is None


def test_a_change_of_yesterday_is_not_of_today() -> None:
    old = past(site="par", started_ago=timedelta(hours=24))
    one_a_day = replace(POLICY, limits=Limits(changes_per_site_per_day=1))
    assert budget_refusal(one_a_day, "par", (old,), NOON) is None
    late = past(site="par", started_ago=timedelta(hours=23, minutes=59))
    assert budget_refusal(one_a_day, "par", (late,), NOON) is not None


def test_a_path_cools_down_after_a_change() -> None:
    def after(minutes: float) -> bool:
        one = past(paths=("par-lyo",), finished_ago=timedelta(minutes=minutes))
        return cool_down_refusal(POLICY, proposal(), (one,), NOON) is None

    assert (after(59), after(60)) == (False, True)


def test_a_change_that_is_not_finished_has_not_begun_to_cool() -> None:
    hot = past(paths=("par-lyo",), finished_ago=None)
    refused = cool_down_refusal(POLICY, proposal(), (hot,), NOON)
    assert refused is not None
    assert refused.words == "par-lyo was changed 0 min ago, and 60 min must pass"


def test_a_change_on_other_paths_cools_elsewhere() -> None:
    fresh = past(paths=("lyo-nic",), finished_ago=timedelta(0))
    assert cool_down_refusal(POLICY, proposal(), (fresh,), NOON) is None


FAILED = (past(name="p1", has_failed=True), past(name="p2", has_failed=True))


def test_two_failures_switch_auto_off() -> None:
    why = auto_off_because(Risk.LOW, FAILED, Controls())
    assert why == "2 changes made without a person failed: p1, p2"
    assert auto_off_because(Risk.LOW, FAILED[:1], Controls()) == ""


@pytest.mark.parametrize(
    "other", [past(has_failed=False), past(has_failed=True, is_by_policy=False)]
)
def test_only_failures_without_a_person_count(other: object) -> None:
    assert auto_off_because(Risk.LOW, (FAILED[0], other), Controls()) == ""  # type: ignore[arg-type]


def test_failures_of_another_tier_do_not_count() -> None:
    assert auto_off_because(Risk.MEDIUM, FAILED, Controls()) == ""


def test_failures_before_a_person_said_otherwise_do_not_count() -> None:
    allowed = Controls(auto_on_at={Risk.LOW: NOON - timedelta(hours=1)})
    assert auto_off_because(Risk.LOW, FAILED, allowed) == ""
    since = tuple(replace(one, started_at=NOON) for one in FAILED)
    assert auto_off_because(Risk.LOW, since, allowed) != ""
