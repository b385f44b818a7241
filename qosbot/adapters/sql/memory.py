"""What a look at the network remembers of the one before; fulfils `qosbot.ports.keeping.Memory`."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Column, Connection, Table
from sqlalchemy.dialects.sqlite import insert

from qosbot.adapters.sql import documents, outbox
from qosbot.adapters.sql.database import Database
from qosbot.adapters.sql.messages_schema import OUTBOX
from qosbot.adapters.sql.rows import micros
from qosbot.adapters.sql.schema import INTEGER, METADATA, STRICT, TEXT
from qosbot.domain.advisories import not_among, standing
from qosbot.domain.considerations import Consideration
from qosbot.domain.grouping import Detection
from qosbot.domain.messages import advice_letter, alarm_letter

DETECTION = Table(
    "detection",
    METADATA,
    Column("id", INTEGER, primary_key=True, nullable=False, comment="always 1"),
    Column("detection", TEXT, nullable=False, comment="all of it; a Detection document"),
    comment="What detection remembers from look to look",
    **STRICT,
)

CONSIDERATIONS = Table(
    "considerations",
    METADATA,
    Column("alarm", TEXT, primary_key=True, nullable=False, comment="name of the alarm"),
    Column("seq", INTEGER, primary_key=True, nullable=False, comment="place among its findings"),
    Column("at_us", INTEGER, nullable=False, comment="when it was; microseconds since 1970, UTC"),
    Column("consideration", TEXT, nullable=False, comment="all of it; a document"),
    comment="What became of the findings of each alarm when they were last considered",
    **STRICT,
)


class SqlMemory:
    """Every call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def detection(self) -> Detection:
        """Return what the last look left; a new one if there was none, or none this can read."""
        with self._database.reading() as connection:
            return _detection(connection)

    def keep_detection(self, detection: Detection, at: datetime) -> None:
        """Keep what the next look needs, and have it told which advisories came and went."""
        row = insert(DETECTION).values(id=1, detection=documents.dump(detection))
        upsert = row.on_conflict_do_update(
            index_elements=[DETECTION.c.id], set_={"detection": row.excluded.detection}
        )
        after = standing(detection.advisories)
        with self._database.writing() as connection:
            before = standing(_detection(connection).advisories)
            connection.execute(upsert)
            for one in not_among(after, before):
                outbox.put(connection, advice_letter(one, at))
            for one in not_among(before, after):
                outbox.put(connection, advice_letter(one, at, is_over=True))

    def considerations(self) -> tuple[Consideration, ...]:
        """Return what became of the findings of each alarm when they were last considered.

        What this version cannot read is left out: it is considered again.
        """
        with self._database.reading() as connection:
            return _considerations(connection)

    def keep_considerations(self, considered: Sequence[Consideration]) -> None:
        """Replace what was known of the alarms among them, and have it told where that is news."""
        if not considered:
            return
        alarms = {one.alarm for one in considered}
        rows = [
            {
                "alarm": one.alarm,
                "seq": seq,
                "at_us": micros(one.at),
                "consideration": documents.dump(one),
            }
            for seq, one in enumerate(considered)
        ]
        with self._database.writing() as connection:
            known = _gists(_considerations(connection))
            connection.execute(CONSIDERATIONS.delete().where(CONSIDERATIONS.c.alarm.in_(alarms)))
            connection.execute(CONSIDERATIONS.insert(), rows)
            for alarm, gists in _gists(considered).items():
                letter = alarm_letter(alarm, considered[0].at)
                if gists != known.get(alarm) and _tells_causes(connection, letter.id):
                    outbox.put(connection, letter)

    def forget_considerations(self, before: datetime) -> None:
        """Forget what was considered before a time."""
        with self._database.writing() as connection:
            connection.execute(
                CONSIDERATIONS.delete().where(CONSIDERATIONS.c.at_us < micros(before))
            )


def _detection(connection: Connection) -> Detection:
    text = connection.scalar(sa.select(DETECTION.c.detection))
    if text is None:
        return Detection()
    try:
        return documents.load(Detection, text)
    except documents.UnreadableDocumentError:
        # From another version: hysteresis begins anew, which raises nothing at once.
        return Detection()


def _considerations(connection: Connection) -> tuple[Consideration, ...]:
    query = sa.select(CONSIDERATIONS.c.consideration).order_by(
        CONSIDERATIONS.c.alarm, CONSIDERATIONS.c.seq
    )
    texts = connection.scalars(query).all()
    return tuple(one for text in texts if (one := _read(text)) is not None)


def _gists(considered: Sequence[Consideration]) -> Mapping[str, list[tuple[str, ...]]]:
    """Return what people are told of each alarm among them."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for one in considered:
        found.setdefault(one.alarm, []).append(one.gist)
    return found


def _tells_causes(connection: Connection, letter: str) -> bool:
    """Return whether the letter of an alarm has, or is about to have, a message of its own.

    What was told together with others names no cause, and is not told anew for one.
    """
    row = OUTBOX.c
    is_alone = sa.or_(row.ts != "", sa.and_(row.sent_version == 0, row.batch == ""))
    query = sa.select(sa.func.count()).where(row.id == letter, is_alone)
    return bool(connection.scalar(query))


def _read(text: str) -> Consideration | None:
    try:
        return documents.load(Consideration, text)
    except documents.UnreadableDocumentError:
        return None
