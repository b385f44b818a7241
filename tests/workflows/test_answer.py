from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from qosbot.adapters.sql import SqlOutbox, opened
from qosbot.domain.approvals import Choice
from qosbot.domain.inventory import Risk
from qosbot.domain.remediation import State
from qosbot.workflows import answer
from qosbot.workflows.answer import Click, Reception
from tests.domain.situations import decided
from tests.workflows.world import PLAN, World

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


def test_who_may_approve_something_may_pause_and_resume(counter: Counter) -> None:
    outside = counter.world.outside
    assert "may not" in answer.pause(EVE, outside)
    assert counter.world.record.controls().paused_by == ""
    # bob may approve changes of medium risk only
    assert "no change is started" in answer.pause(BOB, outside)
    assert counter.world.record.controls().paused_by == BOB
    assert "may not" in answer.resume(EVE, outside, counter.world.clock.at)
    counter.world.record.switch_auto_off(Risk.LOW, "2 changes failed")
    assert answer.resume(ANA, outside, counter.world.clock.at) == "changes may start again"
    assert counter.world.record.controls().paused_by == ""
    assert not counter.world.record.controls().auto_off
