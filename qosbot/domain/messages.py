"""What people are told, how much of it, and what goes first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from qosbot.domain.advisories import Advisory
from qosbot.domain.history import PROPOSED, Entry
from qosbot.domain.remediation import Event, Remediation, State

MOST_AGE = timedelta(days=1)
"""What could not be told for so long is of no use to anybody any more."""

MOST_WAIT = timedelta(minutes=5)
"""Nothing is put off for longer; what seems to be was put off by a clock that was stepped since."""

STORM = 5
"""So many alarms at once are told one by one; more are told as one message."""


class Disclosure(StrEnum):
    """How much of the network may leave it for a chat."""

    SUMMARY = "summary"
    """No configuration line, address, interface or host name; it names the command to look."""
    LINES = "lines"
    """Names and lines, with secrets and addresses masked."""
    FULL = "full"
    """Addresses too; secrets stay masked."""


class Kind(StrEnum):
    """What a letter is."""

    ANSWER = "answer"
    """To one person, who alone sees it: what became of a click."""
    CARD = "card"
    """A remediation as it is; edited for as long as it moves."""
    NOTE = "note"
    """One step of a history, in the thread of its card."""
    FILES = "files"
    """Diff, undo and evidence, in the thread of the card."""
    ALARM = "alarm"
    """An alarm as it is; edited when it clears."""
    ADVICE = "advice"
    """An advisory that came or went: a message of its own, or one with others; never edited."""
    CALL = "call"
    """A call for a person: a message of its own, for an edit notifies nobody."""
    REPORT = "report"
    """What a night's audit found."""
    REPORT_FILE = "report_file"
    """The whole report, in the thread of its message."""


class Rank(StrEnum):
    """What goes first; sorted as text."""

    ANSWER = "0"
    DECISION = "1"
    """A card that waits for a person."""
    CARD = "2"
    THREAD = "3"
    ALARM = "4"
    ADVICE = "5"
    REPORT = "6"


PARENTS = MappingProxyType(
    {Kind.NOTE: Kind.CARD, Kind.FILES: Kind.CARD, Kind.REPORT_FILE: Kind.REPORT}
)
"""What stands in a thread, and under what it stands there."""

STANDING = frozenset({Kind.CARD, Kind.ALARM, Kind.REPORT})
"""What is known to stand where it was posted: it is edited, or has a thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a message stands in the chat."""

    channel: str
    ts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Something that is to be told; what it says is written when it is sent.

    So a card that moved three times since is sent once, as it is then.
    """

    id: str
    """The same after a crash; it stands in the message's metadata."""
    kind: Kind
    subject: str
    """A remediation, an alarm or an audit; for an answer the click, for an advisory its path."""
    rank: Rank
    made_at: datetime
    version: int = 1
    """Of a card or alarm: moves with each change.  Of a note: the entry's place in the chain."""
    words: str = ""
    """Of an answer or an advisory: what is said."""
    to: str = ""
    """Of an answer: `CHANNEL/USER`."""
    place: Place | None = None
    """Where it stands already; None: nowhere."""
    batch: str = ""
    """The message that it was begun in together with others; empty: alone, or not begun."""
    tries: int = 0
    begun_at: datetime | None = None
    """Since when an attempt may have been taken unnoticed, so that it must be looked for first."""
    begun_version: int = 0
    """What that attempt told of; 0: there was none."""


def card_id(remediation: str) -> str:
    """Return the id of a remediation's card."""
    return f"card:{remediation}"


def parent_id(letter: Letter) -> str | None:
    """Return the id of the letter in whose thread this one belongs; None: in nobody's."""
    parent = PARENTS.get(letter.kind)
    return None if parent is None else f"{parent}:{letter.subject}"


def report_letters(audit: str, at: datetime) -> tuple[Letter, ...]:
    """Return what is to be told of an audit: a summary, and the report in its thread."""
    return tuple(
        Letter(id=f"{kind}:{audit}", kind=kind, subject=audit, rank=Rank.REPORT, made_at=at)
        for kind in (Kind.REPORT, Kind.REPORT_FILE)
    )


def letters_of(remediation: Remediation, entries: Sequence[Entry]) -> tuple[Letter, ...]:
    """Return what is to be told after steps of a history: the card, and a note for each step."""
    name, at = remediation.id, entries[-1].step.at
    is_new = any(one.step.event == PROPOSED for one in entries)
    letters = [card_letter(name, at, is_waiting=remediation.state is State.AWAITING_DECISION)]
    if is_new:
        letters.append(files_letter(name, at))
    letters += [
        Letter(
            id=f"note:{name}:{one.seq}",
            kind=Kind.NOTE,
            subject=name,
            rank=Rank.THREAD,
            made_at=one.step.at,
            version=one.seq,
        )
        for one in entries
        if one.step.event != PROPOSED
    ]
    letters += [
        call_letter(name, str(one.seq), one.step.at)
        for one in entries
        if one.step.event == Event.GIVE_UP
    ]
    return tuple(letters)


def call_letter(remediation: str, which: str, at: datetime) -> Letter:
    """Return a call for a person; `which` tells it from other calls for the same."""
    return Letter(
        id=f"call:{remediation}:{which}",
        kind=Kind.CALL,
        subject=remediation,
        rank=Rank.DECISION,
        made_at=at,
    )


def files_letter(remediation: str, at: datetime) -> Letter:
    """Return the letter that puts the files into the thread of a card."""
    return Letter(
        id=f"files:{remediation}",
        kind=Kind.FILES,
        subject=remediation,
        rank=Rank.THREAD,
        made_at=at,
    )


def card_letter(remediation: str, at: datetime, *, is_waiting: bool) -> Letter:
    """Return the letter that brings a card up to date."""
    return Letter(
        id=card_id(remediation),
        kind=Kind.CARD,
        subject=remediation,
        rank=Rank.DECISION if is_waiting else Rank.CARD,
        made_at=at,
    )


def alarm_letter(alarm: str, at: datetime) -> Letter:
    """Return the letter that tells of an alarm as it is."""
    return Letter(id=f"alarm:{alarm}", kind=Kind.ALARM, subject=alarm, rank=Rank.ALARM, made_at=at)


def advice_letter(advisory: Advisory, at: datetime, *, is_over: bool = False) -> Letter:
    """Return the letter that tells that an advisory came, or that it is over."""
    which = f"{advisory.path}:{advisory.kind}:{'over' if is_over else 'raised'}"
    return Letter(
        id=f"advice:{which}:{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}",
        kind=Kind.ADVICE,
        subject=advisory.path,
        rank=Rank.ADVICE,
        made_at=at,
        words=f"no longer: {advisory.words}" if is_over else advisory.words,
    )


def answer_letter(click: str, to: str, words: str, at: datetime) -> Letter:
    """Return the answer to a click; the same click again has the same one."""
    return Letter(
        id=f"answer:{click}",
        kind=Kind.ANSWER,
        subject=click,
        rank=Rank.ANSWER,
        made_at=at,
        words=words,
        to=to,
    )
