"""Audits and the configurations behind them, in SQLite; fulfils `qosbot.ports.auditing.Audits`."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import insert

from qosbot.adapters.sql import documents, outbox
from qosbot.adapters.sql.audits_schema import (
    AUDIT_DEVICES,
    AUDIT_FINDINGS,
    AUDIT_NIGHTS,
    AUDITS,
    CONFIG_VERSIONS,
)
from qosbot.adapters.sql.database import Database
from qosbot.adapters.sql.rows import Row, micros, moment
from qosbot.domain.audit.findings import AuditFinding, DeviceAudit
from qosbot.domain.audit.nights import NetworkAudit
from qosbot.domain.audit.schedule import Night
from qosbot.domain.messages import Letter
from qosbot.ports.auditing import CollectedConfig, Collection, KeptConfig, LastAudit

log = logging.getLogger(__name__)

_D, _F, _N, _V = AUDIT_DEVICES.c, AUDIT_FINDINGS.c, AUDIT_NIGHTS.c, CONFIG_VERSIONS.c


class SqlAudits:
    """Every call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def nights(self) -> tuple[Night, ...]:
        """Return what became of the nights that are kept."""
        with self._database.reading() as connection:
            found = connection.execute(sa.select(AUDIT_NIGHTS).order_by(_N.due_at_us)).all()
        return tuple(
            Night(due_at=moment(row.due_at_us), tries=row.tries, is_over=bool(row.is_over))
            for row in found
        )

    def begin(self, due_at: datetime) -> int:
        """Write down that a night's audit begins; return how often it has by now."""
        row = insert(AUDIT_NIGHTS).values(due_at_us=micros(due_at), tries=1, is_over=0)
        again = row.on_conflict_do_update(
            index_elements=[_N.due_at_us], set_={"tries": _N.tries + 1}
        ).returning(_N.tries)
        with self._database.writing() as connection:
            tries: int = connection.execute(again).scalar_one()
            return tries

    def end(self, due_at: datetime) -> None:
        """Write down that a night is over though nothing was found out in it."""
        with self._database.writing() as connection:
            _end(connection, due_at)

    def last(self) -> Mapping[str, LastAudit]:
        """Return what was found last in each device, by the schedule where it ever was."""
        place = sa.func.row_number().over(
            partition_by=_D.device, order_by=(_D.is_nightly.desc(), _D.began_at_us.desc())
        )
        # Ranked without their texts, which are long.
        ranked = sa.select(_D.audit, _D.device, place.label("place")).subquery()
        is_it = sa.and_(ranked.c.audit == _D.audit, ranked.c.device == _D.device)
        query = sa.select(AUDIT_DEVICES).join(ranked, is_it).where(ranked.c.place == 1)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
            found = _findings(connection, {row.audit for row in rows})
        return {
            row.device: LastAudit(device=device, began_at=moment(row.began_at_us))
            for row in rows
            if (device := _device(row.judged, found.get((row.audit, row.device), ()))) is not None
        }

    def configs(self) -> Mapping[str, KeptConfig]:
        """Return the newest version of each device's configuration."""
        with self._database.reading() as connection:
            return {
                row.device: KeptConfig(
                    text=row.config,
                    since=moment(row.first_at_us),
                    read_at=moment(row.last_at_us),
                )
                for row in connection.execute(_newest_versions())
            }

    def keep(
        self,
        audit: NetworkAudit,
        configs: Collection,
        *,
        due_at: datetime | None = None,
        letters: Sequence[Letter] = (),
    ) -> None:
        """Keep an audit and the configurations that are not what was kept before."""
        # Every row is made, and every text compared, before the lock is taken.
        row = {
            "id": audit.id,
            "began_at_us": micros(audit.began_at),
            "is_nightly": int(audit.is_nightly),
            "audit": documents.dump(replace(audit, devices=())),
        }
        devices = [_device_row(audit, one) for one in audit.devices]
        findings = [
            _finding_row(audit.id, seq, one)
            for device in audit.devices
            for seq, one in enumerate(device.findings)
        ]
        kept = self.configs()
        same: list[CollectedConfig] = []
        changed: list[CollectedConfig] = []
        for config in configs.configs.values():
            known = kept.get(config.device)
            is_same = known is not None and known.text == config.text
            (same if is_same else changed).append(config)
        with self._database.writing() as connection:
            connection.execute(AUDITS.insert(), row)
            if devices:
                connection.execute(AUDIT_DEVICES.insert(), devices)
            if findings:
                connection.execute(AUDIT_FINDINGS.insert(), findings)
            _see_again(connection, same)
            _add_versions(connection, changed)
            if due_at is not None:
                _end(connection, due_at)
            for letter in letters:
                outbox.put(connection, letter)

    def finding(self, name: str) -> AuditFinding | None:
        """Return a finding by its id, as the newest audit found it that this version can read."""
        query = (
            sa.select(_F.document)
            .join(AUDITS, AUDITS.c.id == _F.audit)
            .where(_F.finding == name)
            .order_by(AUDITS.c.began_at_us.desc())
        )
        with self._database.reading() as connection:
            for text in connection.scalars(query):
                try:
                    return documents.load(AuditFinding, text)
                except documents.UnreadableDocumentError:
                    log.warning("stored finding ignored", extra={"finding": name})
        return None

    def audit(self, name: str) -> NetworkAudit | None:
        """Return an audit by its id; None where there is none that this version can read."""
        devices = sa.select(AUDIT_DEVICES).where(_D.audit == name).order_by(_D.device)
        with self._database.reading() as connection:
            text = connection.scalar(sa.select(AUDITS.c.audit).where(AUDITS.c.id == name))
            rows = connection.execute(devices).all()
            found = _findings(connection, {name})
        if text is None:
            return None
        try:
            audit = documents.load(NetworkAudit, text)
        except documents.UnreadableDocumentError:
            return None
        read = [_device(row.judged, found.get((name, row.device), ())) for row in rows]
        return replace(audit, devices=tuple(one for one in read if one is not None))

    def delete_before(self, at: datetime) -> None:
        """Forget older audits and configurations, but not the last of any device."""
        last = sa.select(_V.device, sa.func.max(_V.seq)).group_by(_V.device)
        old_version = sa.and_(_V.last_at_us < micros(at), sa.tuple_(_V.device, _V.seq).not_in(last))
        held = sa.select(sa.func.max(_D.began_at_us)).group_by(_D.device, _D.is_nightly)
        old = sa.select(AUDITS.c.id).where(
            AUDITS.c.began_at_us < micros(at), AUDITS.c.began_at_us.not_in(held)
        )
        with self._database.writing() as connection:
            names = connection.scalars(old).all()
            for table, column in ((AUDIT_FINDINGS, _F.audit), (AUDIT_DEVICES, _D.audit)):
                connection.execute(table.delete().where(column.in_(names)))
            connection.execute(AUDITS.delete().where(AUDITS.c.id.in_(names)))
            connection.execute(CONFIG_VERSIONS.delete().where(old_version))
            newest = sa.select(sa.func.max(_N.due_at_us)).scalar_subquery()
            connection.execute(
                AUDIT_NIGHTS.delete().where(_N.due_at_us < micros(at), _N.due_at_us < newest)
            )


def _end(connection: Connection, due_at: datetime) -> None:
    row = insert(AUDIT_NIGHTS).values(due_at_us=micros(due_at), tries=0, is_over=1)
    connection.execute(
        row.on_conflict_do_update(index_elements=[_N.due_at_us], set_={"is_over": 1})
    )


def _device_row(audit: NetworkAudit, device: DeviceAudit) -> Row:
    return {
        "audit": audit.id,
        "device": device.device,
        "began_at_us": micros(audit.began_at),
        "is_nightly": int(audit.is_nightly),
        "judged": documents.dump(replace(device, findings=())),
    }


def _finding_row(audit: str, seq: int, finding: AuditFinding) -> Row:
    return {
        "audit": audit,
        "finding": finding.id,
        "seq": seq,
        "device": finding.device,
        "rule": finding.rule,
        "severity": finding.severity.value,
        "status": finding.status.value,
        "document": documents.dump(finding),
    }


def _findings(
    connection: Connection, audits: Iterable[str]
) -> dict[tuple[str, str], list[AuditFinding]]:
    """Return what was found in each device of some audits; what is unreadable is left out."""
    query = sa.select(_F.audit, _F.device, _F.document).where(_F.audit.in_(list(audits)))
    found: dict[tuple[str, str], list[AuditFinding]] = {}
    for row in connection.execute(query.order_by(_F.seq)):
        try:
            one = documents.load(AuditFinding, row.document)
        except documents.UnreadableDocumentError:
            log.warning("stored finding ignored", extra={"device": row.device})
            continue
        found.setdefault((row.audit, row.device), []).append(one)
    return found


def _device(text: str, findings: Sequence[AuditFinding]) -> DeviceAudit | None:
    try:
        return replace(documents.load(DeviceAudit, text), findings=tuple(findings))
    except documents.UnreadableDocumentError:
        return None


def _newest_versions() -> sa.Select[tuple[str, int, int, int, str]]:
    last = sa.select(_V.device, sa.func.max(_V.seq)).group_by(_V.device)
    query = sa.select(_V.device, _V.seq, _V.first_at_us, _V.last_at_us, _V.config)
    return query.where(sa.tuple_(_V.device, _V.seq).in_(last))


def _see_again(connection: Connection, configs: Iterable[CollectedConfig]) -> None:
    """Write down that the newest versions were read once more."""
    newest = sa.select(sa.func.max(_V.seq)).where(_V.device == sa.bindparam("name"))
    is_it = sa.and_(_V.device == sa.bindparam("name"), _V.seq == newest.scalar_subquery())
    update = CONFIG_VERSIONS.update().where(is_it).values(last_at_us=sa.bindparam("at_us"))
    given = [{"name": one.device, "at_us": micros(one.read_at)} for one in configs]
    if given:
        connection.execute(update, given)


def _add_versions(connection: Connection, configs: Iterable[CollectedConfig]) -> None:
    last = sa.select(_V.device, sa.func.max(_V.seq).label("seq")).group_by(_V.device)
    known = {row.device: row.seq for row in connection.execute(last)}
    rows = [
        {
            "device": one.device,
            "seq": known.get(one.device, 0) + 1,
            "first_at_us": micros(one.read_at),
            "last_at_us": micros(one.read_at),
            "config": one.text,
        }
        for one in configs
    ]
    if rows:
        connection.execute(CONFIG_VERSIONS.insert(), rows)
