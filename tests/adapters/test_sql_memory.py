"""What one look leaves for the next outlives the process, and never stands in its way."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from qosbot.adapters.sql import SqlDecisions, SqlMemory, SqlOutbox, opened
from qosbot.domain.advisories import Advisory, AdvisoryKind, Followed
from qosbot.domain.alarms import AffectedWay, Alarm, AlarmState
from qosbot.domain.considerations import Consideration
from qosbot.domain.detection import WayState
from qosbot.domain.findings import Cause
from qosbot.domain.grouping import Detection
from qosbot.domain.inventory import Direction, LinkId
from qosbot.domain.messages import Kind, Place
from tests.domain.builders import NOON
from tests.domain.remedies import proposal

WAY = AffectedWay(path="par-lyo", direction=Direction.BACKWARD)
DETECTION = Detection(
    ways=(WayState(way=WAY),),
    alarms=(
        Alarm(
            id="a-1",
            state=AlarmState.RAISED,
            bottleneck=LinkId(device="lyo-ce1", interface="Gi0/1"),
            ways=(WAY,),
            raised_at=NOON,
            cleared_at=None,
            mos_worst=2.1,
            mos_latest=None,
        ),
    ),
)


def considered(alarm: str = "a-1", *, words: str = "too little room") -> Consideration:
    return Consideration(
        alarm=alarm,
        at=NOON,
        finding=proposal().findings[0],
        verdict="refused",
        words=words,
        proposal="",
    )


@contextmanager
def remembered(path: Path) -> Iterator[SqlMemory]:
    with closing(opened(path)) as database:
        yield SqlMemory(database)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "qosbot.db"


@pytest.fixture
def memory(path: Path) -> Iterator[SqlMemory]:
    with remembered(path) as found:
        yield found


def test_before_the_first_look_nothing_is_remembered(memory: SqlMemory) -> None:
    assert memory.detection() == Detection()
    assert memory.considerations() == ()


def test_detection_outlives_the_process_as_it_was(path: Path) -> None:
    with remembered(path) as first:
        first.keep_detection(DETECTION, NOON)
    with remembered(path) as second:
        assert second.detection() == DETECTION


def test_only_the_last_look_is_remembered(memory: SqlMemory) -> None:
    memory.keep_detection(DETECTION, NOON)
    memory.keep_detection(replace(DETECTION, alarms=()), NOON)
    assert memory.detection().alarms == ()


@pytest.mark.parametrize("text", ['{"roads": []}', "{", "null", "[]"])
def test_what_another_version_remembered_begins_anew(
    path: Path, memory: SqlMemory, text: str
) -> None:
    memory.keep_detection(DETECTION, NOON)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE detection SET detection = ?", (text,))
    assert memory.detection() == Detection()


def test_findings_come_back_in_their_order_with_all_that_was_said(memory: SqlMemory) -> None:
    both = (considered(words="first"), considered(words="second, \u20ac and \x00"))
    memory.keep_considerations(both)
    assert memory.considerations() == both


def test_considering_an_alarm_again_replaces_what_was_said_of_it_alone(memory: SqlMemory) -> None:
    other = considered("a-2")
    memory.keep_considerations([considered(), considered(words="and this"), other])
    memory.keep_considerations([considered(words="now proposed")])
    assert memory.considerations() == (considered(words="now proposed"), other)


def test_what_another_version_said_of_a_finding_is_left_out(path: Path, memory: SqlMemory) -> None:
    memory.keep_considerations([considered(), considered("a-2")])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE considerations SET consideration = '{}' WHERE alarm = 'a-1'")
    assert memory.considerations() == (considered("a-2"),)


def test_a_look_that_considered_nothing_forgets_nothing(memory: SqlMemory) -> None:
    memory.keep_considerations([considered()])
    memory.keep_considerations([])
    assert memory.considerations() == (considered(),)


def test_what_is_older_than_a_time_can_be_forgotten(memory: SqlMemory) -> None:
    late = replace(considered("a-2"), at=NOON + timedelta(microseconds=1))
    memory.keep_considerations([considered(), late])
    memory.forget_considerations(before=late.at)
    assert memory.considerations() == (late,)


@contextmanager
def told(path: Path) -> Iterator[tuple[SqlMemory, SqlOutbox]]:
    """Yield the memory and the outbox of a bot that told of an alarm whose cause is not known."""
    with closing(opened(path)) as database:
        SqlDecisions(database).keep_alarms([replace(DETECTION.alarms[0], raised_at=NOON)])
        outbox = SqlOutbox(database)
        (letter,) = outbox.due(NOON)
        outbox.sent([letter], Place(channel="C1", ts="1"))
        yield SqlMemory(database), outbox


def test_a_cause_that_was_found_is_told_where_the_alarm_was_told_without_it(path: Path) -> None:
    with told(path) as (memory, outbox):
        memory.keep_considerations([considered()])
        (letter,) = outbox.due(NOON)
        assert (letter.kind, letter.subject) == (Kind.ALARM, "a-1")
        assert letter.place == Place(channel="C1", ts="1")


@pytest.mark.parametrize(
    ("changed", "letters"),
    [
        ({"at": NOON + timedelta(minutes=1)}, 0),
        ({"words": "paused"}, 1),
        ({"verdict": "proposed"}, 1),
        ({"proposal": "p7"}, 1),
        ({"finding": replace(considered().finding, words="drops 13 % by now")}, 0),
        ({"finding": replace(considered().finding, cause=Cause.FOREIGN_EF)}, 1),
    ],
)
def test_only_what_is_news_of_an_alarm_is_told_again(
    path: Path, changed: dict[str, object], letters: int
) -> None:
    with told(path) as (memory, outbox):
        memory.keep_considerations([considered()])
        (letter,) = outbox.due(NOON)
        outbox.sent([letter], letter.place)
        memory.keep_considerations([replace(considered(), **changed)])  # type: ignore[arg-type]
        assert len(outbox.due(NOON)) == letters


def test_an_alarm_that_was_told_together_with_others_is_not_told_again(path: Path) -> None:
    with closing(opened(path)) as database:
        SqlDecisions(database).keep_alarms([replace(DETECTION.alarms[0], raised_at=NOON)])
        memory, outbox = SqlMemory(database), SqlOutbox(database)
        letters = outbox.due(NOON)
        outbox.begin(letters, NOON, batch="a-1..a-9")
        memory.keep_considerations([considered(words="while it was sent")])
        outbox.sent(letters, None)
        memory.keep_considerations([considered()])
        assert outbox.due(NOON) == ()


def test_an_alarm_that_nobody_is_to_be_told_of_stays_so(path: Path) -> None:
    with closing(opened(path)) as database:
        SqlMemory(database).keep_considerations([considered()])
        assert SqlOutbox(database).due(NOON) == ()


STANDS = Followed(
    advisory=Advisory(path="par-lyo", kind=AdvisoryKind.DESIGN, words="3.40 at most"), stands=True
)


def due(path: Path) -> list[tuple[Kind, str, str]]:
    with closing(opened(path)) as database:
        return [(one.kind, one.subject, one.words) for one in SqlOutbox(database).due(NOON)]


def test_an_advisory_is_to_be_told_once_when_it_comes_and_once_when_it_goes(
    path: Path, memory: SqlMemory
) -> None:
    advised = replace(DETECTION, advisories=(STANDS, replace(STANDS, stands=False)))
    for _ in range(3):
        memory.keep_detection(advised, NOON - timedelta(minutes=1))
    came = (Kind.ADVICE, "par-lyo", "3.40 at most")
    assert due(path) == [came]
    for _ in range(3):
        memory.keep_detection(DETECTION, NOON)
    assert due(path) == [came, (Kind.ADVICE, "par-lyo", "no longer: 3.40 at most")]


def test_an_advisory_that_comes_again_is_told_again(path: Path, memory: SqlMemory) -> None:
    for minute, advisories in enumerate([(STANDS,), (), (STANDS,)]):
        at = NOON - timedelta(minutes=9 - minute)
        memory.keep_detection(replace(DETECTION, advisories=advisories), at)
    assert [words for _, _, words in due(path)] == [
        "3.40 at most",
        "no longer: 3.40 at most",
        "3.40 at most",
    ]
