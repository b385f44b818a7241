"""What is to be told, kept in SQLite; fulfils `qosbot.ports.messaging.Outbox`."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.sql.expression import ColumnElement

from qosbot.adapters.sql.database import Database
from qosbot.adapters.sql.messages_schema import OUTBOX
from qosbot.adapters.sql.remediations_rows import NOTHING_DUE
from qosbot.adapters.sql.remediations_schema import ALARMS, REMEDIATIONS
from qosbot.adapters.sql.rows import Row, micros, moment
from qosbot.domain.alarms import AlarmState
from qosbot.domain.messages import (
    MOST_WAIT,
    PARENTS,
    Kind,
    Letter,
    Place,
    Rank,
    alarm_letter,
    call_letter,
    card_letter,
    files_letter,
)
from qosbot.domain.remediation import State
from qosbot.ports.messaging import Backlog

_C = OUTBOX.c
_MOST_OF_A_KIND = {
    Kind.ANSWER: 20,
    Kind.CARD: 50,
    Kind.CALL: 50,
    Kind.NOTE: 200,
    Kind.FILES: 20,
    Kind.ALARM: 500,
    Kind.ADVICE: 500,
    Kind.REPORT: 5,
    Kind.REPORT_FILE: 5,
}
"""How many are looked at in one go, so that none of a kind can keep another one away."""
MOST_ANSWERS = 10
_EDITED = (Kind.CARD.value, Kind.ALARM.value)


def put(connection: Connection, letter: Letter) -> None:
    """Keep a letter in a transaction that is under way.

    A card or an alarm that was put before has something new to tell; anything else was told.
    """
    statement = insert(OUTBOX)
    if letter.kind.value in _EDITED:
        statement = statement.on_conflict_do_update(
            index_elements=[_C.id],
            set_={
                "version": _C.version + 1,
                "made_at_us": statement.excluded.made_at_us,
                "rank": statement.excluded.rank,
                "due_at_us": sa.case((_C.error == "", sa.null()), else_=_C.due_at_us),
            },
        )
    else:
        statement = statement.on_conflict_do_nothing()
    if letter.kind is Kind.ANSWER and _is_added(connection, letter):
        return
    connection.execute(statement, _row(letter))


def _put_again(connection: Connection, letter: Letter) -> None:
    """Put a letter that may have been given up."""
    put(connection, letter)
    connection.execute(OUTBOX.update().where(_C.id == letter.id).values(sent_version=0))


def _is_added(connection: Connection, letter: Letter) -> bool:
    """Return whether an answer was added to another one, for too many wait for a person."""
    waiting = sa.select(_C.id, _C.words, _C.begun_at_us).where(
        _C.kind == Kind.ANSWER.value, _C.recipient == letter.to, _WAITS
    )
    found = connection.execute(waiting.order_by(_C.made_at_us.desc(), _C.id)).all()
    open_ones = [one for one in found if one.begun_at_us is None]
    if len(found) < MOST_ANSWERS or not open_ones or letter.id in {one.id for one in found}:
        return False
    last = open_ones[0]
    if letter.words not in last.words.split("\n"):
        # A version more, for the one before may be on its way just now.
        added = {"words": f"{last.words}\n{letter.words}", "version": _C.version + 1}
        connection.execute(OUTBOX.update().where(_C.id == last.id).values(**added))
    return True


def _row(letter: Letter) -> Row:
    return {
        "id": letter.id,
        "kind": letter.kind.value,
        "subject": letter.subject,
        "rank": letter.rank.value,
        "made_at_us": micros(letter.made_at),
        "version": letter.version,
        "sent_version": 0,
        "due_at_us": None,
        "words": letter.words,
        "recipient": letter.to,
        "channel": "",
        "ts": "",
        "batch": "",
        "tries": 0,
        "begun_at_us": None,
        "begun_version": 0,
        "error": "",
    }


def _letter(row: Any) -> Letter:  # noqa: ANN401 - a row of the table
    return Letter(
        id=row.id,
        kind=Kind(row.kind),
        subject=row.subject,
        rank=Rank(row.rank),
        made_at=moment(row.made_at_us),
        version=row.version,
        words=row.words,
        to=row.recipient,
        place=Place(channel=row.channel, ts=row.ts) if row.ts else None,
        batch=row.batch,
        tries=row.tries,
        begun_at=None if row.begun_at_us is None else moment(row.begun_at_us),
        begun_version=row.begun_version,
    )


_WAITS: ColumnElement[bool] = _C.sent_version < _C.version
_NOT_BEGUN: dict[str, Any] = {"begun_at_us": None, "begun_version": 0, "batch": ""}


@cache
def _due(kind: Kind) -> sa.Select[Any]:
    """Return what selects the letters of a kind whose time has come, for the times of `_at`.

    Made once: it is asked for every second, and making it costs more than asking.
    """
    now_us: sa.BindParameter[int] = sa.bindparam("now_us")
    stepped_us: sa.BindParameter[int] = sa.bindparam("stepped_us")
    due_at_us = sa.func.coalesce(_C.due_at_us, 0)
    # Beyond `stepped_us` it was put off by a clock that was stepped back since.
    has_come = sa.or_(due_at_us <= now_us, due_at_us > stepped_us)
    query = sa.select(OUTBOX).where(_C.kind == kind.value, _WAITS, has_come)
    if kind in PARENTS:
        others = OUTBOX.alias("others")
        parent = sa.exists().where(
            others.c.subject == _C.subject,
            others.c.kind == PARENTS[kind].value,
            others.c.ts != "",
        )
        before = sa.exists().where(
            others.c.subject == _C.subject,
            others.c.kind == kind.value,
            others.c.version < _C.version,
            others.c.sent_version < others.c.version,
            others.c.due_at_us > now_us,
        )
        query = query.where(parent, ~before)
    ordered = query.order_by(_C.rank, _C.made_at_us, _C.subject, _C.version, _C.id)
    return ordered.limit(_MOST_OF_A_KIND[kind])


def _at(now: datetime) -> dict[str, int]:
    return {"now_us": micros(now), "stepped_us": micros(now + 2 * MOST_WAIT)}


def _is_known(kind: Kind, subject: ColumnElement[str]) -> ColumnElement[bool]:
    """Return whether something of a kind was told, or waits to be, and was not given up."""
    return sa.exists().where(
        # What was told among others stands nowhere by itself.
        _C.kind == kind.value,
        _C.subject == subject,
        sa.or_(_C.ts != "", _WAITS, _C.error == ""),
    )


class SqlOutbox:
    """What is to be told; several threads and processes may put, one sends."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, letter: Letter) -> None:
        """Keep a letter; one that was put before is not put again."""
        with self._database.writing() as connection:
            put(connection, letter)

    def due(self, now: datetime) -> tuple[Letter, ...]:
        """Return letters whose time has come, by rank and age."""
        with self._database.reading() as connection:
            found = [
                _letter(row)
                for kind in _MOST_OF_A_KIND
                for row in connection.execute(_due(kind), _at(now))
            ]
        return tuple(
            sorted(found, key=lambda one: (one.rank, one.made_at, one.subject, one.version, one.id))
        )

    def begin(self, letters: Sequence[Letter], now: datetime, *, batch: str = "") -> None:
        """Write down that letters are about to be sent, so that a crash leaves them unknown."""
        begun = {
            "begun_at_us": sa.func.coalesce(_C.begun_at_us, micros(now)),
            # What an earlier attempt told of, if it was taken, is what counts.
            "begun_version": sa.case((_C.begun_version == 0, _C.version), else_=_C.begun_version),
            "batch": batch,
            "tries": _C.tries + 1,
        }
        self._update(letters, **begun)

    def sent(self, letters: Sequence[Letter], place: Place | None) -> None:
        """Write down that these versions were sent; newer ones stay due."""
        stands = {} if place is None else {"channel": place.channel, "ts": place.ts}
        with self._database.writing() as connection:
            for letter in letters:
                update = OUTBOX.update().where(_C.id == letter.id)
                told = {"sent_version": letter.version, "tries": 0, "error": "", "due_at_us": None}
                connection.execute(update.values(**told, **_NOT_BEGUN, **stands))

    def postpone(
        self, letters: Sequence[Letter], until: datetime, why: str, *, is_unknown: bool = False
    ) -> None:
        """Try again later."""
        known = {} if is_unknown else _NOT_BEGUN
        self._update(letters, due_at_us=micros(until), error=why, **known)

    def lost(self, letter: str) -> None:
        """Write down that a message is no longer where it stood, so that it is posted anew."""
        anew = {"channel": "", "ts": "", "sent_version": 0, "due_at_us": None, **_NOT_BEGUN}
        parents = (Kind.CARD.value, Kind.REPORT.value)
        subject = sa.select(_C.subject).where(_C.id == letter, _C.kind.in_(parents))
        is_file = _C.kind.in_([Kind.FILES.value, Kind.REPORT_FILE.value])
        files = sa.and_(is_file, _C.subject.in_(subject.scalar_subquery()))
        with self._database.writing() as connection:
            connection.execute(OUTBOX.update().where(sa.or_(_C.id == letter, files)).values(**anew))

    def _update(self, letters: Sequence[Letter], **values: object) -> None:
        update = OUTBOX.update().where(_C.id.in_([one.id for one in letters]))
        with self._database.writing() as connection:
            connection.execute(update.values(**values))

    def catch_up(self, now: datetime) -> None:
        """Put what is open, or calls for a person, and was not told; the same for alarms."""
        open_ones = sa.select(REMEDIATIONS.c.id, REMEDIATIONS.c.state).where(
            sa.or_(REMEDIATIONS.c.rank < NOTHING_DUE, REMEDIATIONS.c.state == State.STUCK.value),
            ~_is_known(Kind.CARD, REMEDIATIONS.c.id),
        )
        raised = sa.select(ALARMS.c.id).where(
            ALARMS.c.state == AlarmState.RAISED.value, ~_is_known(Kind.ALARM, ALARMS.c.id)
        )
        with self._database.writing() as connection:
            for row in connection.execute(open_ones).all():
                is_waiting = row.state == State.AWAITING_DECISION.value
                _put_again(connection, card_letter(row.id, now, is_waiting=is_waiting))
                _put_again(connection, files_letter(row.id, now))
                if row.state == State.STUCK.value:
                    _put_again(connection, call_letter(row.id, "late", now))
            for row in connection.execute(raised).all():
                _put_again(connection, alarm_letter(row.id, now))

    def place(self, letter: str) -> Place | None:
        """Return where a letter stands."""
        query = sa.select(_C.channel, _C.ts).where(_C.id == letter, _C.ts != "")
        with self._database.reading() as connection:
            found = connection.execute(query).one_or_none()
        return None if found is None else Place(channel=found.channel, ts=found.ts)

    def backlog(self) -> Backlog:
        """Return what waits."""
        query = sa.select(sa.func.count(), sa.func.min(_C.made_at_us)).where(_WAITS)
        errors = sa.select(_C.error).where(_WAITS, _C.error != "").order_by(_C.due_at_us.desc())
        with self._database.reading() as connection:
            waiting, oldest_us = connection.execute(query).one()
            error = connection.scalar(errors.limit(1))
        oldest_at = None if oldest_us is None else moment(oldest_us)
        return Backlog(waiting=waiting, oldest_at=oldest_at, last_error=error or "")

    def discard_before(self, at: datetime, *, only_tried: bool) -> int:
        """Give up what has waited since before a time; return how many that were.

        What stands somewhere is never given up: it would stand there for ever as it was.
        """
        why = "given up: nobody could be told in time"
        update = (
            OUTBOX.update()
            .where(_WAITS, _C.made_at_us < micros(at), _C.ts == "")
            .values(sent_version=_C.version, error=why, **_NOT_BEGUN)
        )
        with self._database.writing() as connection:
            tried = _C.tries > 0 if only_tried else sa.true()
            given_up = connection.execute(update.where(tried)).rowcount
            # What would stand under a message that was given up is never tried.
            for kind, parent in PARENTS.items():
                below = update.where(_C.kind == kind.value, ~_can_stand(parent))
                given_up += connection.execute(below).rowcount
            return given_up

    def delete_before(self, at: datetime) -> None:
        """Forget what was sent before a time, except where it still can be edited."""
        old = OUTBOX.delete().where(~_WAITS, _C.made_at_us < micros(at), _C.kind.not_in(_EDITED))
        with self._database.writing() as connection:
            connection.execute(old)


def _can_stand(parent: Kind) -> ColumnElement[bool]:
    """Return whether the message of this kind that a letter stands under is there, or will be."""
    above = OUTBOX.alias("above")
    return sa.exists().where(
        above.c.subject == _C.subject,
        above.c.kind == parent.value,
        sa.or_(above.c.ts != "", above.c.sent_version < above.c.version),
    )
