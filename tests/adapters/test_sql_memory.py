"""What one look leaves for the next outlives the process, and never stands in its way."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from qosbot.adapters.sql import SqlMemory, opened
from qosbot.domain.alarms import AffectedWay, Alarm, AlarmState
from qosbot.domain.considerations import Consideration
from qosbot.domain.detection import WayState
from qosbot.domain.grouping import Detection
from qosbot.domain.inventory import Direction, LinkId
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
        first.keep_detection(DETECTION)
    with remembered(path) as second:
        assert second.detection() == DETECTION


def test_only_the_last_look_is_remembered(memory: SqlMemory) -> None:
    memory.keep_detection(DETECTION)
    memory.keep_detection(replace(DETECTION, alarms=()))
    assert memory.detection().alarms == ()


@pytest.mark.parametrize("text", ['{"roads": []}', "{", "null", "[]"])
def test_what_another_version_remembered_begins_anew(
    path: Path, memory: SqlMemory, text: str
) -> None:
    memory.keep_detection(DETECTION)
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
