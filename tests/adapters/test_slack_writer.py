"""What is written for letters, and what is done where that cannot be sent or drawn."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from qosbot.adapters.slack.writer import Library, SlackWriter, within_limits
from qosbot.adapters.sql import SqlAudits, SqlDecisions, SqlMemory, SqlStore, opened
from qosbot.domain.history import Step
from qosbot.domain.messages import Disclosure, Kind, Letter, Rank
from qosbot.ports.messaging import Attachment, Post
from qosbot.render.slack import check
from tests.domain.builders import NOON
from tests.domain.remedies import remediation
from tests.workflows.world import World

WAIT = Step(at=NOON, event="wait", state="awaiting_decision", by="qosbot", words="w " * 300)


def letter(kind: Kind, subject: str = "p1") -> Letter:
    return Letter(id=f"{kind}:{subject}", kind=kind, subject=subject, rank=Rank.CARD, made_at=NOON)


def no_space(*_: object, **__: object) -> Attachment:
    raise OSError(28, "No space left on device")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    world = World()
    with closing(opened(tmp_path / "qosbot.db")) as database:
        decisions = SqlDecisions(database)
        decisions.add(remediation(), replace(WAIT, event="propose"), *[WAIT] * 10)
        yield Library(
            decisions=decisions,
            memory=SqlMemory(database),
            store=SqlStore(database),
            audits=SqlAudits(database),
            inventory=lambda: world.outside.inventory,
            policy=lambda: world.outside.policy,
            clock=world.clock,
            disclosure=Disclosure.LINES,
        )


def names(writer: SlackWriter) -> list[str]:
    return [one.name for one in writer.files(letter(Kind.FILES))]


def test_a_plot_that_cannot_be_drawn_keeps_no_other_file_back(library: Library) -> None:
    assert names(SlackWriter(library, draw=no_space)) == ["p1.diff", "p1-undo.txt"]
    assert names(SlackWriter(library)) == ["p1.diff", "p1-undo.txt", "p1.png"]


def test_the_longest_notes_of_a_card_fit_into_one_message(library: Library) -> None:
    notes = [replace(letter(Kind.NOTE), version=seq) for seq in range(2, 12)]
    told = SlackWriter(library).post(notes)
    assert told is not None
    assert len(told.blocks) == 10
    check(told)


@pytest.mark.parametrize(
    ("kind", "command"),
    [
        (Kind.CARD, "qosbot show p1"),
        (Kind.NOTE, "qosbot show p1"),
        (Kind.ALARM, "qosbot alarms"),
        (Kind.ANSWER, "qosbot proposals"),
        (Kind.ADVICE, "qosbot paths"),
    ],
)
def test_what_slack_would_refuse_goes_as_a_line_that_says_where_to_look(
    kind: Kind, command: str
) -> None:
    fits = Post(text="x" * 4000, blocks=({"type": "divider"},))
    assert within_limits(fits, letter(kind)) == fits
    for beyond in (replace(fits, text="x" * 4001), replace(fits, blocks=fits.blocks * 51)):
        told = within_limits(beyond, letter(kind))
        check(told)
        assert told.blocks == ()
        assert command in told.text


def advice(count: int, words: str = "par-lyo reaches MOS 3.40 at most") -> list[Letter]:
    return [replace(letter(Kind.ADVICE), words=words) for _ in range(count)]


@pytest.mark.parametrize("level", Disclosure)
def test_advice_is_told_at_every_level_and_calls_itself_no_alarm(
    library: Library, level: Disclosure
) -> None:
    told = SlackWriter(replace(library, disclosure=level)).post(advice(1))
    assert told is not None
    assert told.text == "Advice, no alarm: par-lyo reaches MOS 3.40 at most"


def test_a_network_full_of_advice_is_one_message_that_fits(library: Library) -> None:
    told = SlackWriter(library).post(advice(400, "w " * 300))
    assert told is not None
    check(told)
    assert told.text == "Advice, no alarm: 400 advisories"
    assert "390 more" in str(told.blocks)
