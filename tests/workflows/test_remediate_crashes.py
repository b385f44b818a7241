"""The process dies at every thing that it does; the end is the same."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qosbot.domain.alarms import AlarmState
from qosbot.domain.history import verify
from qosbot.domain.remediation import IN_HAND, State
from qosbot.workflows.remediate import drive
from tests.workflows.world import AFTER, BEFORE, PLAN, World, approved, raised


def bad() -> World:
    return approved(good_mos=2.1)


def refused() -> World:
    world = approved()
    world.router.refuses = frozenset({"match ef"})
    return world


STORIES = {"helped": approved, "no_effect": bad, "refused": refused}


def length(story: str) -> int:
    world = STORIES[story]()
    world.play()
    return world.fuse.count


DEATHS = [(story, at) for story in STORIES for at in range(length(story))]


@pytest.mark.parametrize(("story", "at"), DEATHS)
def test_a_restart_after_any_death_leads_to_the_same_end(story: str, at: int) -> None:
    whole, killed = STORIES[story](), STORIES[story]()
    whole.play()
    killed.fuse.at = at
    killed.play()
    assert killed.workers == 1
    assert (killed.now.state, killed.now.outcome) == (whole.now.state, whole.now.outcome)
    assert (killed.router.running, killed.router.startup) == (
        whole.router.running,
        whole.router.startup,
    )
    assert killed.router.reverts_at is None
    assert killed.router.log.count("arm") == 1
    assert verify(PLAN.id, killed.record.history(PLAN.id)) is None


@pytest.mark.parametrize("at", range(length("helped")))
def test_a_change_that_is_in_force_is_not_typed_again(at: int) -> None:
    killed = approved()
    killed.fuse.at = at
    killed.play()
    assert killed.router.log.count("match ef") == 1


@pytest.mark.parametrize("at", range(length("helped")))
def test_without_a_restart_the_device_goes_back_or_has_what_was_confirmed(at: int) -> None:
    world = approved()
    world.die(at)
    world.clock.at += timedelta(minutes=10)
    world.router.wake()
    is_confirmed = "confirm" in world.router.log
    assert world.router.running == (AFTER if is_confirmed else BEFORE)
    assert world.router.reverts_at is None


@pytest.mark.parametrize("at", range(length("helped")))
def test_a_restart_after_the_timer_ran_out_finds_the_device_as_it_was(at: int) -> None:
    world = approved()
    world.die(at)
    assert world.workers == 1
    world.clock.at += timedelta(minutes=20)
    end = world.play(minutes=60)
    untouched = {State.EXPIRED, State.ROLLED_BACK}
    assert end.state in {State.DONE} | untouched
    assert world.router.running == (AFTER if end.state is State.DONE else BEFORE)


@pytest.mark.parametrize("at", range(length("helped")))
def test_a_change_that_the_device_took_back_is_not_typed_a_second_time(at: int) -> None:
    world = approved()
    world.die(at)
    world.clock.at += timedelta(minutes=world.now.revert_after_min, seconds=1)
    world.play()
    assert world.router.log.count("arm") <= 1
    if "revert" in world.router.log:
        assert world.now.state is State.ROLLED_BACK


def sessions_of_a_whole_story() -> int:
    world = approved()
    world.play()
    return world.router.sessions


@pytest.mark.parametrize("at", range(sessions_of_a_whole_story()))
def test_a_session_that_breaks_is_tried_again(at: int) -> None:
    world = approved()
    world.router.silent_at = at
    while world.now.action is not None:
        drive(world.now, world.outside, world.clock.at)
        world.clock.sleep(5.0)
    assert world.now.state is State.DONE
    assert world.router.log == ["arm", "priority 600", "match ef", "confirm", "save"]


def edit(world: World) -> None:
    world.router.wake()
    world.router.edit("snmp-server location 5")


def toggle_silence(world: World) -> None:
    world.router.is_silent = not world.router.is_silent


def toggle_kill_switch(world: World) -> None:
    world.has_kill_switch = not world.has_kill_switch


def toggle_pause(world: World) -> None:
    is_paused = bool(world.record.controls().paused_by)
    (world.record.resume if is_paused else world.record.pause)("cli:ana")


def toggle_congestion(world: World) -> None:
    world.is_congested = not world.is_congested


def clear_alarm(world: World) -> None:
    world.record.keep_alarms([raised(AlarmState.CLEARED)])


TROUBLES = [
    edit,
    toggle_silence,
    toggle_kill_switch,
    toggle_pause,
    toggle_congestion,
    clear_alarm,
]


@settings(deadline=None, derandomize=True, max_examples=200)
@given(
    troubles=st.lists(st.tuples(st.floats(0.02, 1.5), st.sampled_from(TROUBLES)), max_size=5),
    deaths=st.frozensets(st.integers(0, 80), max_size=4),
    is_approved=st.booleans(),
)
def test_whatever_happens_it_ends_and_the_device_is_as_the_record_says(
    *,
    troubles: list[tuple[float, Callable[[World], None]]],
    deaths: frozenset[int],
    is_approved: bool,
) -> None:
    world = World()
    world.propose()
    if is_approved:
        world.approve()
    world.fuse.also_at = deaths
    for minutes, trouble in troubles:
        world.play(minutes)
        trouble(world)
    world.router.is_silent = world.has_kill_switch = False
    end = world.play(minutes=180)
    is_in_force = set(AFTER) <= set(world.router.running)
    assert end.action is None
    assert is_in_force is (end.state is State.DONE)
    assert (end.state in IN_HAND) is (end.state is State.STUCK)
    assert world.router.reverts_at is None
    assert is_approved or world.router.log == []
    assert verify(PLAN.id, world.record.history(PLAN.id)) is None
    was_edited = any(trouble is edit for _, trouble in troubles)
    assert not ("snmp-server location 5" in world.router.startup and end.state is not State.DONE)
    assert was_edited or end.state is not State.STUCK
