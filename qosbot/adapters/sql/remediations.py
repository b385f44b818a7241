"""Alarms, remediations and decisions, kept in SQLite; fulfils `qosbot.ports.deciding.Decisions`."""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import IntegrityError

from qosbot.adapters.sql import documents, outbox
from qosbot.adapters.sql import remediations_controls as switches
from qosbot.adapters.sql import remediations_decisions as deciding
from qosbot.adapters.sql import remediations_proof as proof
from qosbot.adapters.sql import remediations_queries as queries
from qosbot.adapters.sql import remediations_rows as rows
from qosbot.adapters.sql.database import Database, opened
from qosbot.adapters.sql.remediations_schema import (
    ALARMS,
    HISTORY,
    PROPOSALS,
    REMEDIATIONS,
)
from qosbot.adapters.sql.rows import micros
from qosbot.domain import history
from qosbot.domain.alarms import Alarm, AlarmState
from qosbot.domain.approvals import Decision, anybody
from qosbot.domain.errors import StoreConflictError, StoreError
from qosbot.domain.history import BrokenLink, Entry, Step
from qosbot.domain.inventory import Risk
from qosbot.domain.messages import alarm_letter, letters_of
from qosbot.domain.proposals import Proposal
from qosbot.domain.remediation import Remediation, State
from qosbot.domain.rules import Controls, PastChange

log = logging.getLogger(__name__)


class SqlDecisions:
    """A record for several threads and processes at once; every call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, where: Path | str, *, busy_timeout_s: float = 5.0) -> Self:
        """Open a database file; make it where there is none, in a directory that is there.

        Raises:
            StoreError: if it cannot be used, is not ours, or is of a newer version.
        """
        return cls(opened(where, busy_timeout_s))

    def close(self) -> None:
        """Close every connection; the record cannot be used after that."""
        self._database.close()

    def __enter__(self) -> Self:
        """Return the record."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def keep_alarms(self, alarms: Sequence[Alarm]) -> None:
        """Keep alarms as they are now, by id."""
        given = [rows.alarm_row(alarm) for alarm in alarms]
        if not given:
            return
        row = insert(ALARMS)
        changed = {name: row.excluded[name] for name in given[0] if name != "id"}
        upsert = row.on_conflict_do_update(index_elements=[ALARMS.c.id], set_=changed)
        with self._database.writing() as connection:
            for alarm in _moved(connection, alarms):
                outbox.put(connection, alarm_letter(alarm.id, alarm.cleared_at or alarm.raised_at))
            connection.execute(upsert, given)

    def alarms(self, ids: Collection[str] | None = None) -> Mapping[str, Alarm]:
        """Return the alarms of these ids that are known; without ids those that are raised."""
        query = sa.select(ALARMS.c.id, ALARMS.c.alarm).order_by(ALARMS.c.raised_at_us)
        if ids is None:
            query = query.where(ALARMS.c.state == AlarmState.RAISED.value)
        else:
            query = query.where(ALARMS.c.id.in_(ids))
        with self._database.reading() as connection:
            found = connection.execute(query).all()
        return {name: documents.load(Alarm, text) for name, text in found}

    def add(self, remediation: Remediation, *steps: Step, if_idle: bool = False) -> Remediation:
        """Keep a new remediation with its proposal; return it with its first version.

        Raises:
            StoreConflictError: if there is one with this id, or its device is not idle.
        """
        new = replace(remediation, version=1)
        row = {
            "id": new.id,
            **rows.remediation_row(new),
            "steps": len(steps),
            "worker": "",
            "claimed_until_us": None,
        }
        proposal = rows.proposal_row(new)
        with self._database.writing() as connection:
            busy = connection.scalar(queries.open_on(new.device)) if if_idle else None
            if busy is not None:
                raise StoreConflictError(f"{busy} is under way or waits on {new.device}")
            try:
                connection.execute(PROPOSALS.insert(), proposal)
                connection.execute(REMEDIATIONS.insert(), row)
            except IntegrityError as error:
                raise StoreConflictError(f"remediation {new.id} is there already") from error
            _append(connection, new, None, steps)
        return new

    def save(
        self, remediation: Remediation, *steps: Step, if_undecided: bool = False
    ) -> Remediation:
        """Replace the version that was read, append to the history; return the new version.

        Raises:
            StoreConflictError: if somebody saved it since, or decided though nobody may have, or
                another change is in hand on the same device.
        """
        name, version = remediation.id, remediation.version
        new = replace(remediation, version=version + 1)
        row = {**rows.remediation_row(new), "steps": REMEDIATIONS.c.steps + len(steps)}
        update = (
            REMEDIATIONS.update()
            .where(REMEDIATIONS.c.id == name, REMEDIATIONS.c.version == version)
            .values(row)
        )
        with self._database.writing() as connection:
            if if_undecided and deciding.decision_on(connection, name) is not None:
                raise StoreConflictError(f"remediation {name} was decided on meanwhile")
            try:
                changed = connection.execute(update).rowcount
            except IntegrityError as error:
                words = f"another change is in hand on {remediation.device}"
                raise StoreConflictError(f"remediation {name}: {words}") from error
            if changed != 1:
                raise StoreConflictError(f"remediation {name} is not of version {version} any more")
            _append(connection, new, _last(connection, name), steps)
        return new

    def remediation(self, name: str) -> Remediation | None:
        """Return a remediation by its id."""
        query = sa.select(REMEDIATIONS.c.remediation).where(REMEDIATIONS.c.id == name)
        with self._database.reading() as connection:
            text = connection.scalar(query)
        return None if text is None else rows.remediation_of(text)

    def remediations(
        self,
        *,
        only_open: bool = False,
        states: Collection[State] | None = None,
        moved_since: datetime | None = None,
    ) -> tuple[Remediation, ...]:
        """Return the remediations that meet every condition, oldest first."""
        return self._remediations(
            queries.remediations(only_open=only_open, states=states, moved_since=moved_since)
        )

    def codecs_in_force(self) -> tuple[Proposal, ...]:
        """Return the codec changes that stayed, oldest first."""
        with self._database.reading() as connection:
            found = connection.execute(queries.codecs_in_force()).scalars().all()
        return tuple(documents.load(Proposal, text) for text in found)

    def due(self, now: datetime) -> tuple[Remediation, ...]:
        """Return those whose time has come, rollbacks first, then what is in hand.

        One that cannot be read holds up no other: its device stays its own all the same.
        """
        with self._database.reading() as connection:
            found = connection.execute(queries.due(now)).scalars().all()
        return tuple(_readable(found))

    def _remediations(self, query: sa.Select[str]) -> tuple[Remediation, ...]:
        with self._database.reading() as connection:
            found = connection.execute(query).scalars().all()
        return tuple(rows.remediation_of(text) for text in found)

    def claim(self, name: str, worker: str, now: datetime, lease_s: float) -> bool:
        """Return whether `worker` now has a remediation for itself, for so long."""
        row = REMEDIATIONS.c
        is_free = sa.or_(row.worker.in_(["", worker]), row.claimed_until_us <= micros(now))
        until_us = micros(now + timedelta(seconds=lease_s))
        update = (
            REMEDIATIONS.update()
            .where(row.id == name, is_free)
            .values(worker=worker, claimed_until_us=until_us)
        )
        with self._database.writing() as connection:
            return connection.execute(update).rowcount == 1

    def release(self, name: str, worker: str) -> None:
        """Give a claim back; nothing if it is another's."""
        update = (
            REMEDIATIONS.update()
            .where(REMEDIATIONS.c.id == name, REMEDIATIONS.c.worker == worker)
            .values(worker="", claimed_until_us=None)
        )
        with self._database.writing() as connection:
            connection.execute(update)

    def decide(
        self, decision: Decision, *, quorum: int = 1, counts: Callable[[str], bool] = anybody
    ) -> Decision | None:
        """Keep the first decision on a remediation and return the one that stands.

        Raises:
            StoreConflictError: if the remediation waits for no decision any more.
        """
        with self._database.writing() as connection:
            return deciding.decide(connection, decision, quorum, counts)

    def decision(self, name: str) -> Decision | None:
        """Return what was decided on a remediation."""
        with self._database.reading() as connection:
            return deciding.decision_on(connection, name)

    def votes(self, name: str) -> tuple[Decision, ...]:
        """Return the approvals of a remediation, one a person, in the order they were made."""
        with self._database.reading() as connection:
            return deciding.votes(connection, name)

    def history(self, name: str) -> tuple[Entry, ...]:
        """Return what happened to a remediation, in order."""
        query = sa.select(HISTORY).where(HISTORY.c.remediation == name).order_by(HISTORY.c.seq)
        with self._database.reading() as connection:
            return tuple(rows.entry_of(row) for row in connection.execute(query))

    def broken_link(self, name: str) -> BrokenLink | None:
        """Return the first entry that is not what was written, or that the record contradicts.

        What an old version wrote does not name its plan, and is held to the rest.
        """
        with self._database.reading() as connection:
            return proof.broken_link(connection, name)

    def heads(self) -> Mapping[str, str]:
        """Return the hash of each history's last entry, by remediation; empty: it has none.

        Kept elsewhere they show what nothing in the record itself can: that all of it was
        replaced.  A hash that was once a head stays in its history as long as that is whole.
        """
        with self._database.reading() as connection:
            return proof.heads(connection)

    def past_changes(self) -> tuple[PastChange, ...]:
        """Return every change that was started."""
        query = sa.select(REMEDIATIONS.c.past).where(REMEDIATIONS.c.past.is_not(None))
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(REMEDIATIONS.c.id)).scalars().all()
        return tuple(documents.load(PastChange, text) for text in found if text is not None)

    def controls(self) -> Controls:
        """Return what is paused and what is switched off."""
        with self._database.reading() as connection:
            return switches.controls(connection)

    def pause(self, by: str) -> None:
        """Start no change until `resume`; who paused first stays on record."""
        with self._database.writing() as connection:
            switches.switch(connection, switches.PAUSED, by)

    def resume(self, by: str) -> None:
        """Let changes start again."""
        del by  # the history of switches is not kept yet
        with self._database.writing() as connection:
            switches.forget(connection, switches.PAUSED)

    def switch_auto_off(self, risk: Risk, why: str) -> None:
        """Ask a person for every change of a tier until `switch_auto_on`; the first why stays."""
        with self._database.writing() as connection:
            switches.switch(connection, switches.AUTO_OFF + risk, why)

    def switch_auto_on(self, risk: Risk, by: str, now: datetime) -> None:
        """Allow changes of a tier without a person again; earlier failures no longer count."""
        off, on = switches.AUTO_OFF + risk, switches.AUTO_ON + risk
        with self._database.writing() as connection:
            switches.forget(connection, off, on)
            switches.switch(connection, on, by, micros(now))


def _readable(texts: Sequence[str]) -> Iterator[Remediation]:
    for text in texts:
        try:
            yield rows.remediation_of(text)
        except StoreError as error:
            log.error("stored change ignored", extra={"why": str(error)})  # noqa: TRY400 - known


def _last(connection: Connection, name: str) -> Entry | None:
    query = sa.select(HISTORY).where(HISTORY.c.remediation == name)
    found = connection.execute(query.order_by(HISTORY.c.seq.desc()).limit(1)).one_or_none()
    return None if found is None else rows.entry_of(found)


def _append(
    connection: Connection, new: Remediation, last: Entry | None, steps: Sequence[Step]
) -> None:
    named = [
        history.naming(
            step, new.plan_hash if step.event == history.APPROVED else new.proposal.plan_hash
        )
        for step in steps
    ]
    entries = history.append(new.id, last, named)
    if not entries:
        return
    connection.execute(HISTORY.insert(), [rows.entry_row(entry) for entry in entries])
    for letter in letters_of(new, entries):
        outbox.put(connection, letter)


def _moved(connection: Connection, alarms: Sequence[Alarm]) -> Iterator[Alarm]:
    """Yield the alarms that are not known in their state."""
    query = sa.select(ALARMS.c.id, ALARMS.c.state)
    known = {
        row.id: row.state
        for row in connection.execute(query.where(ALARMS.c.id.in_([one.id for one in alarms])))
    }
    for alarm in alarms:
        if known.get(alarm.id) != alarm.state.value:
            yield alarm
