from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from qosbot.domain.advisories import Advisory, AdvisoryKind
from qosbot.domain.alarms import Alarm, AlarmState
from qosbot.domain.errors import (
    MessageRefusedError,
    MessengerBusyError,
    MessengerError,
    MessengerUnreachableError,
)
from qosbot.domain.history import Step
from qosbot.domain.messages import MOST_AGE, STORM, Letter, advice_letter, answer_letter
from qosbot.domain.remediation import Remediation, State
from qosbot.ports.messaging import Post
from qosbot.workflows.tell import Channels, Pace, give_up, tick
from tests.domain.builders import NOON
from tests.domain.remedies import LINK, WAY, proposal, remediation
from tests.workflows.chat import Desk, FakeChat, PlainWriter
from tests.workflows.chat import desk as opened_desk

LOST = MessengerUnreachableError("chat.postMessage", "timed out", is_unknown=True)
DOWN = MessengerUnreachableError("chat.postMessage", "refused", is_unknown=False)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened_desk(tmp_path / "qosbot.db", FakeChat(NOON)) as one:
        yield one


def step(event: str = "propose") -> Step:
    return Step(at=NOON, event=event, state="awaiting_decision", by="qosbot", words="because")


def propose(desk: Desk, name: str = "p1") -> Remediation:
    return desk.decisions.add(remediation(proposal=proposal(name=name)), step())


def alarms(count: int, state: AlarmState = AlarmState.RAISED) -> list[Alarm]:
    return [
        Alarm(
            id=f"a{n}",
            state=state,
            bottleneck=LINK,
            ways=(WAY,),
            raised_at=NOON,
            cleared_at=None,
            mos_worst=2.5,
            mos_latest=2.5,
        )
        for n in range(count)
    ]


def ticks(desk: Desk, seconds: int, start: datetime = NOON) -> list[int]:
    told = []
    for second in range(seconds):
        desk.chat.now = start + timedelta(seconds=second)
        told.append(tick(desk.office, desk.chat.now))
    return told


def test_a_proposal_is_a_card_with_files_in_its_thread(desk: Desk) -> None:
    propose(desk)
    ticks(desk, 3)
    (card, files) = desk.chat.messages.values()
    assert (card.text, card.channel, card.has_blocks) == ("p1 awaiting_decision", "C1", True)
    assert (files.files, files.thread) == (("p1.diff",), "1")


def test_a_card_is_edited_to_what_is_so_when_it_is_sent(desk: Desk) -> None:
    kept = propose(desk)
    ticks(desk, 3)
    kept = desk.decisions.save(replace(kept, state=State.APPROVED), step("approve"))
    desk.decisions.save(replace(kept, state=State.APPLYING), step("start"))
    ticks(desk, 3, NOON + timedelta(minutes=1))
    assert desk.chat.texts() == ["p1 applying"]
    assert desk.chat.texts(thread="1") == ["approve; start"]


def test_no_channel_gets_more_than_a_message_a_second(desk: Desk) -> None:
    for n in range(4):
        propose(desk, f"p{n}")
    told = ticks(desk, 4)
    assert all(count <= 2 for count in told)
    assert len(desk.chat.texts()) == 4


def test_decisions_go_before_a_storm_which_is_told_in_one_message(desk: Desk) -> None:
    desk.decisions.keep_alarms(alarms(200))
    propose(desk)
    tick(desk.office, NOON)
    assert desk.chat.texts() == ["p1 awaiting_decision", "200 alarms"]
    assert desk.outbox.backlog().waiting == 1


def test_few_alarms_are_told_one_by_one(desk: Desk) -> None:
    desk.decisions.keep_alarms(alarms(STORM))
    ticks(desk, STORM)
    assert desk.chat.texts() == [f"a{n}" for n in range(STORM)]


def test_an_alarm_that_was_told_in_a_storm_clears_in_a_message_of_its_own(desk: Desk) -> None:
    desk.decisions.keep_alarms(alarms(STORM + 1))
    ticks(desk, 1)
    desk.decisions.keep_alarms(alarms(1, AlarmState.CLEARED))
    ticks(desk, 2, NOON + timedelta(minutes=1))
    assert desk.chat.texts() == [f"{STORM + 1} alarms", "a0"]


def test_what_was_taken_unnoticed_is_not_posted_twice(desk: Desk) -> None:
    propose(desk)
    desk.chat.after = [LOST]
    ticks(desk, 10)
    assert desk.chat.texts() == ["p1 awaiting_decision"]
    assert desk.outbox.place("card:p1") is not None


def test_what_was_not_taken_is_posted_again(desk: Desk) -> None:
    propose(desk)
    desk.chat.before = [LOST, DOWN]
    ticks(desk, 20)
    assert desk.chat.texts() == ["p1 awaiting_decision"]


def test_a_storm_that_was_taken_unnoticed_is_not_told_twice(desk: Desk) -> None:
    desk.decisions.keep_alarms(alarms(9))
    desk.chat.after = [LOST]
    tick(desk.office, NOON)
    desk.decisions.keep_alarms(alarms(12))
    ticks(desk, 10, NOON + timedelta(seconds=5))
    assert desk.chat.texts() == ["9 alarms", "a10", "a11", "a9"]


def test_notes_that_were_taken_unnoticed_are_not_told_twice(desk: Desk) -> None:
    kept = propose(desk)
    ticks(desk, 3)
    kept = desk.decisions.save(kept, step("wait"), step("wait"))
    desk.chat.after = [LOST, LOST]
    ticks(desk, 4, NOON + timedelta(seconds=10))
    desk.decisions.save(kept, step("expire"))
    ticks(desk, 10, NOON + timedelta(seconds=30))
    assert desk.chat.texts(thread="1") == ["wait; wait", "expire"]


def test_files_that_were_taken_unnoticed_are_not_put_again(desk: Desk) -> None:
    propose(desk)
    tick(desk.office, NOON)
    desk.chat.after = [LOST]
    ticks(desk, 10, NOON + timedelta(seconds=1))
    assert [one.files for one in desk.chat.messages.values()] == [(), ("p1.diff",)]
    assert desk.outbox.backlog().waiting == 0


def test_who_does_not_answer_is_asked_less_and_less(desk: Desk) -> None:
    for n in range(3):
        propose(desk, f"p{n}")
    desk.chat.before = [DOWN] * 1000
    ticks(desk, 120)
    assert desk.chat.calls < 40
    desk.chat.before.clear()
    ticks(desk, 70, NOON + timedelta(seconds=120))
    assert len(desk.chat.texts()) == 3


def test_an_hour_without_the_chat_loses_nothing(desk: Desk) -> None:
    kept = propose(desk)
    desk.decisions.keep_alarms(alarms(2))
    desk.chat.before = [DOWN] * 100_000
    for minute in range(60):
        tick(desk.office, NOON + timedelta(minutes=minute))
    desk.decisions.save(replace(kept, state=State.EXPIRED), step("expire"))
    desk.chat.before.clear()
    ticks(desk, 70, NOON + timedelta(hours=1))
    assert sorted(desk.chat.texts()) == ["a0", "a1", "p1 expired"]
    assert desk.outbox.backlog().waiting == 0


def test_what_was_tried_for_a_day_is_given_up(desk: Desk) -> None:
    propose(desk)
    desk.chat.before = [DOWN]
    tick(desk.office, NOON)
    give_up(desk.outbox, NOON + MOST_AGE, only_tried=True)
    assert "card:p1" in {one.id for one in desk.outbox.due(NOON + MOST_AGE)}
    give_up(desk.outbox, NOON + MOST_AGE + timedelta(seconds=1), only_tried=True)
    assert "card:p1" not in {one.id for one in desk.outbox.due(NOON + MOST_AGE)}


def test_who_asks_to_be_left_alone_is_left_alone_that_long(desk: Desk) -> None:
    propose(desk)
    desk.decisions.keep_alarms(alarms(1))
    desk.chat.before = [MessengerBusyError("chat.postMessage", 30)]
    ticks(desk, 30)
    assert desk.chat.texts() == ["a0"]
    ticks(desk, 2, NOON + timedelta(seconds=30))
    assert desk.chat.texts() == ["a0", "p1 awaiting_decision"]


def test_a_card_that_is_refused_for_its_looks_goes_as_plain_text(desk: Desk) -> None:
    propose(desk)
    desk.chat.before = [MessageRefusedError("chat.postMessage", "invalid_blocks", is_ours=True)]
    tick(desk.office, NOON)
    (card,) = desk.chat.messages.values()
    assert (card.text, card.has_blocks) == ("p1 awaiting_decision", False)


def test_what_is_refused_for_the_channel_waits_and_says_why(desk: Desk) -> None:
    propose(desk)
    refused: MessengerError = MessageRefusedError(
        "chat.postMessage", "not_in_channel", is_ours=False
    )
    desk.chat.before = [refused]
    ticks(desk, 60)
    assert "not_in_channel" in desk.outbox.backlog().last_error
    ticks(desk, 2, NOON + timedelta(seconds=60))
    assert desk.chat.texts() == ["p1 awaiting_decision"]


def test_an_answer_to_somebody_who_left_is_not_tried_for_ever(desk: Desk) -> None:
    desk.outbox.put(answer_letter("c1", "C1/U1", "no", NOON))
    method, code = "chat.postEphemeral", "user_not_in_channel"
    gone = MessageRefusedError(method, code, is_ours=False, is_for_nobody=True)
    passing = MessageRefusedError(method, "invalid_auth", is_ours=False)
    desk.chat.before = [passing, gone]
    tick(desk.office, NOON)
    assert desk.outbox.backlog().waiting == 1
    tick(desk.office, NOON + timedelta(minutes=1))
    assert desk.outbox.backlog().waiting == 0


def test_a_card_that_somebody_deleted_comes_back_and_its_thread_with_it(desk: Desk) -> None:
    kept = propose(desk)
    ticks(desk, 3)
    desk.chat.messages.clear()
    desk.decisions.save(replace(kept, state=State.APPROVED), step("approve"))
    ticks(desk, 10, NOON + timedelta(seconds=10))
    assert desk.chat.texts() == ["p1 approved"]
    assert desk.chat.texts(thread="1") == ["approve"]


def test_a_card_that_was_deleted_after_its_last_edit_comes_back_for_its_thread(desk: Desk) -> None:
    kept = propose(desk)
    ticks(desk, 3)
    desk.decisions.save(replace(kept, state=State.APPROVED), step("approve"))
    (card,) = (one for one in desk.outbox.due(NOON) if one.id == "card:p1")
    desk.outbox.sent([card], card.place)
    desk.chat.messages.clear()
    ticks(desk, 10, NOON + timedelta(seconds=10))
    assert desk.chat.texts() == ["p1 approved"]
    assert desk.chat.texts(thread="1") == ["approve"]


def test_a_clear_is_told_though_the_storm_was_taken_unnoticed(desk: Desk) -> None:
    desk.decisions.keep_alarms(alarms(9))
    desk.chat.after = [LOST]
    tick(desk.office, NOON)
    desk.decisions.keep_alarms(alarms(1, AlarmState.CLEARED))
    ticks(desk, 20, NOON + timedelta(seconds=5))
    assert desk.chat.texts() == ["9 alarms", "a0"]


def test_an_old_storm_is_not_found_for_a_new_one(desk: Desk) -> None:
    desk.decisions.keep_alarms(alarms(9))
    tick(desk.office, NOON)
    desk.decisions.keep_alarms(alarms(9, AlarmState.CLEARED))
    desk.chat.before = [LOST]
    ticks(desk, 20, NOON + timedelta(seconds=60))
    assert desk.chat.texts() == ["9 alarms", "9 alarms"]


def test_a_look_that_failed_does_not_make_a_second_card(desk: Desk) -> None:
    propose(desk)
    desk.chat.after = [LOST]
    desk.chat.unfound = [DOWN, MessengerBusyError("conversations.history", 3)]
    ticks(desk, 40)
    assert desk.chat.texts() == ["p1 awaiting_decision"]


def test_a_look_that_must_wait_keeps_no_approval_waiting(desk: Desk) -> None:
    desk.office = replace(desk.office, channels=Channels(decisions="C1", alarms="C1"))
    desk.decisions.keep_alarms(alarms(1))
    desk.chat.after = [LOST]
    ticks(desk, 1)
    desk.chat.unfound = [MessengerBusyError("conversations.history", 60)]
    ticks(desk, 2, start=NOON + timedelta(seconds=10))
    propose(desk)
    ticks(desk, 2, start=NOON + timedelta(seconds=12))
    assert desk.chat.texts() == ["a0", "p1 awaiting_decision"]
    ticks(desk, 3, start=NOON + timedelta(seconds=90))
    assert desk.chat.texts() == ["a0", "p1 awaiting_decision"]
    assert desk.outbox.backlog().waiting == 0


def test_notes_stay_in_order_though_the_first_must_be_looked_for(desk: Desk) -> None:
    kept = propose(desk)
    ticks(desk, 3)
    kept = desk.decisions.save(kept, step("wait"))
    desk.chat.after = [LOST, LOST]  # of the card's edit, and of the note
    ticks(desk, 1, start=NOON + timedelta(seconds=5))
    desk.chat.messages.popitem()
    desk.decisions.save(kept, step("expire"))
    desk.chat.unfound = [MessengerBusyError("conversations.replies", 20)]
    ticks(desk, 60, start=NOON + timedelta(seconds=10))
    (card,) = (ts for ts, one in desk.chat.messages.items() if one.letter == "card:p1")
    assert desk.chat.texts(thread=card) == ["wait", "expire"]


def test_what_was_begun_alone_is_not_told_again_with_what_came_since(desk: Desk) -> None:
    kept = propose(desk)
    ticks(desk, 3)
    kept = desk.decisions.save(replace(kept, state=State.APPROVED), step("approve"))
    (card,) = (one for one in desk.outbox.due(NOON) if one.id == "card:p1")
    desk.outbox.sent([card], card.place)
    desk.chat.after = [LOST]
    tick(desk.office, NOON + timedelta(seconds=10))
    desk.decisions.save(replace(kept, state=State.APPLYING), step("start"))
    ticks(desk, 30, NOON + timedelta(seconds=11))
    assert desk.chat.texts(thread="1") == ["approve", "start"]


def test_an_alarm_that_was_begun_alone_is_not_told_again_in_a_storm(desk: Desk) -> None:
    desk.decisions.keep_alarms(alarms(1))
    desk.chat.after = [LOST]
    tick(desk.office, NOON)
    desk.decisions.keep_alarms(alarms(9))
    ticks(desk, 20, NOON + timedelta(seconds=1))
    assert sorted(desk.chat.texts()) == ["8 alarms", "a0"]


def test_thousands_of_clicks_do_not_keep_a_card_away(desk: Desk) -> None:
    for number in range(1000):
        desk.outbox.put(answer_letter(f"c{number}", f"C1/U{number}", "no", NOON))
    propose(desk)
    tick(desk.office, NOON)
    assert desk.chat.texts() == ["p1 awaiting_decision"]


def test_answers_that_nobody_takes_do_not_keep_a_card_away(desk: Desk) -> None:
    for number in range(70):
        desk.outbox.put(answer_letter(f"c{number}", f"C1/U{number}", "no", NOON))
    propose(desk)
    desk.chat.before = [DOWN]
    tick(desk.office, NOON)
    assert desk.chat.texts() == ["p1 awaiting_decision"]


def test_one_message_that_cannot_be_written_does_not_silence_the_others(desk: Desk) -> None:
    propose(desk)
    propose(desk, "p2")
    office = replace(desk.office, writer=Unable(desk.decisions))
    for second in range(3):
        tick(office, NOON + timedelta(seconds=second))
    assert desk.chat.texts() == ["p2 awaiting_decision"]
    assert "no paper" in desk.outbox.backlog().last_error


def test_after_a_clock_went_back_things_are_told(desk: Desk) -> None:
    propose(desk)
    propose(desk, "p2")
    tick(desk.office, NOON)
    ticks(desk, 2, NOON - timedelta(hours=3))
    assert sorted(desk.chat.texts()) == ["p1 awaiting_decision", "p2 awaiting_decision"]


def test_however_often_a_way_fails_it_is_tried_again_within_a_minute() -> None:
    pace = Pace()
    held = [pace.failed("tell", NOON) - NOON for _ in range(5000)]
    assert held[:3] == [timedelta(seconds=2), timedelta(seconds=4), timedelta(seconds=8)]
    assert max(held) == timedelta(seconds=60)


def test_a_card_in_a_channel_that_is_no_longer_ours_goes_to_the_one_that_is(desk: Desk) -> None:
    kept = propose(desk)
    ticks(desk, 3)
    desk.decisions.save(replace(kept, state=State.APPROVED), step("approve"))
    moved = replace(desk.office, channels=Channels(decisions="C9", alarms="C2"))
    desk.chat.before = [MessageRefusedError("chat.update", "is_archived", is_ours=False)]
    for second in range(10, 14):
        tick(moved, NOON + timedelta(seconds=second))
    cards = [one.channel for one in desk.chat.messages.values() if one.text == "p1 approved"]
    assert cards == ["C9"]


def test_who_is_stuck_is_called_for_in_a_message_of_its_own(desk: Desk) -> None:
    kept = propose(desk)
    ticks(desk, 3)
    desk.decisions.save(replace(kept, state=State.STUCK), step("give_up"))
    ticks(desk, 5, NOON + timedelta(seconds=10))
    assert desk.chat.texts() == ["p1 stuck", "p1 calls"]


class Unable(PlainWriter):
    """Cannot write of p1."""

    def post(self, letters: Sequence[Letter]) -> Post | None:
        if letters[0].subject == "p1":
            raise ValueError("no paper")
        return super().post(letters)


def test_what_broke_after_it_was_taken_is_not_posted_twice(desk: Desk) -> None:
    propose(desk)
    desk.chat.after = [RuntimeError("nobody foresaw this")]
    ticks(desk, 70)
    assert desk.chat.texts() == ["p1 awaiting_decision"]
    assert desk.outbox.place("card:p1") is not None


def advise(desk: Desk, *paths: str) -> None:
    for path in paths:
        advisory = Advisory(path=path, kind=AdvisoryKind.DESIGN, words=f"{path} is far")
        desk.outbox.put(advice_letter(advisory, NOON))


def test_advice_of_many_paths_is_one_message_where_alarms_are_told(desk: Desk) -> None:
    advise(desk, "a", "b", "c")
    assert sum(ticks(desk, 9)) == 3
    (told,) = desk.chat.messages.values()
    assert (told.channel, told.text) == ("C2", "a is far; b is far; c is far")


def test_advice_that_may_have_been_taken_is_looked_for_and_not_posted_twice(desk: Desk) -> None:
    advise(desk, "a", "b")
    desk.chat.after = [LOST]
    ticks(desk, 1)
    advise(desk, "c")
    ticks(desk, 300, NOON + timedelta(seconds=1))
    assert desk.chat.texts() == ["a is far; b is far", "c is far"]
