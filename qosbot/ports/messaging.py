"""Telling people: what waits to be told, what is sent, and what came of sending it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from qosbot.domain.messages import Letter, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A message, or what an older one is replaced with."""

    text: str
    """What notifications and screen readers have; never empty."""
    blocks: tuple[Mapping[str, object], ...]
    """Block Kit, as JSON's own types."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file for the thread of a message."""

    name: str
    title: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits to be told."""

    waiting: int
    oldest_at: datetime | None
    last_error: str
    """Of what waits, the latest reason; empty: none."""


class Outbox(Protocol):
    """Keeps what is to be told until it was; every call is one transaction.

    Cards, notes and alarms come in with the state that they tell of, by `Decisions`.
    """

    def put(self, letter: Letter) -> None:
        """Keep a letter; one that was put before is not put again.

        Where many answers wait for a person, further ones are told with the latest of them.
        """
        ...

    def due(self, now: datetime) -> tuple[Letter, ...]:
        """Return letters whose time has come, by rank and age, so many of each kind at most.

        What belongs into the thread of a card is not due before the card stands somewhere, nor
        before what comes first in that thread.
        """
        ...

    def begin(self, letters: Sequence[Letter], now: datetime, *, batch: str = "") -> None:
        """Write down that letters are about to be sent, so that a crash leaves them unknown."""
        ...

    def sent(self, letters: Sequence[Letter], place: Place | None) -> None:
        """Write down that these versions were sent, as one message; newer ones stay due."""
        ...

    def postpone(
        self, letters: Sequence[Letter], until: datetime, why: str, *, is_unknown: bool = False
    ) -> None:
        """Try again later."""
        ...

    def lost(self, letter: str) -> None:
        """Write down that a message is no longer where it stood, so that it is posted anew.

        With a card go the files in its thread.
        """
        ...

    def catch_up(self, now: datetime) -> None:
        """Put what is open, or calls for a person, and was not told; the same for alarms."""
        ...

    def place(self, letter: str) -> Place | None:
        """Return where a letter stands."""
        ...

    def backlog(self) -> Backlog:
        """Return what waits."""
        ...

    def discard_before(self, at: datetime, *, only_tried: bool) -> int:
        """Give up what has waited since before a time; return how many that were.

        What stands somewhere is never given up.  With a card goes what would stand under it.

        Args:
            at: the time.
            only_tried: whether what was never tried is kept: only the clock has moved.
        """
        ...

    def delete_before(self, at: datetime) -> None:
        """Forget what was sent before a time, except where it still can be edited."""
        ...


class Groups(Protocol):
    """Keeps who is in which user group; every call is one transaction."""

    def keep(self, group: str, members: Collection[str], read_at: datetime) -> None:
        """Replace the members of a group, all as `TEAM/ID`."""
        ...

    def members(self, since: datetime, until: datetime) -> Mapping[str, frozenset[str]]:
        """Return the members of each group that was read between two times."""
        ...


class Messenger(Protocol):
    """Sends messages.

    Raises everywhere:
        MessengerBusyError: it wants to be left alone for a while; nothing was taken.
        MessengerUnreachableError: it did not answer; `is_unknown` says whether it may have taken
            the message all the same.
        MessageRefusedError: it will not take this message, or not from us.
    """

    def post(self, post: Post, *, letter: str, channel: str, thread: Place | None = None) -> Place:
        """Post a message, marked with a letter's id; return where it stands.

        Raises:
            MessageGoneError: if there is no such thread.
        """
        ...

    def edit(self, place: Place, post: Post, *, letter: str) -> None:
        """Replace a message.

        Raises:
            MessageGoneError: if it is no longer there.
        """
        ...

    def tell(self, to: str, post: Post) -> None:
        """Show something to one person only; `to` is `CHANNEL/USER`."""
        ...

    def attach(self, thread: Place, files: Sequence[Attachment], *, is_again: bool) -> None:
        """Put files into a thread; on another attempt only those that are not there yet."""
        ...

    def find(
        self, letter: str, since: datetime, *, channel: str, thread: Place | None = None
    ) -> Place | None:
        """Return where a message with this mark stands, if it was posted since a time."""
        ...


class Writer(Protocol):
    """Says in words and blocks what letters are to tell, as it is at that moment."""

    def post(self, letters: Sequence[Letter]) -> Post | None:
        """Return one message for letters of one kind; None: there is nothing worth telling."""
        ...

    def files(self, letter: Letter) -> tuple[Attachment, ...]:
        """Return what goes into the thread of a card."""
        ...
