"""A remediation from its proposal to its end, on one router."""

from dataclasses import replace
from datetime import timedelta

import pytest

from qosbot.domain.alarms import AlarmState
from qosbot.domain.approvals import Choice, Decision
from qosbot.domain.errors import IllegalTransitionError, StoreConflictError
from qosbot.domain.history import verify
from qosbot.domain.inventory import Mode, Risk
from qosbot.domain.playbooks import SuccessRule
from qosbot.domain.remediation import Event, State
from qosbot.domain.rules import Controls, Guard
from qosbot.domain.verification import Outcome
from qosbot.workflows.remediate import ask, decide, drive
from qosbot.workflows.start import prepare, submit
from tests.domain.builders import NOON
from tests.domain.remedies import WAY, figures, remediation
from tests.domain.situations import decided, past
from tests.workflows.world import (
    AFTER,
    BEFORE,
    PLAN,
    POLL_S,
    FakeDecisions,
    Fuse,
    World,
    approved,
    raised,
)

TOUCHES = ("arm", "priority", "match", "no match", "confirm", "save")


def words(world: World) -> str:
    return world.record.history(PLAN.id)[-1].step.words


def touched(world: World) -> list[str]:
    return [line for line in world.router.log if line.startswith(TOUCHES)]


def test_what_helps_is_kept_and_saved() -> None:
    world = approved()
    end = world.play()
    assert (end.state, end.outcome, end.is_saved) == (State.DONE, Outcome.HELPED, True)
    assert (world.router.running, world.router.startup) == (AFTER, AFTER)
    assert world.router.log == ["arm", "priority 600", "match ef", "confirm", "save"]


def test_every_step_stands_in_a_history_that_holds() -> None:
    world = approved()
    world.play()
    entries = world.record.history(PLAN.id)
    assert verify(PLAN.id, entries) is None
    states = list(dict.fromkeys(entry.step.state for entry in entries))
    assert states == [
        State.AWAITING_DECISION,
        State.APPROVED,
        State.APPLYING,
        State.READING_BACK,
        State.VERIFYING,
        State.CONFIRMING,
        State.SAVING,
        State.DONE,
    ]
    assert [entry.step.by for entry in entries if entry.step.event == "approve"] == ["cli:ana"]


def test_the_start_is_on_record_before_the_device_is_touched() -> None:
    world = approved()
    world.fuse.at = None
    while not touched(world):
        last = world.now
        drive(world.now, world.outside, world.clock.at)
    assert last.state is State.APPLYING
    assert world.record.history(PLAN.id)[-2].step.event == Event.TYPE


def test_what_does_not_help_is_taken_back() -> None:
    world = approved(good_mos=2.1)
    end = world.play()
    assert (end.state, end.outcome) == (State.ROLLED_BACK, Outcome.NO_EFFECT)
    assert (world.router.running, world.router.startup) == (BEFORE, BEFORE)
    assert world.router.log[-3:] == ["priority 300", "no match ef", "confirm"]


def test_better_voice_without_pressure_is_taken_back_and_says_that_it_proves_nothing() -> None:
    world = approved(is_congested=False)
    end = world.play()
    assert (end.state, end.outcome) == (State.ROLLED_BACK, Outcome.INCONCLUSIVE)
    assert any("proves nothing" in reason for reason in end.reasons)


def test_without_new_probe_runs_it_goes_back_before_the_timer_does() -> None:
    world = approved(is_polled=False)
    end = world.play()
    assert (end.state, end.outcome) == (State.ROLLED_BACK, Outcome.INCONCLUSIVE)
    assert "revert" not in world.router.log
    assert world.router.running == BEFORE


def test_nothing_is_touched_without_a_decision() -> None:
    world = World()
    world.propose()
    assert world.play().state is State.EXPIRED
    assert touched(world) == []


def test_a_rejection_ends_it() -> None:
    world = World()
    world.propose()
    world.record.decided[PLAN.id] = decided(PLAN, by="cli:eve", choice=Choice.REJECT)
    assert world.play().state is State.REJECTED
    assert (world.now.decided_by, touched(world)) == ("cli:eve", [])


def test_an_observed_proposal_says_what_it_would_have_done_and_ends() -> None:
    world = World()
    seen = world.propose(mode=Mode.OBSERVE)
    assert (seen.state, seen.finished_at) == (State.OBSERVED, NOON)
    assert "what it would have proposed" in words(world)
    world.approve()
    assert touched(world) == []
    assert world.play().state is State.OBSERVED


def test_an_alarm_that_cleared_before_the_click_withdraws_it() -> None:
    world = World()
    world.propose()
    world.record.keep_alarms([raised(AlarmState.CLEARED)])
    world.approve()
    assert world.play().state is State.WITHDRAWN
    assert touched(world) == []


def test_an_alarm_that_clears_while_nobody_decides_withdraws_it() -> None:
    world = World()
    world.propose()
    world.record.keep_alarms([raised(AlarmState.CLEARED)])
    drive(world.now, world.outside, NOON)
    assert world.now.state is State.WITHDRAWN


def test_an_approval_by_somebody_who_may_not_is_never_taken() -> None:
    world = World()
    world.propose()
    world.record.decided[PLAN.id] = decided(PLAN, by="cli:mallory")
    drive(world.now, world.outside, NOON)
    assert world.now.state is State.REFUSED
    assert Event.APPROVE not in [entry.step.event for entry in world.record.history(PLAN.id)]


def test_an_alarm_that_clears_after_the_click_withdraws_it_too() -> None:
    world = approved()
    world.play_until(State.AWAITING_DECISION)
    drive(world.now, world.outside, NOON)
    assert world.now.state is State.APPROVED
    world.record.keep_alarms([raised(AlarmState.CLEARED)])
    assert world.play().state is State.WITHDRAWN
    assert touched(world) == []


def test_a_configuration_that_moved_makes_it_stale() -> None:
    world = approved()
    world.router.edit("priority 310")
    assert world.play().state is State.STALE
    assert touched(world) == []


def test_an_edit_elsewhere_before_the_start_is_none_of_our_business() -> None:
    world = approved()
    world.router.edit("snmp-server location 5")
    end = world.play()
    assert (end.state, end.is_saved) == (State.DONE, False)
    assert "ran edits before that were not saved" in end.remark
    assert world.router.startup == BEFORE


def test_an_approval_by_somebody_without_the_right_is_refused() -> None:
    world = World()
    world.propose()
    world.record.decided[PLAN.id] = decided(PLAN, by="cli:eve")
    assert world.play().state is State.REFUSED
    assert touched(world) == []


def test_a_pause_holds_it_until_it_is_over_or_expires() -> None:
    world = approved()
    world.record.pause("cli:ana")
    world.play(minutes=3)
    assert (world.now.state, world.now.remark) == (
        State.APPROVED,
        "changes are paused by cli:ana",
    )
    assert world.router.sessions == 0
    world.record.resume("cli:ana")
    assert world.play().state is State.DONE


def test_a_reason_to_wait_stands_once_in_the_history() -> None:
    world = approved()
    world.record.pause("cli:ana")
    world.play(minutes=5)
    waits = [e for e in world.record.history(PLAN.id) if e.step.event == Event.WAIT]
    assert len(waits) == 1


def test_a_pause_that_outlives_the_proposal_lets_it_expire() -> None:
    world = approved()
    world.record.pause("cli:ana")
    assert world.play().state is State.EXPIRED
    assert touched(world) == []


def test_the_kill_switch_stops_every_session_and_the_device_goes_back_by_itself() -> None:
    world = approved()
    world.play_until(State.VERIFYING)
    world.has_kill_switch = True
    world.play(minutes=10)
    assert world.now.state is State.VERIFYING
    assert world.router.log[-1] == "revert"
    world.has_kill_switch = False
    assert world.play().state is State.ROLLED_BACK
    assert world.router.running == BEFORE


def test_the_kill_switch_starts_nothing() -> None:
    world = approved(has_kill_switch=True)
    assert world.play().state is State.EXPIRED
    assert world.router.log == []


def test_a_device_in_hand_is_waited_for() -> None:
    world = approved()
    busy = past(device="par-ce1", is_in_hand=True)
    world.record.others = (busy,)
    world.play(minutes=2)
    assert world.now.remark == "p0 is in hand on par-ce1"
    world.record.others = ()
    assert world.play().state is State.DONE


def test_a_refused_line_stops_the_change_and_is_named() -> None:
    world = approved()
    world.router.refuses = frozenset({"match ef"})
    end = world.play()
    assert end.state is State.ROLLED_BACK
    assert world.router.running == BEFORE
    refused = [e.step.words for e in world.record.history(PLAN.id)]
    assert "`match ef` was refused: % Invalid input" in refused


def test_a_device_that_does_not_arm_its_timer_is_left_alone() -> None:
    world = approved()
    world.router.takes_timer = False
    assert world.play().state is State.ROLLED_BACK
    assert touched(world) == []


def test_lines_that_do_nothing_are_found_when_read_back() -> None:
    world = approved()
    world.router.ignores = frozenset({"match ef"})
    assert world.play().state is State.ROLLED_BACK
    assert world.router.running == BEFORE


def test_a_foreign_edit_is_left_in_place_and_a_person_is_called() -> None:
    world = approved()
    world.play_until(State.VERIFYING)
    world.router.edit("snmp-server location 5")
    end = world.play()
    assert end.state is State.STUCK
    assert "somebody edited the device meanwhile" in end.remark
    assert "the undo on par-ce1: priority 300 / no match ef" in end.remark
    assert set(world.router.running) == {*BEFORE, "snmp-server location 5"}
    assert (world.router.reverts_at, world.router.startup) == (None, BEFORE)


def test_an_edit_of_the_very_lines_is_not_overwritten() -> None:
    world = approved()
    world.play_until(State.VERIFYING)
    world.router.edit("priority 450")
    end = world.play()
    assert end.state is State.STUCK
    assert "priority 450" in world.router.running
    assert world.router.reverts_at is None


def test_a_change_that_somebody_saved_calls_a_person() -> None:
    world = approved()
    world.play_until(State.VERIFYING)
    world.router.startup = world.router.running
    end = world.play()
    assert end.state is State.STUCK
    assert world.router.running == BEFORE


def test_a_change_that_somebody_saved_just_before_the_undo_calls_a_person() -> None:
    world = approved(good_mos=2.1)
    world.play_until(State.VERIFYING)
    while world.now.state is not State.ROLLING_BACK:
        drive(world.now, world.outside, world.clock.at)
        world.clock.sleep(5.0)
    world.router.startup = world.router.running
    end = world.play()
    assert end.state is State.STUCK
    assert "the change may stand in the startup configuration" in end.remark
    assert world.router.running == BEFORE


def test_a_timer_that_somebody_took_away_is_not_our_confirmation() -> None:
    world = approved()
    world.play_until(State.VERIFYING)
    world.router.reverts_at = None
    end = world.play()
    assert end.state is State.STUCK
    assert "the revert timer was taken away" in end.remark
    assert world.router.running == BEFORE


def test_somebody_elses_timer_is_not_started_beside() -> None:
    world = approved()
    world.router.archive = BEFORE
    world.router.reverts_at = NOON + timedelta(minutes=4)
    world.play(minutes=3)
    assert world.now.state is State.APPROVED
    assert touched(world) == []
    assert world.play().state is State.DONE


def test_a_confirm_is_not_sent_with_too_little_time_left() -> None:
    world = approved()
    world.play_until(State.VERIFYING)
    while world.now.state is not State.CONFIRMING:
        drive(world.now, world.outside, world.clock.at)
        world.clock.sleep(5.0)
    assert world.router.reverts_at is not None
    world.clock.at = world.router.reverts_at - timedelta(seconds=44)
    end = world.play()
    assert end.state is State.ROLLED_BACK
    assert "confirm" not in world.router.log
    assert world.router.log[-1] == "revert"


def test_a_confirm_is_sent_while_enough_time_is_left() -> None:
    world = approved()
    world.play_until(State.VERIFYING)
    while world.now.state is not State.CONFIRMING:
        drive(world.now, world.outside, world.clock.at)
        world.clock.sleep(5.0)
    assert world.router.reverts_at is not None
    world.clock.at = world.router.reverts_at - timedelta(seconds=45)
    assert world.play().state is State.DONE


def test_an_undo_that_is_refused_leaves_it_to_the_timer() -> None:
    world = approved(good_mos=2.1)
    world.router.refuses = frozenset({"priority 300"})
    end = world.play()
    assert end.state is State.ROLLED_BACK
    assert world.router.log[-1] == "revert"
    assert world.router.running == BEFORE


def test_an_undo_that_is_refused_without_a_timer_calls_a_person() -> None:
    world = approved()
    world.play()
    world.router.refuses = frozenset({"priority 300"})
    ask(world.now, Event.ROLLBACK_ASKED, by="cli:ana", decisions=world.record, now=world.clock.at)
    end = world.play()
    assert end.state is State.STUCK
    assert "the undo was not taken in 3 attempts" in end.remark


def test_a_change_that_was_kept_can_be_taken_back_and_the_undo_is_saved() -> None:
    world = approved()
    world.play()
    ask(world.now, Event.ROLLBACK_ASKED, by="cli:ana", decisions=world.record, now=world.clock.at)
    end = world.play()
    assert (end.state, end.is_saved) == (State.ROLLED_BACK, False)
    assert (world.router.running, world.router.startup) == (BEFORE, BEFORE)


def test_an_undo_of_a_kept_change_saves_nobody_elses_edits() -> None:
    world = approved()
    world.play()
    world.router.edit("snmp-server location 5")
    ask(world.now, Event.ROLLBACK_ASKED, by="cli:ana", decisions=world.record, now=world.clock.at)
    assert world.play().state is State.STUCK
    assert world.router.startup == AFTER


def test_a_kept_change_that_somebody_changed_since_is_not_overwritten() -> None:
    world = approved()
    world.play()
    world.router.edit("priority 450")
    ask(world.now, Event.ROLLBACK_ASKED, by="cli:ana", decisions=world.record, now=world.clock.at)
    assert world.play().state is State.STUCK
    assert "priority 450" in world.router.running


def test_a_person_can_stop_it_while_it_is_verified() -> None:
    world = approved()
    world.play_until(State.VERIFYING)
    ask(world.now, Event.ROLLBACK_ASKED, by="cli:ana", decisions=world.record, now=world.clock.at)
    assert world.play().state is State.ROLLED_BACK
    assert world.router.running == BEFORE


def test_a_person_cannot_do_the_work_of_the_table() -> None:
    world = approved()
    with pytest.raises(IllegalTransitionError):
        ask(world.now, Event.APPROVE, by="cli:ana", decisions=world.record, now=NOON)
    with pytest.raises(IllegalTransitionError):
        ask(world.now, Event.ROLLBACK_ASKED, by="cli:ana", decisions=world.record, now=NOON)


def test_what_is_stuck_is_settled_by_a_person_and_frees_the_device() -> None:
    world = approved()
    world.play_until(State.VERIFYING)
    world.router.edit("priority 450")
    assert world.play().state is State.STUCK
    assert world.record.past_changes()[0].is_in_hand
    end = ask(world.now, Event.SETTLE, by="cli:ana", decisions=world.record, now=world.clock.at)
    assert end.state is State.SETTLED
    assert not world.record.past_changes()[0].is_in_hand


def test_a_device_that_falls_silent_goes_back_by_itself_and_that_is_found_later() -> None:
    world = approved()
    world.play_until(State.VERIFYING)
    world.router.is_silent = True
    world.play(minutes=20)
    assert world.now.state is State.ROLLING_BACK
    world.router.is_silent = False
    end = world.play()
    assert (end.state, end.outcome) == (State.ROLLED_BACK, Outcome.INCONCLUSIVE)
    assert world.router.running == BEFORE


def test_a_device_that_stays_silent_calls_a_person_in_the_end() -> None:
    world = approved()
    world.play_until(State.VERIFYING)
    world.router.is_silent = True
    assert world.play(minutes=120).state is State.STUCK


def test_a_device_that_is_silent_from_the_start_lets_the_proposal_expire() -> None:
    world = approved()
    world.router.is_silent = True
    assert world.play().state is State.EXPIRED


def test_a_device_that_falls_silent_before_it_is_saved_is_left_unsaved() -> None:
    world = approved()
    world.play_until(State.VERIFYING)
    while world.now.state is not State.SAVING:
        drive(world.now, world.outside, world.clock.at)
        world.clock.sleep(5.0)
    world.router.is_silent = True
    end = world.play(minutes=90)
    assert (end.state, end.is_saved) == (State.DONE, False)


def test_an_edit_between_confirm_and_save_is_not_saved() -> None:
    world = approved()
    world.play_until(State.VERIFYING)
    while world.now.state is not State.SAVING:
        drive(world.now, world.outside, world.clock.at)
        world.clock.sleep(5.0)
    world.router.edit("snmp-server location 5")
    end = world.play()
    assert (end.state, end.is_saved, world.router.startup) == (State.DONE, False, BEFORE)
    assert end.remark == "kept, but left unsaved: somebody edited the device meanwhile"


def test_an_edit_typed_right_after_our_last_line_is_neither_adopted_nor_overwritten() -> None:
    world = approved()
    world.router.also_edited = "snmp-server location 5"
    end = world.play()
    assert end.state is State.STUCK
    assert "while our lines were typed" in end.remark
    assert set(world.router.running) == {*BEFORE, "snmp-server location 5"}
    assert (world.router.reverts_at, world.router.startup) == (None, BEFORE)


@pytest.mark.parametrize(
    "reason", ["a reload is scheduled on par-ce1", "par-ce1 has no `archive` with a `path`"]
)
def test_a_device_that_could_not_go_back_is_waited_for_and_nothing_counts(reason: str) -> None:
    world = approved()
    world.router.objection = reason
    world.play(minutes=3)
    assert (world.now.state, world.now.remark) == (State.APPROVED, reason)
    assert (world.record.past_changes(), touched(world)) == ((), [])
    world.router.objection = ""
    assert world.play().state is State.DONE


def test_a_device_that_could_not_go_back_before_the_proposal_expires_is_left_alone() -> None:
    world = approved()
    world.router.objection = "a reload is scheduled on par-ce1"
    assert world.play().state is State.EXPIRED
    assert (world.record.past_changes(), touched(world)) == ((), [])


def test_a_device_that_does_not_save_is_not_said_to_be_saved() -> None:
    world = approved()
    world.router.takes_save = False
    assert world.play().is_saved is False


def test_auto_needs_no_person() -> None:
    world = World()
    world.propose(mode=Mode.AUTO)
    end = world.play()
    assert (end.state, end.decided_by) == (State.DONE, "policy")


def test_a_proposal_that_was_shown_to_people_is_not_granted_later() -> None:
    world = World()
    world.propose(mode=Mode.PROPOSE)
    assert world.play().state is State.EXPIRED


def test_two_failures_switch_auto_off_until_a_person_says_otherwise() -> None:
    world = World()
    failed = past(has_failed=True)
    world.record.others = (failed, replace(failed, remediation="p9"))
    world.propose(mode=Mode.AUTO)
    world.play(minutes=2)
    assert world.now.state is State.AWAITING_DECISION
    assert Risk.LOW in world.record.controls().auto_off
    world.record.switch_auto_on(Risk.LOW, "cli:ana", world.clock.at)
    assert world.play().state is State.DONE


def test_the_first_of_two_decisions_stands() -> None:
    world = World()
    new = world.propose()
    first = decide(new, decided(PLAN, choice=Choice.REJECT), world.outside)
    second = decide(new, decided(PLAN), world.outside)
    assert first.decision == second.decision == decided(PLAN, choice=Choice.REJECT)


def test_a_plan_that_needs_two_people_waits_for_the_second() -> None:
    world = World()
    policy = replace(
        world.outside.policy, quorum={Risk.LOW: 2}, approvers={Risk.LOW: ("cli:ana", "cli:bob")}
    )
    outside = replace(world.outside, read_policy=lambda: policy)
    new = world.propose()
    first = decide(new, decided(PLAN), outside)
    assert (first.decision, first.votes, first.quorum) == (None, 1, 2)
    again = decide(new, decided(PLAN), outside)
    assert (again.decision, again.votes) == (None, 1)
    second = decide(new, decided(PLAN, by="cli:bob"), outside)
    assert second.decision is not None
    assert (second.decision.by, second.decision.others) == ("cli:bob", ("cli:ana",))


def test_a_decision_waits_while_nobody_knows_who_is_in_the_group() -> None:
    world = World()
    policy = replace(
        world.outside.policy, approvers={Risk.LOW: ("T1/S1",)}, mode={Risk.LOW: Mode.PROPOSE}
    )
    members: dict[str, frozenset[str]] = {}
    outside = replace(world.outside, read_policy=lambda: policy, read_members=lambda: members)
    new = submit(remediation(proposal=PLAN), outside, world.clock.at)
    world.record.decide(decided(PLAN, by="T1/U1"))
    waits = drive(new, outside, world.clock.at)
    assert waits.state is State.AWAITING_DECISION
    assert "not known at the moment" in waits.remark
    world.clock.sleep(60)
    members["T1/S1"] = frozenset({"T1/U1"})
    approved_one = drive(waits, outside, world.clock.at)
    assert approved_one.state is State.APPROVED
    assert approved_one.remark == "approved by T1/U1"
    members["T1/S1"] = frozenset({"T1/U2"})
    assert drive(approved_one, outside, world.clock.at).state is State.REFUSED


def test_a_decision_made_while_its_end_was_written_is_not_lost() -> None:
    world = World()
    new = world.propose(mode=Mode.PROPOSE)
    world.clock.sleep(3600)

    class Late(FakeDecisions):
        """Somebody decides right after the record was asked for a decision."""

        def decision(self, name: str) -> Decision | None:
            found = super().decision(name)
            self.decide(decided(PLAN))
            return found

    late = Late(Fuse(), world.record.kept, world.record.chains)
    late.known = world.record.known
    with pytest.raises(StoreConflictError, match="decided"):
        drive(new, replace(world.outside, decisions=late), world.clock.at)
    assert late.kept[PLAN.id].state is State.AWAITING_DECISION


def test_a_click_of_before_the_expiry_that_is_still_being_written_is_not_lost() -> None:
    world = World()
    new = world.propose(mode=Mode.PROPOSE)
    clicked_at = PLAN.expires_at - timedelta(milliseconds=1)
    assert drive(new, world.outside, PLAN.expires_at) is new
    found = decide(new, replace(decided(PLAN), at=clicked_at), world.outside)
    assert found.decision == replace(decided(PLAN), at=clicked_at)
    ended = drive(new, world.outside, PLAN.expires_at)
    assert (ended.state, ended.remark[:16]) == (State.EXPIRED, "approved in time")


def test_what_nobody_decided_on_is_over_once_no_click_can_still_be_written() -> None:
    world = World()
    new = world.propose(mode=Mode.PROPOSE)
    ended = drive(new, world.outside, PLAN.expires_at + timedelta(seconds=6))
    assert (ended.state, ended.remark) == (State.EXPIRED, "nobody decided in time")


def test_what_was_decided_between_the_look_and_the_expiry_is_taken_first() -> None:
    world = World()
    new = world.propose()
    end = world.outside.end_undecided
    world.record.decide(decided(PLAN))
    with pytest.raises(StoreConflictError, match="decided"):
        end(new, Event.EXPIRE, PLAN.expires_at, "nobody decided in time")


def test_a_decision_that_does_not_count_is_not_written_down() -> None:
    world = World()
    answer = decide(world.propose(), decided(PLAN, by="cli:eve"), world.outside)
    assert answer.decision is None
    assert [one.guard for one in answer.refusals] == [Guard.APPROVER]
    assert world.record.decision(PLAN.id) is None


def test_nobody_decides_in_the_name_of_the_policy() -> None:
    world = World()
    new = world.propose()
    with pytest.raises(ValueError, match="in the name of the policy"):
        decide(new, decided(PLAN, by="policy"), world.outside)


def test_what_is_decided_cannot_be_decided_again() -> None:
    world = approved()
    world.play_until(State.AWAITING_DECISION)
    drive(world.now, world.outside, NOON)
    with pytest.raises(IllegalTransitionError):
        decide(world.now, decided(PLAN), world.outside)


def test_a_rejection_stops_what_was_approved_whoever_read_it_when() -> None:
    world = approved()
    read_before = world.play_until(State.AWAITING_DECISION)
    drive(world.now, world.outside, NOON)
    assert world.now.state is State.APPROVED
    answer = decide(read_before, decided(PLAN, choice=Choice.REJECT), world.outside)
    assert answer.is_stopped
    assert (world.now.state, world.now.asked_by) == (State.REJECTED, "cli:ana")


def test_a_rejection_stops_what_was_approved_before_a_tick_took_it_up() -> None:
    world = World()
    new = world.propose()
    assert decide(new, decided(PLAN), world.outside).decision == decided(PLAN)
    answer = decide(new, decided(PLAN, choice=Choice.REJECT), world.outside)
    assert answer.is_stopped
    assert (world.play().state, touched(world)) == (State.REJECTED, [])


def test_what_has_begun_cannot_be_rejected() -> None:
    world = approved()
    read_before = world.now
    world.play_until(State.VERIFYING)
    for read in (read_before, world.now):
        with pytest.raises(IllegalTransitionError, match="verifying"):
            decide(read, decided(PLAN, choice=Choice.REJECT), world.outside)


def test_nothing_is_done_before_it_is_due() -> None:
    world = approved()
    world.record.pause("cli:ana")
    drive(world.now, world.outside, NOON)
    waiting = drive(world.now, world.outside, NOON)
    world.record.resume("cli:ana")
    assert waiting.due_at is not None
    early = waiting.due_at - timedelta(microseconds=1)
    assert drive(waiting, world.outside, early) == waiting
    assert drive(waiting, world.outside, waiting.due_at).state is State.APPLYING


def test_two_workers_cannot_drive_one_remediation() -> None:
    world = approved()
    old = world.now
    drive(old, world.outside, NOON)
    with pytest.raises(StoreConflictError):
        drive(old, world.outside, NOON)
    assert touched(world) == []


def test_a_remediation_that_another_worker_holds_is_left_to_it() -> None:
    world = approved()
    old = world.now
    assert world.record.claim(PLAN.id, "other", NOON, 60.0)
    world.tick()
    assert world.now == old
    world.clock.sleep(60.0)
    world.tick()
    assert world.now.state is State.VERIFYING


def test_nothing_is_paused_by_default() -> None:
    assert Controls().paused_by == ""


def test_what_could_never_be_carried_out_is_refused_when_it_is_planned() -> None:
    world = World()
    refused = world.propose(revert_after_min=121)
    assert refused.state is State.REFUSED
    assert refused.remark == "it needs a revert timer of 121 min, and the device allows 1 to 120"


def test_a_remediation_needs_the_runs_of_its_paths_and_a_timer_that_covers_them() -> None:
    world = World()
    new = prepare(PLAN, figures(), world.outside, probe_period_s=60.0, settle_s=180.0)
    assert (new.affected, new.runs_needed) == ((WAY,), 3)
    # 180 s to settle, three runs, two polls of 30 s, a minute to spare and a minute to type.
    assert (new.verify_s, new.revert_after_min) == (480.0, 9)
    assert new.mode is Mode.AUTO


def test_a_change_that_takes_time_to_show_is_judged_on_what_came_then() -> None:
    world = approved()
    world.record.kept[PLAN.id] = replace(world.now, settle_s=120.0)
    world.play_until(State.VERIFYING)
    begun = world.clock.at
    world.play_until(State.DONE)
    assert world.clock.at - begun >= timedelta(seconds=120 + 3 * POLL_S - 10)
    assert world.now.outcome is Outcome.HELPED


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        (SuccessRule(same_load_ratio=0.05), Outcome.INCONCLUSIVE),
        (SuccessRule(same_load_ratio=0.15), Outcome.HELPED),
        (None, Outcome.HELPED),
    ],
)
def test_a_change_is_judged_by_the_rule_that_was_approved(
    rule: SuccessRule | None, outcome: Outcome
) -> None:
    world, plan = World(), replace(PLAN, success=rule)
    # The link is offered 2,500,000 bit/s since.
    world.propose(proposal=plan, before=figures(offered_bps=2_250_000))
    world.record.decide(decided(plan))
    assert world.play().outcome is outcome
