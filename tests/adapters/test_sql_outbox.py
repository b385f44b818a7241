from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from qosbot.adapters.sql import SqlDecisions, SqlGroups, SqlOutbox, opened
from qosbot.adapters.sql.outbox import MOST_ANSWERS
from qosbot.domain.alarms import Alarm, AlarmState
from qosbot.domain.approvals import Choice
from qosbot.domain.history import Step
from qosbot.domain.messages import Kind, Letter, Place, Rank, answer_letter
from qosbot.domain.remediation import State
from tests.domain.builders import NOON
from tests.domain.remedies import LINK, WAY, precaution, remediation
from tests.domain.situations import decided

HERE = Place(channel="C1", ts="1.5")
MINUTE = timedelta(minutes=1)
LATER = NOON + MINUTE


@dataclass
class Record:
    decisions: SqlDecisions
    outbox: SqlOutbox
    groups: SqlGroups

    def due(self, now: datetime = LATER) -> list[str]:
        return [one.id for one in self.outbox.due(now)]

    def letter(self, name: str) -> Letter:
        return next(one for one in self.outbox.due(LATER) if one.id == name)

    def send(self, name: str, place: Place | None = HERE) -> None:
        self.outbox.sent([self.letter(name)], place)


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    with closing(opened(tmp_path / "qosbot.db")) as database:
        yield Record(SqlDecisions(database), SqlOutbox(database), SqlGroups(database))


def step(event: str, state: State = State.AWAITING_DECISION) -> Step:
    return Step(at=NOON, event=event, state=state, by="qosbot", words="because")


def alarm(name: str = "a1", state: AlarmState = AlarmState.RAISED) -> Alarm:
    return Alarm(
        id=name,
        state=state,
        bottleneck=LINK,
        ways=(WAY,),
        raised_at=NOON,
        cleared_at=None if state is AlarmState.RAISED else LATER,
        mos_worst=2.5,
        mos_latest=2.6,
    )


def test_a_proposal_is_told_by_the_transaction_that_keeps_it(record: Record) -> None:
    record.decisions.add(remediation(), step("propose"))
    assert record.due() == ["card:p1"]
    assert record.letter("card:p1").rank is Rank.DECISION


def test_a_precaution_is_told_as_any_proposal_is(record: Record) -> None:
    record.decisions.add(remediation(proposal=precaution(), affected=()), step("propose"))
    assert record.due() == ["card:p1"]
    assert record.letter("card:p1").rank is Rank.DECISION


def test_what_belongs_into_a_thread_waits_for_its_card(record: Record) -> None:
    record.decisions.add(remediation(), step("propose"))
    record.send("card:p1")
    assert record.due() == ["files:p1"]


def test_every_step_is_a_note_and_the_card_is_edited_once(record: Record) -> None:
    kept = record.decisions.add(remediation(), step("propose"))
    record.send("card:p1")
    kept = record.decisions.save(replace(kept, state=State.APPROVED), step("approve"))
    record.decisions.save(replace(kept, state=State.APPLYING), step("start"), step("type"))
    assert record.due() == ["card:p1", "files:p1", "note:p1:2", "note:p1:3", "note:p1:4"]
    card = record.letter("card:p1")
    assert (card.place, card.rank, card.version) == (HERE, Rank.CARD, 3)


def test_what_came_up_while_a_card_was_sent_is_told_next(record: Record) -> None:
    kept = record.decisions.add(remediation(), step("propose"))
    sending = record.letter("card:p1")
    record.decisions.save(replace(kept, state=State.APPROVED), step("approve"))
    record.outbox.sent([sending], HERE)
    assert "card:p1" in record.due()
    record.send("card:p1")
    assert "card:p1" not in record.due()


def test_a_decision_and_each_vote_bring_the_card_up_to_date(record: Record) -> None:
    record.decisions.add(remediation(), step("propose"))
    record.send("card:p1")
    record.decisions.decide(decided(), quorum=2)
    assert record.letter("card:p1").rank is Rank.DECISION
    record.send("card:p1")
    record.decisions.decide(decided(by="cli:bob", choice=Choice.REJECT), quorum=2)
    assert record.letter("card:p1").rank is Rank.CARD
    record.send("card:p1")
    record.decisions.decide(decided(by="cli:bob"))
    assert "card:p1" not in record.due()


def test_an_alarm_is_told_when_it_is_raised_and_when_it_clears_only(record: Record) -> None:
    record.decisions.keep_alarms([alarm()])
    record.send("alarm:a1")
    record.decisions.keep_alarms([replace(alarm(), mos_worst=2.0)])
    assert record.due() == []
    record.decisions.keep_alarms([alarm(state=AlarmState.CLEARED)])
    assert record.letter("alarm:a1").place == HERE


def test_what_waits_for_a_person_goes_before_alarms_and_answers_before_all(record: Record) -> None:
    record.decisions.keep_alarms([alarm()])
    record.decisions.add(remediation(), step("propose"))
    record.outbox.put(answer_letter("click1", "C1/U1", "no", LATER))
    assert record.due() == ["answer:click1", "card:p1", "alarm:a1"]


def test_the_same_click_is_answered_once(record: Record) -> None:
    record.outbox.put(answer_letter("click1", "C1/U1", "yes", NOON))
    record.outbox.put(answer_letter("click1", "C1/U1", "you did already", LATER))
    assert record.letter("answer:click1").words == "yes"
    record.send("answer:click1", None)
    record.outbox.put(answer_letter("click1", "C1/U1", "you did already", LATER))
    assert record.due() == []


def test_what_was_begun_and_not_finished_must_be_looked_for(record: Record) -> None:
    record.decisions.add(remediation(), step("propose"))
    record.outbox.begin([record.letter("card:p1")], NOON)
    assert record.letter("card:p1").begun_at == NOON
    assert record.letter("card:p1").tries == 1
    record.send("card:p1")
    record.decisions.decide(decided())
    assert record.letter("card:p1").begun_at is None


def test_what_is_postponed_waits_until_then_whatever_comes_up(record: Record) -> None:
    kept = record.decisions.add(remediation(), step("propose"))
    until = NOON + timedelta(seconds=90)
    record.outbox.postpone([record.letter("card:p1")], until, "busy")
    record.decisions.save(replace(kept, state=State.APPROVED), step("approve"))
    assert record.due(until - timedelta(microseconds=1)) == []
    assert record.due(until) == ["card:p1"]
    assert record.outbox.backlog().last_error == "busy"


def test_a_card_that_somebody_deleted_is_posted_anew(record: Record) -> None:
    record.decisions.add(remediation(), step("propose"))
    record.send("card:p1")
    record.outbox.lost("card:p1")
    assert record.due() == ["card:p1"]
    assert record.letter("card:p1").place is None
    assert record.outbox.place("card:p1") is None


def test_the_backlog_says_how_much_waits_and_since_when(record: Record) -> None:
    assert (record.outbox.backlog().waiting, record.outbox.backlog().oldest_at) == (0, None)
    record.decisions.keep_alarms([alarm("a1"), alarm("a2")])
    assert (record.outbox.backlog().waiting, record.outbox.backlog().oldest_at) == (2, NOON)


def test_only_what_waited_too_long_is_given_up(record: Record) -> None:
    record.decisions.keep_alarms([alarm()])
    record.outbox.put(answer_letter("click1", "C1/U1", "yes", LATER))
    assert record.outbox.discard_before(LATER, only_tried=False) == 1
    assert [one.kind for one in record.outbox.due(LATER)] == [Kind.ANSWER]


def test_what_can_still_be_edited_is_not_forgotten(record: Record) -> None:
    record.decisions.add(remediation(), step("propose"))
    record.outbox.put(answer_letter("click1", "C1/U1", "yes", NOON))
    record.send("card:p1")
    record.send("answer:click1", None)
    record.outbox.delete_before(LATER + timedelta(days=1))
    assert record.outbox.place("card:p1") == HERE
    record.outbox.put(answer_letter("click1", "C1/U1", "yes", NOON))
    assert "answer:click1" in record.due()


def test_members_of_a_group_count_as_long_as_they_are_fresh(record: Record) -> None:
    record.groups.keep("T1/S1", {"T1/U1"}, NOON)
    record.groups.keep("T1/S1", {"T1/U2", "T1/U3"}, LATER)
    assert record.groups.members(LATER, LATER) == {"T1/S1": {"T1/U2", "T1/U3"}}
    assert record.groups.members(LATER + timedelta(microseconds=1), LATER + MINUTE) == {}
    assert record.groups.members(NOON, NOON) == {}


def test_what_stands_somewhere_is_never_given_up(record: Record) -> None:
    record.decisions.add(remediation(), step("propose"))
    record.send("card:p1")
    record.decisions.decide(decided())
    assert record.outbox.discard_before(LATER + timedelta(days=2), only_tried=False) == 1
    assert record.due() == ["card:p1"]


def test_what_was_never_tried_is_not_given_up_by_a_clock_alone(record: Record) -> None:
    record.decisions.keep_alarms([alarm()])
    assert record.outbox.discard_before(LATER, only_tried=True) == 0
    record.outbox.begin([record.letter("alarm:a1")], NOON)
    assert record.outbox.discard_before(LATER, only_tried=True) == 1


def test_what_a_clock_put_off_for_hours_is_due(record: Record) -> None:
    record.decisions.keep_alarms([alarm()])
    record.outbox.postpone([record.letter("alarm:a1")], NOON + timedelta(hours=2), "busy")
    assert record.due(NOON) == ["alarm:a1"]


def test_what_is_open_and_was_never_told_is_told_when_somebody_listens(record: Record) -> None:
    record.decisions.add(remediation(), step("propose"))
    record.decisions.keep_alarms([alarm()])
    record.outbox.discard_before(LATER, only_tried=False)
    assert record.due() == []
    record.outbox.catch_up(LATER)
    assert record.due() == ["card:p1", "alarm:a1"]
    record.send("card:p1")
    record.send("alarm:a1")
    record.send("files:p1", None)
    record.outbox.catch_up(LATER)
    assert record.due() == []


def test_who_is_stuck_since_before_anybody_listened_is_called_for(record: Record) -> None:
    kept = record.decisions.add(remediation(), step("propose"))
    record.decisions.save(replace(kept, state=State.STUCK), step("give_up", State.STUCK))
    assert "call:p1:2" in record.due()
    record.outbox.discard_before(LATER, only_tried=False)
    record.outbox.catch_up(LATER)
    assert record.due() == ["call:p1:late", "card:p1"]


def test_an_alarm_that_was_told_in_a_storm_is_not_told_again_at_the_next_start(
    record: Record,
) -> None:
    record.decisions.keep_alarms([alarm("a1"), alarm("a2")])
    record.outbox.sent([record.letter("alarm:a1"), record.letter("alarm:a2")], None)
    record.outbox.catch_up(LATER)
    assert record.due() == []
    record.decisions.keep_alarms([alarm("a1", AlarmState.CLEARED)])
    assert record.due() == ["alarm:a1"]


def test_what_belongs_under_a_card_is_given_up_with_it(record: Record) -> None:
    kept = record.decisions.add(remediation(), step("propose"))
    record.decisions.save(replace(kept, state=State.EXPIRED), step("expire", State.EXPIRED))
    record.outbox.begin([record.letter("card:p1")], NOON)
    assert record.outbox.discard_before(NOON, only_tried=True) == 0
    assert record.outbox.discard_before(LATER, only_tried=True) == 3
    assert record.outbox.backlog().waiting == 0


def test_a_person_who_clicks_for_ever_is_answered_in_ten_messages(record: Record) -> None:
    for number in range(50):
        record.outbox.put(answer_letter(f"click{number}", "C1/U1", "no", NOON))
    record.outbox.put(answer_letter("other", "C1/U2", "no", NOON))
    assert len(record.due()) == MOST_ANSWERS + 1
    assert {one.words for one in record.outbox.due(LATER)} == {"no"}


def test_every_click_is_answered_however_many_answers_wait(record: Record) -> None:
    for number in range(MOST_ANSWERS + 5):
        at = NOON + timedelta(seconds=number)
        record.outbox.put(answer_letter(f"click{number}", "C1/U1", f"p{number}: no", at))
    record.outbox.put(answer_letter(f"click{number}", "C1/U1", f"p{number}: no", at))
    lines = [line for one in record.outbox.due(LATER) for line in one.words.split("\n")]
    assert lines == [f"p{number}: no" for number in range(MOST_ANSWERS + 5)]


def test_an_answer_that_is_added_to_one_on_its_way_is_told_next(record: Record) -> None:
    for number in range(MOST_ANSWERS):
        record.outbox.put(answer_letter(f"click{number}", "C1/U1", f"{number}", NOON))
    on_their_way = record.outbox.due(LATER)
    record.outbox.put(answer_letter("last", "C1/U1", "last", LATER))
    record.outbox.begin(on_their_way, LATER)
    record.outbox.sent(on_their_way, None)
    assert [one.words.split("\n")[-1] for one in record.outbox.due(LATER)] == ["last"]


def test_notes_wait_for_the_one_before_them(record: Record) -> None:
    kept = record.decisions.add(remediation(), step("propose"))
    record.send("card:p1")
    kept = record.decisions.save(kept, step("wait"))
    record.outbox.postpone([record.letter("note:p1:2")], LATER + MINUTE, "busy")
    record.decisions.save(kept, step("wait"))
    assert not [one for one in record.due() if one.startswith("note")]


def test_a_card_that_comes_back_brings_its_files(record: Record) -> None:
    record.decisions.add(remediation(), step("propose"))
    record.send("card:p1")
    record.send("files:p1", None)
    record.outbox.lost("card:p1")
    record.send("card:p1")
    assert record.due() == ["files:p1"]


def test_what_an_attempt_told_of_is_remembered_with_it(record: Record) -> None:
    record.decisions.keep_alarms([alarm()])
    record.outbox.begin([record.letter("alarm:a1")], NOON, batch="storm")
    record.decisions.keep_alarms([alarm(state=AlarmState.CLEARED)])
    record.outbox.begin([record.letter("alarm:a1")], LATER, batch="storm")
    found = record.letter("alarm:a1")
    assert (found.begun_at, found.begun_version, found.version) == (NOON, 1, 2)
    record.outbox.sent([replace(found, version=1)], None)
    assert (record.letter("alarm:a1").batch, record.letter("alarm:a1").begun_version) == ("", 0)
