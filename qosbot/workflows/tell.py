"""Tell people what the outbox holds: at a pace, the urgent first, nothing twice, nothing lost.

What an attempt came to may stay unknown, after a time-out or a crash.  So it is written down
before each attempt, and what was begun is looked for before it is sent again.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from qosbot.domain.errors import (
    MessageGoneError,
    MessageRefusedError,
    MessengerBusyError,
    MessengerUnreachableError,
)
from qosbot.domain.messages import MOST_AGE, STORM, Kind, Letter, Place, card_id
from qosbot.ports.messaging import Messenger, Outbox, Post, Writer

log = logging.getLogger(__name__)

Taken = TypeVar("Taken")

_MOST_DUE = 500
_LINES_A_NOTE = 10
_BACK_OFF_S = 60.0
_GAPS_S = {"post": 1.0, "edit": 1.2, "tell": 0.6, "files": 1.0}
"""Slack's limits: a message a second in a channel, 50 edits and 100 answers a minute."""


@dataclass(slots=True)
class Pace:
    """When each way of telling is free again; forgetting it costs a refusal at most."""

    free_at: dict[str, datetime] = field(default_factory=dict)

    def is_free(self, way: str, now: datetime) -> bool:
        """Return whether something may be sent this way."""
        return now >= self.free_at.get(way, now)

    def hold(self, way: str, until: datetime) -> None:
        """Send nothing this way until then."""
        self.free_at[way] = until


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """Where what is told."""

    decisions: str
    alarms: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostOffice:
    """All that telling needs."""

    outbox: Outbox
    messenger: Messenger
    writer: Writer
    channels: Channels
    pace: Pace = field(default_factory=Pace)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parcel:
    """Letters that one message tells of."""

    letters: tuple[Letter, ...]

    @property
    def first(self) -> Letter:
        return self.letters[0]

    @property
    def batch(self) -> str:
        """Return what marks the message where it tells of several letters."""
        first, last = self.letters[0], self.letters[-1]
        return first.batch or (f"{first.id}..{last.id}" if len(self.letters) > 1 else "")

    @property
    def mark(self) -> str:
        return self.batch or self.first.id


def tick(office: PostOffice, now: datetime) -> int:
    """Send what is due and may be sent now; return how many letters were told."""
    given_up = office.outbox.discard_before(now - MOST_AGE)
    if given_up:
        log.error("nobody could be told in time", extra={"letters": given_up})
    told = 0
    for parcel in _parcels(office.outbox.due(now, _MOST_DUE)):
        way = _way(parcel, office.channels)
        if not office.pace.is_free(way, now):
            continue
        try:
            told += _send(parcel, office, now, way)
        except MessengerUnreachableError as error:
            # Whoever does not answer this one will not answer the next.
            log.warning("nobody can be told", extra={"error": str(error)})
            break
    return told


def _parcels(letters: Sequence[Letter]) -> Iterator[_Parcel]:
    """Yield what is sent as one: the notes of one card, and the alarms of a storm."""
    begun = [one for one in letters if one.begun_at is not None and one.batch]
    fresh = [one for one in letters if one not in begun]
    alarms = [one for one in fresh if one.kind is Kind.ALARM and one.place is None]
    is_storm = len(alarms) > STORM
    groups: dict[str, list[Letter]] = {}
    for letter in letters:
        if letter in begun:
            key = letter.batch
        elif letter.kind is Kind.NOTE:
            key = card_id(letter.subject) + " notes"
        elif is_storm and letter in alarms:
            key = "storm"
        else:
            key = letter.id
        groups.setdefault(key, []).append(letter)
    for key, group in groups.items():
        most = len(group) if key == "storm" or group[0] in begun else _LINES_A_NOTE
        yield _Parcel(letters=tuple(group[:most]))


def _way(parcel: _Parcel, channels: Channels) -> str:
    letter = parcel.first
    if letter.kind is Kind.ANSWER:
        return "tell"
    if letter.kind is Kind.FILES:
        return "files"
    return "edit" if letter.place is not None else f"post {_channel(letter, channels)}"


def _channel(letter: Letter, channels: Channels) -> str:
    return channels.alarms if letter.kind is Kind.ALARM else channels.decisions


def _send(parcel: _Parcel, office: PostOffice, now: datetime, way: str) -> int:
    """Send a parcel and write down what came of it; return how many letters were told."""
    office.outbox.begin(parcel.letters, now, batch=parcel.batch)
    office.pace.hold(way, now + timedelta(seconds=_GAPS_S[way.split(maxsplit=1)[0]]))
    try:
        place = _deliver(parcel, office)
    except MessageGoneError:
        # Somebody deleted it; a thread's parent is posted anew too.
        is_below = parcel.first.kind in {Kind.NOTE, Kind.FILES}
        office.outbox.lost(card_id(parcel.first.subject) if is_below else parcel.first.id)
        return 0
    except MessengerBusyError as error:
        until = now + timedelta(seconds=error.retry_after_s)
        office.pace.hold(way, until)
        _postpone(parcel, office, until, str(error))
        return 0
    except MessengerUnreachableError as error:
        _postpone(parcel, office, now + _back_off(parcel), str(error), is_unknown=error.is_unknown)
        raise
    except MessageRefusedError as error:
        log.warning("a message was refused", extra={"letter": parcel.mark, "error": str(error)})
        if parcel.first.kind is not Kind.ANSWER:
            _postpone(parcel, office, now + timedelta(seconds=_BACK_OFF_S), str(error))
            return 0
        place = None  # who left the channel can be told nothing there, now or later
    for letter in parcel.letters:
        is_alone = len(parcel.letters) == 1 and letter.kind is not Kind.NOTE
        office.outbox.sent(letter, place if is_alone else None)
    return len(parcel.letters)


def _postpone(
    parcel: _Parcel, office: PostOffice, until: datetime, why: str, *, is_unknown: bool = False
) -> None:
    for letter in parcel.letters:
        office.outbox.postpone(letter, until, why, is_unknown=is_unknown)


def _back_off(parcel: _Parcel) -> timedelta:
    return timedelta(seconds=min(2.0**parcel.first.tries, _BACK_OFF_S))


def _deliver(parcel: _Parcel, office: PostOffice) -> Place | None:
    """Send a parcel; return where it stands, if it is something that can be edited."""
    letter, messenger = parcel.first, office.messenger
    thread = None
    if letter.kind in {Kind.NOTE, Kind.FILES}:
        thread = office.outbox.place(card_id(letter.subject))
        if thread is None:
            raise MessageGoneError(f"{letter.id} has no card to stand under")
    if letter.kind is Kind.FILES and thread is not None:
        files = office.writer.files(letter)
        messenger.attach(thread, files, is_again=letter.begun_at is not None)
        return None
    post = office.writer.post(parcel.letters)
    if post is None:
        return None
    if letter.kind is Kind.ANSWER:
        messenger.tell(letter.to, post)
        return None
    return _put_up(parcel, post, office, thread)


def _put_up(parcel: _Parcel, post: Post, office: PostOffice, thread: Place | None) -> Place:
    """Edit what stands, or post what does not, unless an attempt of before did so unnoticed."""
    letter, messenger = parcel.first, office.messenger
    place = letter.place
    channel = _channel(letter, office.channels) if thread is None else thread.channel
    if place is None and letter.begun_at is not None:
        place = messenger.find(parcel.mark, letter.begun_at, channel=channel, thread=thread)
        if place is not None and (thread is not None or parcel.batch):
            return place
    if place is not None:
        _degrading(lambda shown: messenger.edit(place, shown, letter=parcel.mark), post)
        return place
    return _degrading(
        lambda shown: messenger.post(shown, letter=parcel.mark, channel=channel, thread=thread),
        post,
    )


def _degrading(send: Callable[[Post], Taken], post: Post) -> Taken:
    """Send a post; one that is refused for what it looks like goes as plain text."""
    try:
        return send(post)
    except MessageRefusedError as error:
        if not error.is_ours or not post.blocks:
            raise
        log.warning("a message goes as plain text", extra={"error": str(error)})
        return send(Post(text=post.text, blocks=()))
