"""What waits, and what goes on, while a file or a device that a remediation needs is not there."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from qosbot.adapters.files.policy_file import UNREADABLE
from qosbot.domain.approvals import POLICY
from qosbot.domain.inventory import Limits, Mode, Policy
from qosbot.domain.remediation import Event, Remediation, State
from qosbot.domain.rules import Guard
from qosbot.domain.verification import Outcome
from qosbot.workflows.outside import Outside
from qosbot.workflows.remediate import ask, decide, tick
from qosbot.workflows.start import submit
from tests.domain.remedies import remediation
from tests.domain.situations import decided
from tests.workflows.world import LEASE_S, PLAN, ROUTER, World, approved


def without_policy(world: World, policy: Policy = UNREADABLE) -> Outside:
    return replace(world.outside, read_policy=lambda: policy)


def look(world: World, outside: Outside) -> Remediation:
    tick(outside, world.clock, worker="w", lease_s=LEASE_S)
    world.clock.sleep(60)
    return world.now


def held(state: State, **changed: object) -> World:
    """Return a world with a decision that nobody has acted on yet, or that could not start."""
    world = approved(**changed)
    if state is State.APPROVED:
        world.record.pause("cli:ana")
        world.play_until(State.APPROVED)
        world.record.resume("cli:ana")
        world.clock.sleep(60)
    return world


DECIDED = (State.AWAITING_DECISION, State.APPROVED)


@pytest.mark.parametrize("state", DECIDED)
def test_an_approval_outlives_a_policy_that_cannot_be_read(state: State) -> None:
    world = held(state)
    waits = look(world, without_policy(world))
    assert (waits.state, world.router.log) == (state, [])
    assert waits.remark.startswith("policy.yaml cannot be read")
    assert world.play().state is State.DONE


@pytest.mark.parametrize("state", DECIDED)
def test_a_policy_that_is_read_and_forbids_it_refuses_for_good(state: State) -> None:
    world = held(state)
    forbids = replace(UNREADABLE, is_readable=True)
    assert look(world, without_policy(world, forbids)).state is State.REFUSED


@pytest.mark.parametrize("state", DECIDED)
def test_what_waits_for_a_policy_expires_all_the_same(state: State) -> None:
    world = held(state)
    world.clock.at = PLAN.expires_at
    assert look(world, without_policy(world)).state is State.EXPIRED


def test_nothing_is_granted_in_advance_by_a_policy_that_cannot_be_read() -> None:
    world = World()
    world.propose(mode=Mode.AUTO)
    auto = replace(world.outside.policy, is_readable=False)
    assert look(world, without_policy(world, auto)).state is State.AWAITING_DECISION
    assert world.record.decision(PLAN.id) is None


def test_what_was_granted_in_advance_outlives_a_policy_that_cannot_be_read() -> None:
    world = World()
    world.propose(mode=Mode.AUTO)
    granted = replace(decided(PLAN), by=POLICY)
    assert world.record.decide(granted) == granted
    waits = look(world, without_policy(world))
    assert waits.state is State.AWAITING_DECISION
    assert waits.remark.startswith("policy.yaml cannot be read")


def test_nobody_decides_while_the_policy_cannot_be_read() -> None:
    world = World()
    named = replace(world.outside.policy, is_readable=False)
    answer = decide(world.propose(), decided(PLAN), without_policy(world, named))
    assert [(one.guard, one.is_final) for one in answer.refusals] == [(Guard.POLICY, False)]
    assert world.record.decision(PLAN.id) is None


def test_a_plan_made_while_the_policy_is_being_written_is_judged_once_it_is_there() -> None:
    world = World()
    unknown = replace(UNREADABLE, limits=Limits(priority_share=0.01))
    new = remediation(proposal=PLAN)
    made = submit(new, without_policy(world, unknown), world.clock.at)
    assert made.state is State.AWAITING_DECISION


def without_device(world: World) -> Outside:
    return replace(world.outside, inventory=replace(world.outside.inventory, devices={}))


def without_ssh(world: World) -> Outside:
    watched = {ROUTER.name: replace(ROUTER, ssh=None)}
    return replace(world.outside, inventory=replace(world.outside.inventory, devices=watched))


def without_dialect(world: World) -> Outside:
    return replace(world.outside, dialects={})


Absence = Callable[[World], Outside]
ABSENT = pytest.mark.parametrize("absent", [without_device, without_ssh, without_dialect])


def until_over(world: World, outside: Outside) -> Remediation:
    """Tick every minute until there is nothing left to do, for some hours at most."""
    for _ in range(240):
        if world.now.action is None:
            break
        look(world, outside)
    return world.now


@ABSENT
def test_what_was_not_typed_waits_for_its_device_and_expires(absent: Absence) -> None:
    world = held(State.APPROVED)
    waits = look(world, absent(world))
    assert (waits.state, world.router.log) == (State.APPROVED, [])
    assert waits.remark.startswith("par-ce1 cannot be logged in to: ")
    world.clock.at = PLAN.expires_at - timedelta(seconds=world.outside.retry_s)
    assert look(world, absent(world)).state is State.APPROVED
    world.clock.at = PLAN.expires_at
    assert look(world, absent(world)).state is State.EXPIRED


def test_what_was_not_typed_goes_on_once_its_device_is_back() -> None:
    world = held(State.APPROVED)
    look(world, without_device(world))
    assert world.play().state is State.DONE


@ABSENT
def test_what_was_typed_calls_a_person_with_the_undo_if_its_device_is_gone(
    absent: Absence,
) -> None:
    world = approved()
    world.play_until(State.VERIFYING)
    end = until_over(world, absent(world))
    assert (end.state, end.outcome) == (State.STUCK, Outcome.INCONCLUSIVE)
    assert "; the undo on par-ce1: priority 300 / no match ef" in end.remark


def test_a_rollback_of_a_device_that_is_gone_calls_a_person() -> None:
    world = approved()
    kept = world.play()
    now = world.clock.now()
    ask(kept, Event.ROLLBACK_ASKED, by="cli:ana", decisions=world.record, now=now)
    assert until_over(world, without_device(world)).state is State.STUCK
