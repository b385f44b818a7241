"""A night's audit is told once, with its file below it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from qosbot.domain.errors import MessengerUnreachableError
from qosbot.domain.messages import report_letters
from qosbot.workflows.tell import tick
from tests.domain.builders import NOON
from tests.workflows.chat import Desk, FakeChat
from tests.workflows.chat import desk as opened_desk

LOST = MessengerUnreachableError("chat.postMessage", "timed out", is_unknown=True)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened_desk(tmp_path / "qosbot.db", FakeChat(NOON)) as one:
        for letter in report_letters("audit-1", NOON):
            one.outbox.put(letter)
        yield one


def told(desk: Desk) -> None:
    for second in range(0, 200, 20):
        desk.chat.now = NOON + timedelta(seconds=second)
        tick(desk.office, desk.chat.now)


def test_a_report_stands_with_the_alarms_and_its_file_in_its_thread(desk: Desk) -> None:
    told(desk)
    report, files = desk.chat.messages.values()
    assert (report.letter, report.channel) == ("report:audit-1", "C2")
    assert (files.thread, files.files) == ("1", ("audit-1.diff",))
    assert desk.outbox.backlog().waiting == 0


def test_a_report_that_was_taken_unnoticed_stands_once(desk: Desk) -> None:
    desk.chat.after = [LOST]
    told(desk)
    assert len(desk.chat.messages) == 2
    assert desk.outbox.backlog().waiting == 0


def test_a_file_whose_message_was_deleted_comes_with_a_new_one(desk: Desk) -> None:
    tick(desk.office, NOON)
    desk.outbox.lost("report:audit-1")
    told(desk)
    assert [bool(one.files) for one in desk.chat.messages.values()] == [False, False, True]
    assert list(desk.chat.messages.values())[2].thread == "2"
