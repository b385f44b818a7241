"""Tell people what the outbox holds: at a pace, the urgent first, nothing twice, nothing lost.

What an attempt came to may stay unknown, after a time-out or a crash.  So it is written down
before each attempt, and what was begun is looked for before it is sent again.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from qosbot.domain.errors import (
    MessageGoneError,
    MessageRefusedError,
    MessengerBusyError,
    MessengerError,
    MessengerUnreachableError,
)
from qosbot.domain.messages import (
    MOST_AGE,
    MOST_WAIT,
    STANDING,
    STORM,
    Kind,
    Letter,
    Place,
    parent_id,
)
from qosbot.ports.messaging import Messenger, Outbox, Post, Writer

log = logging.getLogger(__name__)

Taken = TypeVar("Taken")

_FILES = frozenset({Kind.FILES, Kind.REPORT_FILE})
_LINES_A_NOTE = 10
_BACK_OFF_S = 60.0
_DOUBLINGS = 6
_LOOK = "look"
"""The way of looking for what may have been taken; Slack counts it for itself."""
_GAPS_S = {"post": 1.0, "edit": 1.2, "tell": 0.6, "files": 1.0}
"""Slack's limits: a message a second in a channel, 50 edits and 100 answers a minute."""


@dataclass(slots=True)
class Pace:
    """When each way of telling is free again; forgetting it costs a refusal at most."""

    free_at: dict[str, datetime] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    """In a row, of each way."""

    def is_free(self, way: str, now: datetime) -> bool:
        """Return whether something may be sent this way."""
        free_at = self.free_at.get(way, now)
        # What is held for longer than anything ever is was held by a clock that went back since.
        return now >= free_at or free_at - now > 2 * MOST_WAIT

    def hold(self, way: str, until: datetime) -> None:
        """Send nothing this way until then."""
        self.free_at[way] = until

    def failed(self, way: str, now: datetime) -> datetime:
        """Hold a way for longer with each failure in a row; return until when."""
        count = self.failures[way] = self.failures.get(way, 0) + 1
        until = now + timedelta(seconds=min(2.0 ** min(count, _DOUBLINGS), _BACK_OFF_S))
        self.hold(way, until)
        return until

    def went_through(self, way: str, now: datetime) -> None:
        """Keep the usual gap."""
        self.failures.pop(way, None)
        self.hold(way, now + timedelta(seconds=_GAPS_S[way.split(maxsplit=1)[0]]))


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
        if first.begun_at is not None:
            return first.batch
        return f"{first.id}..{last.id}:{first.version}" if len(self.letters) > 1 else ""

    @property
    def mark(self) -> str:
        return self.batch or self.first.id


def tick(office: PostOffice, now: datetime) -> int:
    """Send what is due and may be sent now; return how many letters were told."""
    told, held_up = 0, set[str]()
    for parcel in _parcels(office.outbox.due(now)):
        way, letter = _way(parcel, office.channels), parcel.first
        ways = (way, _LOOK) if _must_be_found(letter) else (way,)
        thread = letter.subject if letter.kind is Kind.NOTE else ""
        is_next = thread not in held_up and all(office.pace.is_free(one, now) for one in ways)
        sent = _send(parcel, office, now, way) if is_next else 0
        told += sent
        if thread and not sent:
            held_up.add(thread)
    return told


def _must_be_found(letter: Letter) -> bool:
    """Return whether a message may stand already, and is looked for before it is posted."""
    is_posted = letter.kind not in {Kind.ANSWER, Kind.FILES}
    return is_posted and letter.place is None and letter.begun_at is not None


class _LookBusyError(MessengerBusyError):
    """The chat wants to be left alone with looking; it still takes messages."""


def give_up(outbox: Outbox, now: datetime, *, only_tried: bool) -> None:
    """Give up what nobody could be told for a day, and forget what was told."""
    given_up = outbox.discard_before(now - MOST_AGE, only_tried=only_tried)
    if given_up and only_tried:
        log.error("nobody could be told in time", extra={"letters": given_up})
    outbox.delete_before(now - MOST_AGE)


def _parcels(letters: Sequence[Letter]) -> Iterator[_Parcel]:
    """Yield what is sent as one: the notes of a card, the alarms of a storm, and all advice.

    What was begun goes as it was begun, under the same mark, or it would not be found.
    """
    alarms = [one for one in letters if _is_fresh(one, Kind.ALARM) and one.place is None]
    is_storm = len(alarms) > STORM
    groups: dict[str, list[Letter]] = {}
    for letter in letters:
        if letter.begun_at is not None and letter.batch:
            key = letter.batch
        elif _is_fresh(letter, Kind.NOTE):
            key = f"notes {letter.subject}"
        elif _is_fresh(letter, Kind.ADVICE):
            key = "advice"
        elif is_storm and _is_fresh(letter, Kind.ALARM) and letter.place is None:
            key = "storm"
        else:
            key = letter.id
        groups.setdefault(key, []).append(letter)
    for key, group in groups.items():
        most = _LINES_A_NOTE if key.startswith("notes ") else len(group)
        yield _Parcel(letters=tuple(group[:most]))


def _is_fresh(letter: Letter, kind: Kind) -> bool:
    return letter.kind is kind and letter.begun_at is None


def _way(parcel: _Parcel, channels: Channels) -> str:
    letter = parcel.first
    if letter.kind is Kind.ANSWER:
        return "tell"
    if letter.kind in _FILES:
        return "files"
    return "edit" if letter.place is not None else f"post {_channel(letter, channels)}"


def _channel(letter: Letter, channels: Channels) -> str:
    is_news = letter.kind in {Kind.ALARM, Kind.ADVICE, Kind.REPORT, Kind.REPORT_FILE}
    return channels.alarms if is_news else channels.decisions


def _send(parcel: _Parcel, office: PostOffice, now: datetime, way: str) -> int:
    """Send a parcel and write down what came of it; return how many letters were told."""
    office.outbox.begin(parcel.letters, now, batch=parcel.batch)
    try:
        place = _deliver(parcel, office)
    except MessengerError as error:
        _put_off(parcel, office, error, now, way)
        return 0
    except Exception as error:  # a door for one letter: the rest must go on
        # Whatever one letter does, the others are told all the same.  Where it broke is not
        # known, and so neither is whether it was taken.
        log.exception("a message could not be written", extra={"letter": parcel.mark})
        until = now + timedelta(seconds=_BACK_OFF_S)
        _postpone(parcel, office, until, f"not written: {error}", is_unknown=True)
        return 0
    office.pace.went_through(way, now)
    stands = not parcel.batch and parcel.first.kind in STANDING
    told = parcel.letters if stands else tuple(_as_begun(one) for one in parcel.letters)
    office.outbox.sent(told, place if stands else None)
    return len(told)


def _as_begun(letter: Letter) -> Letter:
    """Return a letter as the version that an earlier attempt told of, if there was one."""
    return replace(letter, version=letter.begun_version or letter.version)


def _put_off(
    parcel: _Parcel, office: PostOffice, error: MessengerError, now: datetime, way: str
) -> None:
    """Write down that a parcel was not sent, and hold what would fail in the same way."""
    letter = parcel.first
    if isinstance(error, MessageGoneError):
        # Somebody deleted it; a thread's parent is posted anew too.
        office.outbox.lost(parent_id(letter) or letter.id)
        return
    if isinstance(error, MessengerBusyError):
        until = now + min(timedelta(seconds=error.retry_after_s), MOST_WAIT)
        office.pace.hold(_LOOK if isinstance(error, _LookBusyError) else way, until)
    elif isinstance(error, MessengerUnreachableError):
        log.warning("nobody can be told", extra={"error": str(error)})
        until = office.pace.failed(way, now)
    else:
        log.warning("a message was refused", extra={"letter": parcel.mark, "error": str(error)})
        if getattr(error, "is_for_nobody", False) and letter.kind is Kind.ANSWER:
            office.outbox.sent(parcel.letters, None)
            return
        if letter.place is not None and letter.place.channel != _channel(letter, office.channels):
            # It stands in a channel that is no longer ours: it goes to the one that is.
            office.outbox.lost(letter.id)
            return
        until = now + timedelta(seconds=_BACK_OFF_S)
    _postpone(parcel, office, until, str(error), is_unknown=getattr(error, "is_unknown", False))


def _postpone(
    parcel: _Parcel, office: PostOffice, until: datetime, why: str, *, is_unknown: bool = False
) -> None:
    # What an earlier attempt came to is as unknown as before, whatever this one came to.
    was_begun = parcel.first.begun_at is not None
    office.outbox.postpone(parcel.letters, until, why, is_unknown=is_unknown or was_begun)


def _deliver(parcel: _Parcel, office: PostOffice) -> Place | None:
    """Send a parcel; return where it stands."""
    letter, messenger = parcel.first, office.messenger
    parent = parent_id(letter)
    thread = None if parent is None else office.outbox.place(parent)
    if parent is not None and thread is None:
        raise MessageGoneError(f"{letter.id} has no {parent} to stand under")
    if letter.kind in _FILES and thread is not None:
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
        try:
            place = messenger.find(parcel.mark, letter.begun_at, channel=channel, thread=thread)
        except MessengerBusyError as error:
            raise _LookBusyError(error.method, error.retry_after_s) from error
        is_edited = letter.kind in {Kind.CARD, Kind.ALARM} and not parcel.batch
        if place is not None and not is_edited:
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
