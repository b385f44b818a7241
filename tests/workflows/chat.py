"""A chat in memory that can be told to fail, and a post office over a real database."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from qosbot.adapters.sql import SqlDecisions, SqlOutbox, opened
from qosbot.domain.errors import MessageGoneError
from qosbot.domain.messages import Kind, Letter, Place
from qosbot.ports.messaging import Attachment, Post
from qosbot.workflows.tell import Channels, PostOffice


@dataclass
class Message:
    letter: str
    channel: str
    text: str
    has_blocks: bool
    thread: str = ""
    files: tuple[str, ...] = ()


@dataclass
class FakeChat:
    """Keeps what it is sent; raises what `before` and `after` hold, one a call."""

    now: datetime
    messages: dict[str, Message] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)
    before: list[Exception] = field(default_factory=list)
    """Raised instead of taking a message."""
    after: list[Exception] = field(default_factory=list)
    """Raised although the message was taken."""
    unfound: list[Exception] = field(default_factory=list)
    """Raised instead of looking for a message."""
    calls: int = 0

    def post(self, post: Post, *, letter: str, channel: str, thread: Place | None = None) -> Place:
        self._fail(self.before)
        if thread is not None and thread.ts not in self.messages:
            raise MessageGoneError("thread_not_found")
        place = Place(channel=channel, ts=str(len(self.messages) + 1))
        under = "" if thread is None else thread.ts
        self.messages[place.ts] = Message(letter, channel, post.text, bool(post.blocks), under)
        self._fail(self.after)
        return place

    def edit(self, place: Place, post: Post, *, letter: str) -> None:
        self._fail(self.before)
        if place.ts not in self.messages:
            raise MessageGoneError("message_not_found")
        self.messages[place.ts] = Message(letter, place.channel, post.text, bool(post.blocks))
        self._fail(self.after)

    def tell(self, to: str, post: Post) -> None:
        self._fail(self.before)
        self.told.append((to, post.text))
        self._fail(self.after)

    def attach(self, thread: Place, files: Sequence[Attachment], *, is_again: bool) -> None:
        self._fail(self.before)
        there = {name for one in self.messages.values() for name in one.files} if is_again else ()
        names = tuple(one.name for one in files if one.name not in there)
        if names:
            ts = str(len(self.messages) + 1)
            self.messages[ts] = Message(
                "", thread.channel, "", has_blocks=False, thread=thread.ts, files=names
            )
        self._fail(self.after)

    def find(
        self, letter: str, since: datetime, *, channel: str, thread: Place | None = None
    ) -> Place | None:
        assert since <= self.now
        self._fail(self.unfound)
        under = "" if thread is None else thread.ts
        found = (
            ts
            for ts, one in self.messages.items()
            if (one.letter, one.channel, one.thread) == (letter, channel, under)
        )
        return next((Place(channel=channel, ts=ts) for ts in found), None)

    def _fail(self, errors: list[Exception]) -> None:
        self.calls += errors is self.before
        if errors:
            raise errors.pop(0)

    def texts(self, *, thread: str = "") -> list[str]:
        return [one.text for one in self.messages.values() if one.thread == thread and one.text]


@dataclass
class PlainWriter:
    """Says what letters tell of, and in which state the remediation is."""

    decisions: SqlDecisions

    def post(self, letters: Sequence[Letter]) -> Post | None:
        first = letters[0]
        if first.kind is Kind.CARD:
            found = self.decisions.remediation(first.subject)
            words = f"{first.subject} {'' if found is None else found.state}"
        elif first.kind is Kind.ANSWER:
            words = first.words
        elif first.kind is Kind.ADVICE:
            words = "; ".join(one.words for one in letters)
        elif first.kind is Kind.CALL:
            words = f"{first.subject} calls"
        elif first.kind is Kind.NOTE:
            steps = self.decisions.history(first.subject)
            words = "; ".join(steps[one.version - 1].step.event for one in letters)
        else:
            words = f"{len(letters)} alarms" if len(letters) > 1 else first.subject
        return Post(text=words, blocks=({"type": "divider"},))

    def files(self, letter: Letter) -> tuple[Attachment, ...]:
        return (Attachment(name=f"{letter.subject}.diff", title="diff", content=b"+line"),)


@dataclass
class Desk:
    """A record, its outbox, and the chat that hears of it."""

    decisions: SqlDecisions
    outbox: SqlOutbox
    chat: FakeChat
    office: PostOffice


@contextmanager
def desk(path: Path, chat: FakeChat) -> Iterator[Desk]:
    """Open a desk over a database; what is in memory only is gone with it."""
    with closing(opened(path)) as database:
        decisions, outbox = SqlDecisions(database), SqlOutbox(database)
        office = PostOffice(
            outbox=outbox,
            messenger=chat,
            writer=PlainWriter(decisions),
            channels=Channels(decisions="C1", alarms="C2"),
        )
        yield Desk(decisions, outbox, chat, office)
