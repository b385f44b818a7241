"""Work that may hang: never the same twice, never in the way of what is urgent."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from qosbot.adapters.logs import JsonLines
from qosbot.adapters.pool import ThreadPool
from qosbot.domain.errors import StoreError
from qosbot.ports.serving import Work
from qosbot.workflows.incidents import answering
from tests.until import until


@dataclass
class Desk:
    """A pool, with work that hangs until it is let go, by name."""

    pool: ThreadPool
    gates: dict[str, threading.Event] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    def offer(self, name: str, *, is_urgent: bool = False, lane: str = "") -> bool:
        gate = self.gates.setdefault(name, threading.Event())

        def do() -> None:
            self.log.append(f"begin {name}")
            assert gate.wait(30.0)
            self.log.append(f"end {name}")

        return self.pool.offer(Work(name=name, do=do, is_urgent=is_urgent, lane=lane))

    def let_go(self, *names: str) -> None:
        for name in names or tuple(self.gates):
            self.gates[name].set()

    def has(self, *lines: str) -> Callable[[], bool]:
        return lambda: set(lines) <= set(self.log)

    def end(self) -> None:
        until(lambda: not (self.pool.state().in_flight or self.pool.state().waiting))


@contextmanager
def desk(threads: int = 4, reserved: int = 2) -> Iterator[Desk]:
    found = Desk(ThreadPool(threads=threads, reserved=reserved))
    try:
        yield found
    finally:
        found.let_go()
        assert found.pool.stop(30.0)


def broken() -> None:
    raise StoreError("the disk is full")


def test_what_is_in_hand_or_waits_is_not_taken_again() -> None:
    with desk(threads=1) as at:
        assert at.offer("a")
        assert at.offer("b")
        assert not at.offer("a")
        assert not at.offer("b")
        at.let_go()
        at.end()
        assert at.log == ["begin a", "end a", "begin b", "end b"]
        assert at.offer("a")


def test_a_rollback_begins_while_every_other_thread_hangs() -> None:
    with desk() as at:
        hanging = [f"apply {number}" for number in range(6)]
        assert all(at.offer(name) for name in hanging)
        assert at.offer("rollback", is_urgent=True)
        until(at.has("begin rollback"))
        assert at.pool.state().in_flight == (*hanging[:4], "rollback")
        assert at.pool.state().waiting == tuple(hanging[4:])


def test_others_begin_while_as_many_rollbacks_hang_as_may_be_done_at_once() -> None:
    with desk() as at:
        rollbacks = [f"rollback {number}" for number in range(6)]
        assert all(at.offer(name, is_urgent=True) for name in rollbacks)
        at.offer("confirm")
        at.offer("judge")
        until(at.has("begin confirm", "begin judge"))
        assert at.pool.state().in_flight == (*rollbacks[:4], "confirm", "judge")
        assert at.pool.state().waiting == tuple(rollbacks[4:])


def test_what_a_piece_leaves_to_be_done_next_is_done_in_its_own_lane() -> None:
    done = threading.Event()
    left = Work(name="a", do=done.set)
    with desk(threads=2) as at:
        at.pool.offer(Work(name="a", do=lambda: left, lane="start"))
        assert done.wait(30.0)
        at.end()
        assert at.pool.state().done == 2


def test_what_a_piece_leaves_is_not_begun_once_stopping() -> None:
    let_go, done = threading.Event(), threading.Event()

    def do() -> Work:
        assert let_go.wait(30.0)
        return Work(name="a", do=done.set)

    pool = ThreadPool()
    pool.offer(Work(name="a", do=do))
    assert not pool.stop(0.0)
    let_go.set()
    assert pool.stop(30.0)
    assert (pool.state().done, pool.state().waiting, done.is_set()) == (1, (), False)


def test_what_waits_gets_its_turn_in_order_the_urgent_first() -> None:
    with desk(threads=1, reserved=0) as at:
        for name in ("a", "b", "c"):
            at.offer(name)
        at.offer("urgent", is_urgent=True)
        at.let_go()
        at.end()
        assert [line for line in at.log if line.startswith("begin")] == [
            "begin a", "begin urgent", "begin b", "begin c",
        ]  # fmt: skip


def test_what_waits_may_become_urgent() -> None:
    with desk(threads=1, reserved=1) as at:
        at.offer("hangs")
        at.offer("b")
        assert at.pool.state().waiting == ("b",)
        assert at.offer("b", is_urgent=True)
        until(at.has("begin b"))
        assert "end hangs" not in at.log


def test_one_lane_is_one_after_the_other_and_holds_up_nobody_else() -> None:
    with desk() as at:
        at.offer("first", lane="start")
        at.offer("second", lane="start")
        at.offer("beside")
        until(at.has("begin first", "begin beside"))
        assert at.pool.state().waiting == ("second",)
        at.let_go()
        at.end()
        assert at.log.index("end first") < at.log.index("begin second")


def test_a_failure_is_counted_told_for_its_incident_and_stops_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.handler.setFormatter(JsonLines())
    with desk(threads=1) as at:
        with answering("a-1"):
            at.pool.offer(Work(name="p-1", do=broken))
        at.pool.offer(Work(name="p-2", do=broken))
        at.end()
        found = at.pool.state()
        assert (found.done, found.failed, found.failed_in_a_row) == (2, 2, 2)
        at.offer("well")
        at.let_go()
        at.end()
        assert at.pool.state().failed_in_a_row == 0
    first, second = (json.loads(line) for line in caplog.text.splitlines())
    assert (first["incident"], first["work"], first["error"]) == ("a-1", "p-1", "the disk is full")
    assert "incident" not in second


def test_a_stop_drops_what_waits_and_asks_what_runs_to_end() -> None:
    with desk(threads=1) as at:
        assert not at.pool.is_stopping()
        at.offer("runs")
        at.offer("waits")
        until(at.has("begin runs"))
        assert not at.pool.stop(0.0)
        assert at.pool.is_stopping()
        assert not at.offer("new")
        assert at.pool.state().waiting == ()
        at.let_go()
        assert at.pool.stop(30.0)
        assert at.log == ["begin runs", "end runs"]
