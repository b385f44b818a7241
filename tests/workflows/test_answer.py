from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from qosbot.adapters.sql import SqlOutbox, opened
from qosbot.domain.approvals import Choice, Decision, anybody
from qosbot.domain.inventory import Risk
from qosbot.domain.remediation import State
from qosbot.workflows import answer
from qosbot.workflows.answer import Click, Reception
from tests.domain.situations import decided, past
from tests.workflows.world import PLAN, FakeDecisions, World

ANA, BOB, EVE = "cli:ana", "cli:bob", "T1/U9"
CLICK = Click(id="k1", person=ANA, to="C1/U1", remediation=PLAN.id, plan=PLAN.plan_hash[:16])


class Counter:
    """A reception over a world, and what it said."""

    def __init__(self, path: Path) -> None:
        self.world = World()
        self.database = opened(path)
        self.outbox = SqlOutbox(self.database)

    @property
    def reception(self) -> Reception:
        outside = self.world.outside
        return Reception(outside=outside, outbox=self.outbox, clock=self.world.clock)

    def said(self) -> list[str]:
        return [one.words for one in self.outbox.due(self.world.clock.at)]


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    one = Counter(tmp_path / "qosbot.db")
    one.world.propose()
    yield one
    one.database.close()


def test_what_is_said_to_who_clicks_is_kept_until_it_is_told(counter: Counter) -> None:
    said = answer.approve(CLICK, counter.reception)
    assert counter.said() == [said]
    assert "you approved it" in said
    assert counter.world.record.decision(PLAN.id) is not None


def test_who_may_not_is_told_so_and_decides_nothing(counter: Counter) -> None:
    for click in (replace(CLICK, person=EVE), replace(CLICK, person=EVE, id="k2")):
        assert "nothing was changed" in answer.approve(click, counter.reception)
    assert "may not" in answer.why_not_reject(replace(CLICK, person=EVE), counter.reception)
    assert counter.world.record.decision(PLAN.id) is None


def test_who_comes_second_learns_who_was_first(counter: Counter) -> None:
    counter.world.record.decide(decided(PLAN, by=BOB, choice=Choice.REJECT))
    said = answer.approve(CLICK, counter.reception)
    assert f"{BOB} rejected it" in said
    assert "changed nothing" in said
    assert answer.why_not_reject(CLICK, counter.reception) == said


def test_a_rejection_is_told_as_one(counter: Counter) -> None:
    assert answer.why_not_reject(CLICK, counter.reception) == ""
    assert "you rejected it" in answer.reject(CLICK, "no", counter.reception)


def test_a_click_on_what_ended_says_how_it_stands(counter: Counter) -> None:
    counter.world.clock.sleep(3600)
    assert counter.world.play().state is State.EXPIRED
    said = answer.approve(CLICK, counter.reception)
    assert said == f"{PLAN.id}: it is expired; your click changed nothing"
    assert answer.why_not_reject(CLICK, counter.reception) == said


@pytest.mark.parametrize("plan", ["", "0" * 16])
def test_a_click_on_another_plan_decides_nothing(counter: Counter, plan: str) -> None:
    click = replace(CLICK, plan=plan)
    assert "not the one on this card" in answer.approve(click, counter.reception)
    assert counter.world.record.decision(PLAN.id) is None


def test_a_click_on_nothing_is_answered(counter: Counter) -> None:
    click = replace(CLICK, remediation="p9")
    assert "no such proposal" in answer.approve(click, counter.reception)
    assert "no such proposal" in answer.why_not_reject(click, counter.reception)


def test_anybody_may_pause_and_who_may_approve_something_resume(
    counter: Counter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    outside, record, now = counter.world.outside, counter.world.record, counter.world.clock.at
    assert "no change is started" in answer.pause(EVE, outside)
    assert record.controls().paused_by == EVE
    assert "may not" in answer.resume(EVE, outside, now)
    assert record.controls().paused_by == EVE
    # bob may approve changes of medium risk only
    assert answer.resume(BOB, outside, now) == "changes may start again"
    assert record.controls().paused_by == ""
    logged = [(one.message, one.__dict__["by"]) for one in caplog.records]
    assert logged == [("changes paused", EVE), ("changes resumed", BOB)]


def test_a_resume_says_where_auto_is_on_again(counter: Counter) -> None:
    record = counter.world.record
    record.switch_auto_off(Risk.LOW, "2 changes failed")
    # bob may not approve changes of low risk, so their failures are not for him to judge
    said = answer.resume(BOB, counter.world.outside, counter.world.clock.at)
    assert "auto stays off for low risk" in said
    assert record.controls().auto_off
    said = answer.resume(ANA, counter.world.outside, counter.world.clock.at)
    assert "off for low risk, and is allowed there again" in said
    assert not record.controls().auto_off


def test_a_resume_waits_while_nobody_knows_who_is_in_the_group(counter: Counter) -> None:
    outside = counter.world.outside
    policy = replace(outside.policy, approvers={Risk.LOW: ("T1/S1",), Risk.HIGH: ()})
    unknown = replace(outside, read_policy=lambda: policy)
    answer.pause(EVE, unknown)
    assert "not known at the moment" in answer.resume(EVE, unknown, counter.world.clock.at)
    assert "may not approve" in answer.resume(ANA, unknown, counter.world.clock.at)
    assert counter.world.record.controls().paused_by == EVE


def test_a_rejection_stops_what_was_approved_and_not_begun(counter: Counter) -> None:
    answer.approve(CLICK, counter.reception)
    assert answer.why_not_reject(CLICK, counter.reception) == ""
    again = replace(CLICK, id="k2")
    said = answer.reject(again, "a slip", counter.reception)
    assert said == f"{PLAN.id}: you stopped it; nothing will be changed"
    assert answer.why_not_reject(replace(CLICK, person=BOB), counter.reception) == (
        f"{PLAN.id}: {ANA} stopped it already; your click changed nothing"
    )
    assert counter.world.play().state is State.REJECTED
    assert counter.world.router.log == []


def test_an_approval_that_was_taken_up_can_be_stopped_too(counter: Counter) -> None:
    answer.approve(CLICK, counter.reception)
    counter.world.record.kept[PLAN.id] = replace(counter.world.now, state=State.APPROVED)
    assert answer.why_not_reject(CLICK, counter.reception) == ""
    said = answer.reject(replace(CLICK, id="k2"), "no", counter.reception)
    assert "you stopped it" in said


def test_one_of_two_is_told_how_many_there_are(counter: Counter) -> None:
    outside = counter.world.outside
    several = replace(
        outside.policy, quorum={Risk.LOW: 2}, approvers={Risk.LOW: (ANA, BOB), Risk.HIGH: ()}
    )
    reception = replace(counter.reception, outside=replace(outside, read_policy=lambda: several))
    said = answer.approve(CLICK, reception)
    assert said == f"{PLAN.id}: your approval counts; 1 of 2 people so far"


def test_who_may_not_approve_may_not_stop(counter: Counter) -> None:
    answer.approve(CLICK, counter.reception)
    eve = replace(CLICK, person=EVE, id="k2")
    assert "nothing was changed" in answer.reject(eve, "no", counter.reception)
    assert counter.world.now.state is State.AWAITING_DECISION


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.APPLYING, "once it is on trial or done, qosbot rollback p1 takes it back"),
        (State.VERIFYING, "qosbot rollback p1 takes it back"),
        (State.STUCK, "qosbot show p1 says what is left to do"),
        (State.ROLLING_BACK, "your click changed nothing"),
    ],
)
def test_a_rejection_of_what_has_begun_says_what_to_do(
    counter: Counter, state: State, words: str
) -> None:
    counter.world.record.kept[PLAN.id] = replace(counter.world.now, state=state)
    said = answer.why_not_reject(CLICK, counter.reception)
    assert said.startswith(f"{PLAN.id}: it is {state.replace('_', ' ')}; your click changed")
    assert said.endswith(words)


def test_who_approves_learns_what_it_waits_for(counter: Counter) -> None:
    counter.world.record.pause(BOB)
    said = answer.approve(CLICK, counter.reception)
    assert said.endswith(f"it waits: changes are paused by {BOB}")


def test_what_would_name_a_device_is_only_hinted_at(counter: Counter) -> None:
    counter.world.record.others = (past(name="p7", device="par-ce1", is_in_hand=True),)
    said = answer.approve(CLICK, counter.reception)
    assert said.endswith("it waits: a guard stands in the way, see qosbot show p1")


def test_who_approved_what_is_over_is_not_told_that_it_starts(counter: Counter) -> None:
    answer.approve(CLICK, counter.reception)
    counter.world.clock.sleep(3600)
    over = answer.approve(replace(CLICK, id="k2"), counter.reception)
    assert "it will not be carried out: it expired at" in over
    counter.world.play()
    over = answer.approve(replace(CLICK, id="k3"), counter.reception)
    assert over.endswith("UTC; it is expired")


def test_a_click_that_comes_with_the_end_is_told_of_the_end(counter: Counter) -> None:
    class Racing(FakeDecisions):
        """The alarm clears right after the record was asked for the remediation."""

        def decide(
            self, decision: Decision, *, quorum: int = 1, counts: Callable[[str], bool] = anybody
        ) -> Decision | None:
            self.kept[PLAN.id] = replace(self.kept[PLAN.id], state=State.WITHDRAWN)
            return super().decide(decision, quorum=quorum, counts=counts)

    record = counter.world.record
    racing = Racing(record.fuse, record.kept, record.chains, known=record.known)
    reception = replace(counter.reception, outside=replace(counter.world.outside, decisions=racing))
    said = answer.approve(CLICK, reception)
    assert said == f"{PLAN.id}: it is withdrawn; your click changed nothing"
    assert racing.decision(PLAN.id) is None
