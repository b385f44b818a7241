"""The table: what may follow what."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.errors import IllegalTransitionError
from qosbot.domain.remediation import (
    ACTIONS,
    APPLIED,
    IN_HAND,
    TRANSITIONS,
    Event,
    State,
    advance,
    past_change,
)
from qosbot.domain.verification import Outcome
from qosbot.render.states import states_page
from tests.domain.builders import NOON
from tests.domain.remedies import remediation

STATES = Path(__file__).resolve().parents[2] / "docs" / "states.md"
PERSONS = {Event.ROLLBACK_ASKED, Event.SETTLE}
REPEATS = {Event.WAIT, Event.WATCH, Event.TYPE, Event.UNDO}


def after(state: State) -> set[State]:
    return {then for (now, _), then in TRANSITIONS.items() if now is state}


def reachable(start: State, without: set[State]) -> set[State]:
    found, todo = {start}, [start]
    while todo:
        for state in after(todo.pop()) - found - without:
            found.add(state)
            todo.append(state)
    return found


@given(st.sampled_from(State), st.sampled_from(Event))
def test_a_move_is_in_the_table_or_raises(state: State, event: Event) -> None:
    before = remediation(state=state)
    if (state, event) in TRANSITIONS:
        assert advance(before, event, NOON).state is TRANSITIONS[state, event]
    else:
        with pytest.raises(IllegalTransitionError, match=f"is {state}: {event} is not possible"):
            advance(before, event, NOON)


def test_no_device_is_touched_without_an_approval() -> None:
    start = reachable(State.AWAITING_DECISION, without={State.APPROVED})
    assert not start & APPLIED
    assert {now for (now, event) in TRANSITIONS if event is Event.START} == {State.APPROVED}


def test_every_approval_comes_from_a_decision() -> None:
    into = {event for (_, event), then in TRANSITIONS.items() if then is State.APPROVED}
    assert into - {Event.WAIT} == {Event.APPROVE}


def test_only_what_helped_or_did_no_harm_is_confirmed() -> None:
    into = {
        event
        for (now, event), then in TRANSITIONS.items()
        if then is State.CONFIRMING and now is not State.CONFIRMING
    }
    assert into == {Event.HELPED, Event.HARMLESS}


def test_only_what_was_confirmed_is_saved() -> None:
    into = {
        now
        for (now, _), then in TRANSITIONS.items()
        if then is State.SAVING and now is not State.SAVING
    }
    assert into == {State.CONFIRMING}


def test_every_state_leads_to_an_end() -> None:
    ends = {state for state in State if state not in ACTIONS}
    assert all(reachable(state, without=set()) & ends for state in State)


def test_without_repeats_and_people_the_table_has_no_circle() -> None:
    ways = {
        (now, then) for (now, event), then in TRANSITIONS.items() if event not in REPEATS | PERSONS
    }
    order: list[State] = []
    while left := {state for state in State if state not in order}:
        ends = {state for state in left if not any((state, then) in ways for then in left)}
        assert ends
        order.extend(ends)


def test_every_state_with_a_way_on_has_something_due_or_needs_a_person() -> None:
    automatic = {now for (now, event) in TRANSITIONS if event not in PERSONS}
    assert automatic == set(ACTIONS)


def test_what_was_ever_begun_ends_kept_rolled_back_stale_or_with_a_person() -> None:
    ends = {state for state in reachable(State.APPLYING, without=set()) if state not in ACTIONS}
    untouched = {State.EXPIRED, State.WITHDRAWN, State.STALE, State.REFUSED}
    assert ends == {State.DONE, State.ROLLED_BACK, State.STUCK, State.SETTLED} | untouched


def test_a_person_can_ask_for_the_rollback_only_where_nothing_is_being_typed() -> None:
    asked = {now for (now, event) in TRANSITIONS if event is Event.ROLLBACK_ASKED}
    assert asked == {State.VERIFYING, State.DONE, State.STUCK}


def test_a_device_stays_in_hand_until_it_is_known_to_be_in_order() -> None:
    assert State.STUCK in IN_HAND
    assert not IN_HAND & {State.DONE, State.ROLLED_BACK, State.SETTLED, State.APPROVED}


def test_a_move_is_due_at_once_and_forgets_what_it_waited_for() -> None:
    waiting = remediation(state=State.APPROVED, due_at=NOON, remark="the window is closed")
    moved = advance(waiting, Event.START, NOON)
    assert (moved.due_at, moved.remark) == (None, "")


def test_an_end_has_a_time_and_a_step_on_the_way_has_none() -> None:
    assert advance(remediation(), Event.REJECT, NOON).finished_at == NOON
    assert advance(remediation(), Event.APPROVE, NOON).finished_at is None


def test_a_rollback_remembers_where_it_began_even_if_it_is_asked_for_again() -> None:
    asked = advance(remediation(state=State.DONE), Event.ROLLBACK_ASKED, NOON)
    stuck = advance(replace(asked, undo_attempts=3), Event.GIVE_UP, NOON)
    again = advance(stuck, Event.ROLLBACK_ASKED, NOON + timedelta(hours=1))
    assert again.undo_from is State.DONE
    assert (again.undo_attempts, again.undo_began_at) == (0, NOON + timedelta(hours=1))


def test_who_asks_again_after_being_called_has_seen_the_foreign_edit() -> None:
    stuck = remediation(state=State.STUCK, foreign_edit="someone edited")
    assert advance(stuck, Event.ROLLBACK_ASKED, NOON).foreign_edit == ""
    watched = remediation(state=State.VERIFYING, foreign_edit="someone edited")
    assert advance(watched, Event.FOREIGN_EDIT, NOON).foreign_edit == "someone edited"


def test_the_page_of_states_is_the_table() -> None:
    assert STATES.read_text(encoding="utf-8") == states_page()


def test_what_was_never_started_is_no_past_change() -> None:
    assert past_change(remediation()) is None
    assert past_change(remediation(state=State.STALE, started_at=NOON)) is None
    assert past_change(remediation(state=State.APPLYING)) is None
    assert past_change(remediation(state=State.APPLYING, started_at=NOON)) is not None


@pytest.mark.parametrize(
    ("state", "outcome", "has_failed"),
    [
        (State.DONE, Outcome.HELPED, False),
        (State.VERIFYING, None, False),
        (State.ROLLED_BACK, Outcome.NO_EFFECT, True),
        (State.ROLLED_BACK, Outcome.HURT, True),
        (State.ROLLED_BACK, None, True),
        (State.ROLLED_BACK, Outcome.INCONCLUSIVE, False),
        (State.ROLLED_BACK, Outcome.HARMLESS, False),
        (State.ROLLED_BACK, Outcome.HELPED, False),
        (State.STUCK, None, True),
        (State.SETTLED, None, True),
    ],
)
def test_a_fix_failed_if_it_was_taken_back_for_no_good(
    state: State, outcome: Outcome | None, *, has_failed: bool
) -> None:
    one = past_change(remediation(state=state, outcome=outcome, started_at=NOON))
    assert one is not None
    assert one.has_failed is has_failed


@given(st.sampled_from(sorted(APPLIED)))
def test_a_device_is_in_hand_as_the_state_says(state: State) -> None:
    one = past_change(remediation(state=state, started_at=NOON))
    assert one is not None
    assert one.is_in_hand is (state in IN_HAND)


@pytest.mark.parametrize(("by", "is_by_policy"), [("policy", True), ("cli:ana", False)])
def test_a_change_is_the_policys_or_a_persons(by: str, *, is_by_policy: bool) -> None:
    one = past_change(remediation(state=State.DONE, started_at=NOON, decided_by=by))
    assert one is not None
    assert one.is_by_policy is is_by_policy
