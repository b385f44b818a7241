"""What is to be told, kept in SQLite; fulfils `qosbot.ports.messaging.Outbox` and `Groups`."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.sql.expression import ColumnElement

from qosbot.adapters.sql.database import Database
from qosbot.adapters.sql.messages_schema import GROUP_MEMBERS, OUTBOX
from qosbot.adapters.sql.rows import Row, micros, moment
from qosbot.domain.messages import Kind, Letter, Place, Rank
from qosbot.ports.messaging import Backlog

_C = OUTBOX.c
_IN_THREAD = (Kind.NOTE.value, Kind.FILES.value)
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
    connection.execute(statement, _row(letter))


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
    )


_WAITS: ColumnElement[bool] = _C.sent_version < _C.version


class SqlOutbox:
    """What is to be told; several threads and processes may put, one sends."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, letter: Letter) -> None:
        """Keep a letter; one that was put before is not put again."""
        with self._database.writing() as connection:
            put(connection, letter)

    def due(self, now: datetime, limit: int) -> tuple[Letter, ...]:
        """Return letters whose time has come, by rank and age."""
        cards = OUTBOX.alias("cards")
        has_card = sa.exists().where(
            cards.c.kind == Kind.CARD.value, cards.c.subject == _C.subject, cards.c.ts != ""
        )
        query = (
            sa.select(OUTBOX)
            .where(
                _WAITS,
                sa.func.coalesce(_C.due_at_us, 0) <= micros(now),
                sa.or_(_C.kind.not_in(_IN_THREAD), has_card),
            )
            .order_by(_C.rank, _C.made_at_us, _C.subject, _C.version, _C.id)
            .limit(limit)
        )
        with self._database.reading() as connection:
            return tuple(_letter(row) for row in connection.execute(query))

    def begin(self, letters: Sequence[Letter], now: datetime, *, batch: str = "") -> None:
        """Write down that letters are about to be sent, so that a crash leaves them unknown."""
        begun_at_us = sa.func.coalesce(_C.begun_at_us, micros(now))
        update = (
            OUTBOX.update()
            .where(_C.id.in_([one.id for one in letters]))
            .values(begun_at_us=begun_at_us, batch=batch, tries=_C.tries + 1)
        )
        with self._database.writing() as connection:
            connection.execute(update)

    def sent(self, letter: Letter, place: Place | None) -> None:
        """Write down that this version was sent; a newer one stays due."""
        stands = {} if place is None else {"channel": place.channel, "ts": place.ts}
        self._update(
            letter,
            sent_version=letter.version,
            begun_at_us=None,
            tries=0,
            error="",
            due_at_us=None,
            **stands,
        )

    def postpone(
        self, letter: Letter, until: datetime, why: str, *, is_unknown: bool = False
    ) -> None:
        """Try again later."""
        known = {} if is_unknown else {"begun_at_us": None}
        self._update(letter, due_at_us=micros(until), error=why, **known)

    def lost(self, letter: str) -> None:
        """Write down that a message is no longer where it stood, so that it is posted anew."""
        update = OUTBOX.update().where(_C.id == letter)
        with self._database.writing() as connection:
            connection.execute(
                update.values(channel="", ts="", sent_version=0, begun_at_us=None, due_at_us=None)
            )

    def _update(self, letter: Letter, **values: object) -> None:
        with self._database.writing() as connection:
            connection.execute(OUTBOX.update().where(_C.id == letter.id).values(**values))

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

    def discard_before(self, at: datetime) -> int:
        """Give up what has waited since before a time; return how many that were."""
        update = (
            OUTBOX.update()
            .where(_WAITS, _C.made_at_us < micros(at))
            .values(sent_version=_C.version, error="given up: nobody could be told in time")
        )
        with self._database.writing() as connection:
            return connection.execute(update).rowcount

    def delete_before(self, at: datetime) -> None:
        """Forget what was sent before a time, except where it still can be edited."""
        old = OUTBOX.delete().where(~_WAITS, _C.made_at_us < micros(at), _C.kind.not_in(_EDITED))
        with self._database.writing() as connection:
            connection.execute(old)


class SqlGroups:
    """Who is in which user group, as the chat last said."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, group: str, members: Collection[str], read_at: datetime) -> None:
        """Replace the members of a group, all as `TEAM/ID`."""
        row = {
            "name": group,
            "members": json.dumps(sorted(members)),
            "read_at_us": micros(read_at),
        }
        statement = insert(GROUP_MEMBERS)
        changed = {name: statement.excluded[name] for name in ("members", "read_at_us")}
        upsert = statement.on_conflict_do_update(
            index_elements=[GROUP_MEMBERS.c.name], set_=changed
        )
        with self._database.writing() as connection:
            connection.execute(upsert, row)

    def members(self, since: datetime) -> Mapping[str, frozenset[str]]:
        """Return the members of each group that was read since a time."""
        query = sa.select(GROUP_MEMBERS).where(GROUP_MEMBERS.c.read_at_us >= micros(since))
        with self._database.reading() as connection:
            found = connection.execute(query).all()
        return {row.name: frozenset(json.loads(row.members)) for row in found}
