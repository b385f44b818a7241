"""What a rollback leaves behind, and what it says of it."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from qosbot.domain.intents import ConfigChange
from qosbot.domain.inventory import Device
from qosbot.domain.remediation import Event, Remediation, State
from qosbot.workflows.remediate import ask, drive
from qosbot.workflows.undo import undo
from tests.workflows.world import AFTER, BEFORE, FakeDialect, FakeSession, World, approved

EDIT = "snmp-server location 5"


class SlowConfirm(FakeSession):
    """The device's timer runs out while ours to take it off is on its way."""

    def confirm(self, device: Device) -> None:
        self.router.clock.sleep(1.0)
        super().confirm(device)


class DeafConfirm(FakeSession):
    """The device does not take its timer away."""

    def confirm(self, device: Device) -> None:
        del device


@dataclass
class OddTimer(FakeSession):
    """Tells a time left that cannot be."""

    left_s: float

    def revert_pending_s(self, device: Device) -> float | None:
        del device
        return self.left_s


class Unsure(FakeDialect):
    """Cannot tell whose lines differ."""

    def only_ours(self, change: ConfigChange, before: str, running: str) -> bool | None:
        del change, before, running
        return None


def play_unsure(world: World) -> Remediation:
    """Play to the end with a dialect that cannot tell whose edits there are."""
    outside = replace(world.outside, dialects={"cisco_ios": Unsure()})
    for _ in range(400):
        if world.now.action is None:
            break
        drive(world.now, outside, world.clock.at)
        world.clock.sleep(5.0)
    return world.now


def ask_back(world: World) -> Remediation:
    at = world.clock.at
    return ask(world.now, Event.ROLLBACK_ASKED, by="cli:ana", decisions=world.record, now=at)


def kept() -> World:
    """Return a world whose change was kept and saved."""
    world = approved()
    assert world.play().is_saved
    return world


def rolling_back(*, left_s: float, edit: str = EDIT) -> World:
    """Return a world that begins to roll back an edited device with so little time left."""
    world = approved()
    world.play_until(State.VERIFYING)
    world.router.edit(edit)
    while world.now.state is not State.ROLLING_BACK:
        world.clock.sleep(5.0)
        drive(world.now, world.outside, world.clock.at)
    assert world.router.reverts_at is not None
    world.clock.at = world.router.reverts_at - timedelta(seconds=left_s)
    return world


def test_a_saved_change_that_others_edits_keep_in_startup_is_not_said_to_be_undone() -> None:
    world = kept()
    world.router.edit(EDIT)
    ask_back(world)
    end = world.play()
    assert (end.state, end.is_saved, world.router.startup) == (State.STUCK, True, AFTER)
    assert "the startup configuration of par-ce1 still has the change" in end.remark
    assert "`write memory`" in end.remark
    assert "the undo on" not in end.remark
    assert set(world.router.running) == {*BEFORE, EDIT}


def test_a_device_that_does_not_save_the_undo_calls_a_person() -> None:
    world = kept()
    world.router.takes_save = False
    ask_back(world)
    end = world.play()
    assert (end.state, end.is_saved) == (State.STUCK, True)
    assert "the device did not save the undo" in end.remark


def test_a_change_is_left_unsaved_where_nobody_can_tell_what_else_would_be_saved() -> None:
    world = approved()
    end = play_unsure(world)
    assert (end.state, end.is_saved, world.router.startup) == (State.DONE, False, BEFORE)
    assert "something besides our lines" in end.remark


def test_an_undo_of_a_change_that_was_not_saved_saves_nothing() -> None:
    world = approved()
    play_unsure(world)
    world.router.edit(EDIT)
    ask_back(world)
    play_unsure(world)
    assert world.router.startup == BEFORE
    assert "save" not in world.router.log


def test_once_a_person_has_saved_it_the_rollback_is_complete() -> None:
    world = kept()
    world.router.edit(EDIT)
    ask_back(world)
    world.play()
    world.router.startup = world.router.running
    ask_back(world)
    end = world.play()
    assert (end.state, end.is_saved) == (State.ROLLED_BACK, False)


def test_an_edit_made_between_undo_and_save_is_not_saved() -> None:
    world = kept()
    ask_back(world)
    world.router.refuses = frozenset({"no match ef"})
    drive(world.now, world.outside, world.clock.at)
    world.router.refuses = frozenset()
    world.router.edit(EDIT)
    end = world.play()
    assert (end.state, world.router.startup) == (State.STUCK, AFTER)


def test_a_change_that_was_never_saved_leaves_nothing_in_startup() -> None:
    world = approved()
    world.router.takes_save = False
    world.play()
    ask_back(world)
    end = world.play()
    assert (end.state, end.is_saved, world.router.startup) == (State.ROLLED_BACK, False, BEFORE)


@pytest.mark.parametrize("left_s", [44.0, 20.0, 1.0])
def test_somebody_elses_edit_is_kept_while_any_time_is_left(left_s: float) -> None:
    world = rolling_back(left_s=left_s)
    end = world.play()
    assert end.state is State.STUCK
    assert set(world.router.running) == {*BEFORE, EDIT}
    assert "revert" not in world.router.log


def test_an_edit_of_the_very_lines_is_kept_while_any_time_is_left() -> None:
    world = rolling_back(left_s=20.0, edit="priority 450")
    assert world.play().state is State.STUCK
    assert "priority 450" in world.router.running
    assert "revert" not in world.router.log


def test_without_an_edit_the_device_goes_back_by_itself_when_time_is_short() -> None:
    world = approved(good_mos=2.1)
    world.play_until(State.VERIFYING)
    while world.now.state is not State.ROLLING_BACK:
        world.clock.sleep(5.0)
        drive(world.now, world.outside, world.clock.at)
    assert world.router.reverts_at is not None
    world.clock.at = world.router.reverts_at - timedelta(seconds=44)
    assert world.play().state is State.ROLLED_BACK
    assert world.router.log[-1] == "revert"


@pytest.mark.parametrize("edit", [EDIT, "priority 450"])
def test_where_it_was_too_late_the_words_say_that_the_device_took_the_edit_along(
    edit: str,
) -> None:
    end = rolling_back(left_s=0.0, edit=edit).play()
    assert end.state is State.STUCK
    assert "what was edited meanwhile went with it" in end.remark
    assert "the undo on" not in end.remark


@pytest.mark.parametrize("edit", [EDIT, "priority 450"])
def test_a_revert_that_crosses_the_disarming_is_told_too(edit: str) -> None:
    world = rolling_back(left_s=1.0, edit=edit)
    slow = SlowConfirm(world.router, world.fuse)
    end = undo(world.now, replace(world.outside, sessions=slow), world.clock.at)
    assert world.router.running == BEFORE
    assert end.state is State.STUCK
    assert "what was edited meanwhile went with it" in end.remark


@pytest.mark.parametrize("left_s", [-3100.0, -15.0, 0.0])
def test_a_wait_is_never_shorter_than_a_retry(left_s: float) -> None:
    world = approved(good_mos=2.1)
    world.play_until(State.VERIFYING)
    while world.now.state is not State.ROLLING_BACK:
        world.clock.sleep(5.0)
        drive(world.now, world.outside, world.clock.at)
    odd = OddTimer(world.router, world.fuse, left_s)
    moved = undo(world.now, replace(world.outside, sessions=odd), world.clock.at)
    assert moved.due_at is not None
    assert moved.due_at >= world.clock.at + timedelta(seconds=world.outside.retry_s)


def test_nothing_is_typed_into_a_device_that_is_going_back_right_now() -> None:
    world = rolling_back(left_s=30.0)
    odd = OddTimer(world.router, world.fuse, 0.0)
    moved = undo(world.now, replace(world.outside, sessions=odd), world.clock.at)
    assert (moved.state, moved.undo_attempts) == (State.ROLLING_BACK, 0)


@pytest.mark.parametrize("edit", [EDIT, "priority 450"])
def test_a_timer_that_was_not_taken_away_is_tried_again_before_anything_is_said(edit: str) -> None:
    world = rolling_back(left_s=40.0, edit=edit)
    deaf = DeafConfirm(world.router, world.fuse)
    moved = undo(world.now, replace(world.outside, sessions=deaf), world.clock.at)
    assert moved.state is State.ROLLING_BACK
    assert moved.remark == "the device did not take its timer away"
