"""Remediations on a pool: rollbacks first, each by one thread, and a stop at a safe point."""

import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from qosbot.adapters.pool import ThreadPool
from qosbot.adapters.sql import SqlDecisions
from qosbot.domain.approvals import Choice
from qosbot.domain.intents import ConfigChange
from qosbot.domain.inventory import Device
from qosbot.domain.remediation import State
from qosbot.ports.configuring import ApplyResult, DeviceConfig
from qosbot.ports.serving import Work
from qosbot.workflows.remediate import Worker, hand_out, run_claimed
from qosbot.workflows.start import submit
from tests.domain.builders import NOON
from tests.domain.remedies import change, proposal, remediation
from tests.domain.situations import decided
from tests.until import until
from tests.workflows.world import AFTER, PLAN, FakeSession, World, approved, raised

WORKER = Worker(name="serve@here", lease_s=60.0)


@dataclass
class Kept:
    """A pool that only keeps what it is offered."""

    offered: list[Work] = field(default_factory=list)

    def offer(self, work: Work) -> bool:
        self.offered.append(work)
        return True

    def is_stopping(self) -> bool:
        return False


@dataclass
class Gated(FakeSession):
    """A router that answers when it is let go; it counts who waits."""

    let_go: threading.Event = field(default_factory=threading.Event)
    sessions: int = 0

    def read(self, device: Device) -> DeviceConfig:
        self.sessions += 1
        assert self.let_go.wait(30.0)
        return super().read(device)


@dataclass
class Typing(FakeSession):
    """A router that lets a change be typed when it is let go."""

    has_begun: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    def apply(self, device: Device, change: ConfigChange, *, revert_after_min: int) -> ApplyResult:
        self.has_begun.set()
        assert self.let_go.wait(30.0)
        return super().apply(device, change, revert_after_min=revert_after_min)


@dataclass
class Stopping:
    """Says that it is time to stop once so many steps were begun."""

    after: int
    asked: int = 0

    def __call__(self) -> bool:
        self.asked += 1
        return self.asked > self.after


def handed_out(world: World) -> list[Work]:
    pool = Kept()
    assert hand_out(world.outside, world.clock, pool, WORKER) == len(pool.offered)
    return pool.offered


def state_of(record: SqlDecisions, name: str) -> State:
    found = record.remediation(name)
    assert found is not None
    return found.state


def add(world: World, name: str, state: State) -> None:
    plan = proposal(name=name, changes=change(device=f"{name}-ce1"))
    world.record.add(remediation(proposal=plan, state=state))


def test_rollbacks_are_urgent_and_go_first() -> None:
    world = World()
    for name, state in (("a", State.APPLYING), ("b", State.ROLLING_BACK), ("c", State.VERIFYING)):
        add(world, name, state)
    first, *others = handed_out(world)
    assert (first.name, first.is_urgent) == ("b", True)
    assert not any(one.is_urgent for one in others)


def test_starts_see_each_other_and_hold_up_nothing_that_is_in_hand() -> None:
    world = World()
    for name, state in (
        ("a", State.AWAITING_DECISION),
        ("b", State.APPROVED),
        ("c", State.CONFIRMING),
        ("d", State.ROLLING_BACK),
    ):
        add(world, name, state)
    lanes = {one.name: one.lane for one in handed_out(world)}
    assert lanes == {"a": "", "b": "start", "c": "", "d": ""}


def test_a_router_that_hangs_once_its_change_was_started_holds_up_no_other_start() -> None:
    world, typing = approved(), threading.Event()
    router = Typing(world.router, world.fuse, has_begun=typing)
    pool = ThreadPool()
    hand_out(replace(world.outside, sessions=router), world.clock, pool, WORKER)
    try:
        assert typing.wait(30.0)
        assert world.now.state is State.APPLYING
        other = threading.Event()
        pool.offer(Work(name="p-other", do=other.set, lane="start"))
        assert other.wait(30.0)
        assert PLAN.id in pool.state().in_flight
    finally:
        router.let_go.set()
    until(lambda: not pool.state().in_flight)
    end = world.now
    assert end.state is State.VERIFYING


def test_a_decision_is_taken_while_another_start_reads_its_router(tmp_path: Path) -> None:
    world = World()
    router = Gated(world.router, world.fuse)
    with SqlDecisions.open(tmp_path / "qosbot.db") as record:
        outside = replace(world.outside, decisions=record, sessions=router)
        record.keep_alarms([raised()])
        pool = ThreadPool()
        submit(remediation(proposal=PLAN), outside, NOON)
        record.decide(decided(PLAN))
        hand_out(outside, world.clock, pool, WORKER)
        until(lambda: router.sessions)
        rejected = replace(PLAN, id="p-2")
        record.add(remediation(proposal=rejected))
        record.decide(replace(decided(rejected), choice=Choice.REJECT))
        hand_out(outside, world.clock, pool, WORKER)
        try:
            until(lambda: state_of(record, "p-2") is State.REJECTED)
            assert state_of(record, PLAN.id) is State.APPROVED
        finally:
            router.let_go.set()
        until(lambda: not pool.state().in_flight)


def test_what_was_approved_goes_through_the_lane_of_starts_at_once() -> None:
    world = approved()
    (awaiting,) = handed_out(world)
    start = awaiting.do()
    assert isinstance(start, Work)
    assert (start.name, start.lane, world.now.state) == (PLAN.id, "start", State.APPROVED)
    in_hand = start.do()
    assert isinstance(in_hand, Work)
    assert (in_hand.lane, world.now.state) == ("", State.APPLYING)
    assert world.record.claims == {}
    assert in_hand.do() is None
    assert world.now.state is State.VERIFYING


def test_two_threads_of_one_process_cannot_both_drive_one_remediation(tmp_path: Path) -> None:
    world = World()
    router = Gated(world.router, world.fuse)
    with SqlDecisions.open(tmp_path / "qosbot.db") as record:
        outside = replace(world.outside, decisions=record, sessions=router)
        record.keep_alarms([raised()])
        submit(remediation(proposal=PLAN), outside, NOON)
        record.decide(decided(PLAN))
        pool = ThreadPool()
        assert hand_out(outside, world.clock, pool, WORKER) == 1
        until(lambda: router.sessions)
        # The claim alone would let the second one in, for after a crash it is the same worker.
        assert record.claim(PLAN.id, WORKER.name, NOON, 60.0)
        assert hand_out(outside, world.clock, pool, WORKER) == 0
        assert pool.state().in_flight == (PLAN.id,)
        assert router.sessions == 1
        router.let_go.set()
        until(lambda: not pool.state().in_flight)
        now = record.remediation(PLAN.id)
    assert now is not None
    assert now.state is State.VERIFYING
    assert world.router.log == ["arm", "priority 600", "match ef"]


@pytest.mark.parametrize("steps", range(6))
def test_a_stop_ends_at_a_safe_point_from_which_the_next_start_goes_on(steps: int) -> None:
    world, stopping = approved(), Stopping(after=steps)
    worker = replace(WORKER, is_stopping=stopping)
    run_claimed(PLAN.id, world.outside, world.clock, worker)
    assert world.now.version <= 1 + 2 * steps  # no step is begun after it; one may save twice
    assert world.record.claims == {}
    end = world.play()
    assert (end.state, world.router.running) == (State.DONE, AFTER)
    assert world.router.log == ["arm", "priority 600", "match ef", "confirm", "save"]


def test_once_stopping_no_step_is_begun() -> None:
    world = approved()
    before = world.now
    run_claimed(PLAN.id, world.outside, world.clock, replace(WORKER, is_stopping=Stopping(after=0)))
    assert world.now == before
    assert world.router.sessions == 0
