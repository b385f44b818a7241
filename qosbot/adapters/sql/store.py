"""What was measured, kept in SQLite; fulfils `qosbot.ports.keeping.Store`."""

import json
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection, Executable

from qosbot.adapters.sql import documents, rows, statements
from qosbot.adapters.sql.database import Database, opened
from qosbot.adapters.sql.rows import Row, ScoredPath, micros, moment
from qosbot.adapters.sql.schema import (
    BASELINES,
    CLASS_HISTORY,
    DEVICE_STATE,
    EGRESS_LOADS,
    INTERFACE_HISTORY,
    PATH_STATE,
    PROBE_RUNS,
    SCORES,
)
from qosbot.domain.egress_loads import EgressLoad
from qosbot.domain.inventory import Direction, LinkId, ProbeId
from qosbot.domain.metrics import DeviceMetrics, Grade, ProbeMetrics
from qosbot.domain.path_scores import PathScore
from qosbot.domain.paths import Unmeasured
from qosbot.domain.samples import DeviceSample, FlowDirection
from qosbot.ports.keeping import DeviceState, ScoreRow

log = logging.getLogger(__name__)

T = TypeVar("T")

_APART_US = 600_000_000
_LAST_ANSWER = ("answered_at_us", "uptime_s", "engine_boots", "engine_id", "metrics")
_HISTORY = (
    (INTERFACE_HISTORY, INTERFACE_HISTORY.c.at_us),
    (CLASS_HISTORY, CLASS_HISTORY.c.at_us),
    (PROBE_RUNS, PROBE_RUNS.c.seen_at_us),
    (PATH_STATE, PATH_STATE.c.at_us),
)


class SqlStore:
    """A store for several threads and processes at once; every call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, where: Path | str, *, busy_timeout_s: float = 5.0) -> Self:
        """Open a database file; make it, and the directory that it is in, where there is none.

        Raises:
            StoreError: if it cannot be used, is not ours, or is of a newer version.
        """
        return cls(opened(where, busy_timeout_s))

    def close(self) -> None:
        """Close every connection; the store cannot be used after that."""
        self._database.close()

    def __enter__(self) -> Self:
        """Return the store."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def baseline(self, devices: Collection[str]) -> Mapping[str, DeviceSample]:
        """Return the last sample of each device that has one that this version can read."""
        query = sa.select(BASELINES.c.device, BASELINES.c.sample)
        with self._database.reading() as connection:
            found = connection.execute(query.where(BASELINES.c.device.in_(devices))).all()
        return dict(_readable(DeviceSample, found))

    def record_poll(
        self,
        polled_at: datetime,
        samples: Sequence[DeviceSample],
        metrics: Sequence[DeviceMetrics],
        silent: Mapping[str, str],
    ) -> None:
        """Keep the metrics, and the samples as the next baseline, in one transaction.

        A sample older than the stored baseline does not replace it.  A probe run that is
        already known is renewed, not kept twice.  A silent device keeps its baseline.
        """
        meant = {one.device: one for one in metrics}
        # Every row is made before the lock is taken.
        answered = [rows.state_row(one, meant.get(one.device), polled_at) for one in samples]
        baselines = [rows.baseline_row(one) for one in samples]
        interfaces = [row for one in metrics for row in rows.interface_rows(one)]
        loads = [row for one in metrics for row in rows.load_rows(one)]
        classes = [row for one in metrics for row in rows.class_rows(one)]
        runs = [row for one in metrics for row in rows.run_rows(one)]
        quiet = [rows.silent_row(device, why, polled_at) for device, why in silent.items()]
        with self._database.writing() as connection:
            newest = statements.keep_newest
            _execute(connection, newest(DEVICE_STATE, "polled_at_us"), answered)
            _execute(connection, newest(DEVICE_STATE, "polled_at_us", but=_LAST_ANSWER), quiet)
            _execute(connection, newest(BASELINES, "taken_at_us"), baselines)
            _execute(connection, statements.keep_first(INTERFACE_HISTORY), interfaces)
            _execute(connection, statements.add_load(), loads)
            _execute(connection, statements.keep_first(CLASS_HISTORY), classes)
            _keep_runs(connection, runs)

    def device_states(self) -> Mapping[str, DeviceState]:
        """Return how polling went for every device that was ever polled."""
        state = DEVICE_STATE.c
        query = sa.select(state.device, state.polled_at_us, state.answered_at_us, state.silent)
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(state.device)).all()
        return {
            device: DeviceState(
                device=device,
                polled_at=moment(polled_at_us),
                answered_at=None if answered_at_us is None else moment(answered_at_us),
                silent=silent,
            )
            for device, polled_at_us, answered_at_us, silent in found
        }

    def latest_metrics(self, devices: Collection[str]) -> Mapping[str, DeviceMetrics]:
        """Return what each device's last answer meant; it may be old, see its `taken_at`."""
        state = DEVICE_STATE.c
        query = sa.select(state.device, state.metrics).where(
            state.device.in_(devices), state.metrics.is_not(None)
        )
        with self._database.reading() as connection:
            found = connection.execute(query).all()
        return dict(_readable(DeviceMetrics, found))

    def recent_probe_runs(
        self, probes: Collection[ProbeId], limit: int
    ) -> Mapping[ProbeId, tuple[ProbeMetrics, ...]]:
        """Return up to `limit` distinct runs of each probe that is known, newest first.

        The newest is as the latest poll saw it; it may be "has never run".
        """
        runs = PROBE_RUNS.c
        query = (
            sa.select(runs.device, runs.run)
            .where(
                runs.device == sa.bindparam("device"), runs.operation == sa.bindparam("operation")
            )
            .order_by(runs.seen_at_us.desc(), runs.run_at_us.desc())
            .limit(limit)
        )
        with self._database.reading() as connection:
            found = {
                probe: connection.execute(
                    query, {"device": probe.device, "operation": probe.operation}
                ).all()
                for probe in probes
            }
        read = {
            probe: tuple(run for _, run in _readable(ProbeMetrics, documents_of))
            for probe, documents_of in found.items()
        }
        return {probe: runs_of for probe, runs_of in read.items() if runs_of}

    def record_scores(self, at: datetime, scores: Sequence[PathScore | Unmeasured]) -> None:
        """Keep one point of history for each path, and its score in full as the last one."""
        history = [row for score in scores for row in rows.score_rows(at, score)]
        full = [rows.path_row(at, score) for score in scores]
        with self._database.writing() as connection:
            _execute(connection, statements.keep_newest(SCORES, "at_us"), history)
            _execute(connection, statements.keep_newest(PATH_STATE, "at_us"), full)

    def latest_scores(self) -> Mapping[str, PathScore | Unmeasured]:
        """Return the last score of every path that was ever scored, in full."""
        with self._database.reading() as connection:
            found = connection.execute(sa.select(PATH_STATE.c.path, PATH_STATE.c.score)).all()
        return {path: scored.score for path, scored in _readable(ScoredPath, found)}

    def score_history(
        self, path: str, since: datetime, until: datetime | None = None
    ) -> tuple[ScoreRow, ...]:
        """Return the scores of a path since a time and before another, oldest first."""
        scores = SCORES.c
        before = sa.true() if until is None else scores.at_us < micros(until)
        query = (
            sa.select(scores.at_us, scores.direction, scores.mos, scores.reason, scores.grade)
            .where(scores.path == path, scores.at_us >= micros(since), before)
            .order_by(scores.at_us)
        )
        with self._database.reading() as connection:
            found = connection.execute(query).all()
        return tuple(
            _score_row(at_us, {row.direction: row.mos for row in both}, both[0])
            for at_us, both in (
                (at_us, list(group)) for at_us, group in groupby(found, key=lambda row: row.at_us)
            )
        )

    def drop_history(
        self, link: LinkId, class_path: tuple[str, ...], since: datetime
    ) -> tuple[tuple[datetime, float], ...]:
        """Return when and how much a class on the way out of a link dropped, in 0..1."""
        drops = CLASS_HISTORY.c
        query = (
            sa.select(drops.at_us, drops.drop_ratio)
            .where(
                drops.at_us >= micros(since),
                drops.device == link.device,
                drops.interface == link.interface,
                drops.direction == FlowDirection.OUT.value,
                drops.class_path == json.dumps(class_path),
                drops.drop_ratio.is_not(None),
            )
            .order_by(drops.at_us)
        )
        with self._database.reading() as connection:
            return tuple((moment(at), ratio) for at, ratio in connection.execute(query))

    def egress_loads(
        self, links: Collection[LinkId], since: datetime
    ) -> Mapping[LinkId, tuple[EgressLoad, ...]]:
        """Return what left by each link in bins of time that began since, oldest first."""
        loads = EGRESS_LOADS.c
        query = (
            sa.select(loads.from_us, loads.bits, loads.measured_s)
            .where(
                loads.device == sa.bindparam("device"),
                loads.interface == sa.bindparam("interface"),
                loads.from_us >= micros(since),
                loads.measured_s > 0,
            )
            .order_by(loads.from_us)
        )
        with self._database.reading() as connection:
            return {
                link: tuple(
                    EgressLoad(
                        from_at=moment(from_us), rate_bps=bits / measured_s, measured_s=measured_s
                    )
                    for from_us, bits, measured_s in connection.execute(
                        query, {"device": link.device, "interface": link.interface}
                    )
                )
                for link in links
            }

    def delete_before(self, at: datetime, *, scores_since: datetime | None = None) -> None:
        """Forget history older than `at`; baselines and device states stay.

        Scores stay since `scores_since` where that is longer, but in what is older than `at`
        only the first in each ten minutes.  A table is a transaction, and so is a path in it, so
        that nobody waits for all of them.
        """
        for table, time in _HISTORY:
            with self._database.writing() as connection:
                connection.execute(table.delete().where(time < micros(at)))
        oldest = at if scores_since is None else min(at, scores_since)
        with self._database.writing() as connection:
            connection.execute(SCORES.delete().where(SCORES.c.at_us < micros(oldest)))
        if oldest == at:
            return
        with self._database.reading() as connection:
            paths = connection.scalars(sa.select(SCORES.c.path).distinct()).all()
        thin = statements.thin_scores(micros(oldest), micros(at), _APART_US)
        for path in paths:
            with self._database.writing() as connection:
                connection.execute(thin, {"of_path": path})

    def delete_loads_before(self, at: datetime) -> None:
        """Forget what left by interfaces in bins that began before `at`."""
        is_old = EGRESS_LOADS.c.from_us < micros(at)
        with self._database.writing() as connection:
            connection.execute(EGRESS_LOADS.delete().where(is_old))


def _execute(connection: Connection, statement: Executable, given: Sequence[Row]) -> None:
    if given:
        connection.execute(statement, given)


def _keep_runs(connection: Connection, runs: Sequence[Row]) -> None:
    # A column's name is taken as a parameter by SQLAlchemy itself.
    given = [{f"b_{name}": value for name, value in row.items()} for row in runs]
    _execute(connection, statements.forget_idleness(), given)
    _execute(connection, statements.see_run_again(), given)
    _execute(connection, statements.add_new_run(), given)


def _readable(kind: type[T], found: Iterable[sa.Row[str, str]]) -> Iterator[tuple[str, T]]:
    """Return what this version can read; what it cannot is as if it had never been there."""
    for name, text in found:
        try:
            yield name, documents.load(kind, text)
        except documents.UnreadableDocumentError:
            log.warning("stored document ignored", extra={"about": name, "kind": kind.__name__})


def _score_row(
    at_us: int, mos: Mapping[str, float | None], either: sa.Row[*tuple[Any, ...]]
) -> ScoreRow:
    return ScoreRow(
        at=moment(at_us),
        mos_forward=mos.get(Direction.FORWARD),
        mos_backward=mos.get(Direction.BACKWARD),
        reason=either.reason,
        grade=Grade(either.grade),
    )
