"""Drive remediations: one action at a time, saved before a device is touched and after.

A process that dies is a tick that comes later: nothing is remembered but what was saved.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from qosbot.domain.approvals import (
    POLICY,
    Choice,
    Decision,
    may_approve,
    quorum_of,
    refusals,
)
from qosbot.domain.errors import (
    DeviceUnreachableError,
    IllegalTransitionError,
    StoreConflictError,
)
from qosbot.domain.history import Step
from qosbot.domain.inventory import Policy
from qosbot.domain.remediation import IN_HAND, Action, Event, Remediation, State, advance
from qosbot.domain.rules import Refusal
from qosbot.ports import Clock
from qosbot.ports.deciding import Decisions
from qosbot.ports.serving import Pool, Work
from qosbot.workflows import change, undo
from qosbot.workflows.incidents import answering, incident_of
from qosbot.workflows.outside import Outside
from qosbot.workflows.start import await_decision, start

log = logging.getLogger(__name__)

_SAVING_FOR = timedelta(hours=1)
_MOST_STEPS = 50
"""Far over the longest way through the table, in case an action does not move."""

_ACTIONS: Mapping[Action, Callable[[Remediation, Outside, datetime], Remediation]] = {
    Action.AWAIT: await_decision,
    Action.START: start,
    Action.APPLY: change.apply,
    Action.READ_BACK: change.read_back,
    Action.JUDGE: change.verify,
    Action.CONFIRM: change.confirm,
    Action.SAVE: change.save,
    Action.UNDO: undo.undo,
}


def drive(remediation: Remediation, outside: Outside, now: datetime) -> Remediation:
    """Do the one thing that is due, and return the remediation as it was saved.

    Raises:
        StoreConflictError: if somebody else moved it, or has the device in hand.
    """
    action = remediation.action
    if action is None or not _is_due(remediation, now):
        return remediation
    if outside.has_kill_switch() and remediation.state in IN_HAND:
        words = "the kill-switch file is there: no device is touched, and timers run out"
        return outside.wait(remediation, now, words)
    try:
        return _ACTIONS[action](remediation, outside, now)
    except DeviceUnreachableError as error:
        # An action may have saved a step before it touched the device.
        current = outside.decisions.remediation(remediation.id) or remediation
        return _run_out(current, outside, now, str(error))


def _is_due(remediation: Remediation, now: datetime) -> bool:
    return remediation.due_at is None or remediation.due_at <= now


def _run_out(remediation: Remediation, outside: Outside, now: datetime, words: str) -> Remediation:
    """Wait for a device that does not answer, as long as its state allows."""
    if remediation.state is State.ROLLING_BACK:
        return undo.run_out(remediation, outside, now, words)
    if remediation.state is State.SAVING:
        if now < (remediation.changed_at or now) + _SAVING_FOR:
            return outside.wait(remediation, now, words)
        words = f"kept, but left unsaved: {words}"
        return outside.move(remediation, Event.LEFT_UNSAVED, now, words, is_saved=False)
    if remediation.typed_at is None:
        # Of a device that left the inventory not even the guard of expiry can be asked.
        if now >= remediation.proposal.expires_at:
            words = f"it expired, and nothing was typed: {words}"
            return outside.move(remediation, Event.EXPIRE, now, words)
        return outside.wait(remediation, now, words)
    return change.run_out(remediation, outside, now, words)


def run(
    remediation: Remediation,
    outside: Outside,
    clock: Clock,
    is_mine: Callable[[Remediation], bool],
) -> Remediation:
    """Drive a remediation until it waits or ends, as long as it is ours to drive.

    Raises:
        StoreConflictError: if somebody else moved it, or has the device in hand.
    """
    for _ in range(_MOST_STEPS):
        if not is_mine(remediation):
            break
        moved = drive(remediation, outside, clock.now())
        if moved.version == remediation.version:
            return moved
        log.info(
            "remediation moved",
            extra={"remediation": moved.id, "state": moved.state, "remark": moved.remark},
        )
        remediation = moved
    return remediation


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Who drives."""

    name: str
    """The same after a restart, which so goes on at once where the dead process was."""
    lease_s: float
    is_stopping: Callable[[], bool] = lambda: False


def run_claimed(
    name: str, outside: Outside, clock: Clock, worker: Worker, *, lane: str | None = None
) -> Remediation | None:
    """Drive a remediation unless another worker does; return it, None if it moved meanwhile.

    Between two steps is a safe point: there it ends if the worker is stopping, or if the next
    step does not belong in the lane; without one, every step is done.
    """

    def is_mine(now: Remediation) -> bool:
        # Asked before each step, so that a lease need only outlast the longest one.
        if worker.is_stopping() or lane not in {None, lane_of(now)}:
            return False
        return outside.decisions.claim(name, worker.name, clock.now(), worker.lease_s)

    remediation = outside.decisions.remediation(name)
    if remediation is None:
        return None
    with answering(incident_of(remediation.proposal)):
        try:
            return run(remediation, outside, clock, is_mine)
        except StoreConflictError:
            log.info("remediation moved by another", extra={"remediation": name})
            return None
        finally:
            outside.decisions.release(name, worker.name)


def lane_of(remediation: Remediation) -> str:
    """Return the lane of what is due: starts are made one after the other, all else side by side.

    The guards of a start count the changes that were started, and must see each other's; what
    waits for a person, or has its device in hand, neither adds to them nor asks them.
    """
    return "start" if remediation.state is State.APPROVED else ""


def hand_out(outside: Outside, clock: Clock, pool: Pool, worker: Worker) -> int:
    """Hand everything that is due to a pool and return at once; return how many were taken.

    A claim does not keep two threads of one worker apart, so a pool takes a remediation once
    until it is through with it.
    """

    def piece(one: Remediation) -> Work:
        lane = lane_of(one)

        def do() -> Work | None:
            moved = run_claimed(one.id, outside, clock, worker, lane=lane)
            # A lane is given back as soon as its step is done, however long the next ones take.
            return None if moved is None or lane_of(moved) == lane else piece(moved)

        with answering(incident_of(one.proposal)):
            is_urgent = one.state is State.ROLLING_BACK
            return Work(name=one.id, do=do, is_urgent=is_urgent, lane=lane)

    return sum(pool.offer(piece(one)) for one in outside.decisions.due(clock.now()))


def tick(outside: Outside, clock: Clock, *, worker: str, lease_s: float) -> int:
    """Drive everything that is due, one after the other; return how many were."""
    due = outside.decisions.due(clock.now())
    for remediation in due:
        run_claimed(remediation.id, outside, clock, Worker(name=worker, lease_s=lease_s))
    return len(due)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of somebody's decision."""

    decision: Decision | None
    """The one that stands, maybe another's; None: none does yet."""
    refusals: tuple[Refusal, ...] = ()
    votes: int = 0
    """How many have approved so far, this one included."""
    quorum: int = 1
    is_stopped: bool = False
    """It was approved, and a rejection stopped it before anything began."""


def decide(remediation: Remediation, decision: Decision, outside: Outside) -> Answer:
    """Write down what a person decided on the plan that was shown; touch no device.

    The first decision stands, whoever comes second; but as long as nothing has begun, a rejection
    stops what was approved.  Where the policy wants several people, an approval stands once
    enough of them made it; a rejection stands at once.

    Raises:
        IllegalTransitionError: if it waits for no decision, and cannot be stopped, any more.
        StoreConflictError: if it moved meanwhile.
    """
    is_rejection = decision.choice is Choice.REJECT
    is_stop = is_rejection and remediation.state is State.APPROVED
    if remediation.state is not State.AWAITING_DECISION and not is_stop:
        raise IllegalTransitionError(remediation.id, remediation.state, decision.choice)
    if decision.by == POLICY:
        raise ValueError("a person cannot decide in the name of the policy")
    policy, controls = outside.policy, outside.decisions.controls()
    found = tuple(refusals(decision, remediation.proposal, policy, controls))
    if found:
        return Answer(decision=None, refusals=found)
    try:
        answer = _keep(remediation, decision, outside, policy)
    except StoreConflictError:
        # It was approved, maybe since it was read, and that can still be stopped.
        if is_rejection:
            return _stop(remediation, decision, outside)
        raise
    stands = answer.decision
    if is_rejection and stands is not None and stands.choice is Choice.APPROVE:
        return _stop(remediation, decision, outside)
    return answer


def _keep(remediation: Remediation, decision: Decision, outside: Outside, policy: Policy) -> Answer:
    risk = remediation.proposal.risk

    def counts(person: str) -> bool:
        return may_approve(person, risk, policy)

    quorum = quorum_of(policy, risk)
    stands = outside.decisions.decide(decision, quorum=quorum, counts=counts)
    votes = sum(counts(one.by) for one in outside.decisions.votes(remediation.id))
    with answering(incident_of(remediation.proposal)):
        facts = {"choice": decision.choice, "asked": decision.by, "stands": stands is not None}
        log.info("decision kept", extra={"remediation": remediation.id, **facts})
    return Answer(decision=stands, votes=votes, quorum=quorum)


def _stop(remediation: Remediation, decision: Decision, outside: Outside) -> Answer:
    """Stop what was approved, whether a tick has taken the approval up yet or not.

    Raises:
        IllegalTransitionError: if something has begun.
        StoreConflictError: if it kept moving.
    """
    decisions = outside.decisions
    for _ in range(_MOST_STEPS):
        current = decisions.remediation(remediation.id) or remediation
        try:
            ask(
                current,
                Event.REJECT,
                by=decision.by,
                decisions=decisions,
                now=decision.at,
                words=decision.words,
            )
        except StoreConflictError:
            continue  # A tick moved it between the look and this.
        with answering(incident_of(remediation.proposal)):
            log.info("stopped", extra={"remediation": remediation.id, "by": decision.by})
        return Answer(decision=decisions.decision(remediation.id), is_stopped=True)
    raise StoreConflictError(f"remediation {remediation.id} moves all the time")


def ask(  # noqa: PLR0913 - who asks for what, when and why
    remediation: Remediation,
    event: Event,
    *,
    by: str,
    decisions: Decisions,
    now: datetime,
    words: str = "",
) -> Remediation:
    """Do what only a person may: ask for a rollback, settle what is stuck, stop what waits.

    Raises:
        IllegalTransitionError: if the state does not allow it, or it is not for people to do.
        StoreConflictError: if it moved meanwhile.
    """
    if event not in {Event.ROLLBACK_ASKED, Event.SETTLE, Event.REJECT}:
        raise IllegalTransitionError(remediation.id, remediation.state, event)
    remark = words or f"{event} by {by}"
    moved = replace(advance(remediation, event, now), asked_by=by, remark=remark)
    step = Step(at=now, event=event, state=moved.state, by=by, words=moved.remark)
    return decisions.save(moved, step)
