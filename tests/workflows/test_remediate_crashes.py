"""The process dies at every thing that it does; the end is the same."""

from datetime import timedelta

import pytest

from qosbot.domain.history import verify
from qosbot.domain.remediation import State
from tests.workflows.world import AFTER, BEFORE, PLAN, World, approved


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
