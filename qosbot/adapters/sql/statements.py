"""The statements that keep a row once, and never let an older one replace a newer."""

import sqlalchemy as sa
from sqlalchemy import Insert, Table, Update, bindparam
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.sql.expression import ColumnElement, Delete

from qosbot.adapters.sql.schema import EGRESS_LOADS, PROBE_RUNS, SCORES

SAME_RUN_WITHIN_US = 30_000_000
"""Our clock's estimate of a run moves a little from poll to poll.  After a reboot the same uptime
stamp comes again, but not sooner than the device takes to boot and to get as old as that."""


def keep_newest(table: Table, time: str, *, but: tuple[str, ...] = ()) -> Insert:
    """Return an upsert by primary key, except over a row whose `time` is later.

    Columns named in `but` keep their old value where the new one is NULL.
    """
    row = insert(table)
    keys = {column.name for column in table.primary_key}
    changed = {
        column.name: sa.func.coalesce(row.excluded[column.name], column)
        if column.name in but
        else row.excluded[column.name]
        for column in table.columns
        if column.name not in keys
    }
    return row.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_=changed,
        where=row.excluded[time] >= table.columns[time],
    )


def keep_first(table: Table) -> Insert:
    """Return an insert that leaves a row alone that is already there."""
    return insert(table).on_conflict_do_nothing()


def add_load() -> Insert:
    """Return what adds to the bits and the time that are known of five minutes."""
    row, loads = insert(EGRESS_LOADS), EGRESS_LOADS.c
    return row.on_conflict_do_update(
        index_elements=list(EGRESS_LOADS.primary_key),
        set_={
            "bits": loads.bits + row.excluded.bits,
            "measured_s": loads.measured_s + row.excluded.measured_s,
        },
    )


def _same_run() -> ColumnElement[bool]:
    runs = PROBE_RUNS.c
    apart_us = sa.func.abs(runs.run_at_us - bindparam("b_run_at_us", type_=runs.run_at_us.type))
    both_idle = sa.and_(
        runs.run_at_us.is_(None), bindparam("b_run_at_us", type_=runs.run_at_us.type).is_(None)
    )
    return sa.and_(
        runs.device == bindparam("b_device"),
        runs.operation == bindparam("b_operation"),
        runs.run_stamp_s.is_not_distinct_from(
            bindparam("b_run_stamp_s", type_=runs.run_stamp_s.type)
        ),
        sa.or_(apart_us <= SAME_RUN_WITHIN_US, both_idle),
    )


_RUN_COLUMNS = tuple(column for column in PROBE_RUNS.columns if column.name != "run_id")


def see_run_again() -> Update:
    """Return what renews a run that is known, unless it was seen later than this."""
    return (
        PROBE_RUNS.update()
        .where(_same_run(), PROBE_RUNS.c.seen_at_us <= bindparam("b_seen_at_us"))
        .values({column: bindparam(f"b_{column.name}") for column in _RUN_COLUMNS})
    )


def add_new_run() -> Insert:
    """Return what adds a run that is not known."""
    given = [bindparam(f"b_{column.name}", type_=column.type) for column in _RUN_COLUMNS]
    is_known = sa.exists().where(_same_run())
    return sa.insert(PROBE_RUNS).from_select(
        [column.name for column in _RUN_COLUMNS], sa.select(*given).where(~is_known)
    )


def forget_idleness() -> Delete:
    """Return what removes "has never run" of a probe that has run since."""
    runs = PROBE_RUNS.c
    return PROBE_RUNS.delete().where(
        runs.device == bindparam("b_device"),
        runs.operation == bindparam("b_operation"),
        runs.run_stamp_s.is_(None),
        bindparam("b_run_stamp_s", type_=runs.run_stamp_s.type).is_not(None),
        runs.seen_at_us <= bindparam("b_seen_at_us"),
    )


def thin_scores(since_us: int, until_us: int, apart_us: int) -> Delete:
    """Return what leaves the first score in each stretch of a time; `of_path` is its parameter."""
    scores, others = SCORES.c, SCORES.alias("others").c
    earlier = sa.exists().where(
        others.path == scores.path,
        others.direction == scores.direction,
        others.at_us >= scores.at_us - scores.at_us % apart_us,
        others.at_us >= since_us,
        others.at_us < scores.at_us,
    )
    return SCORES.delete().where(
        scores.path == bindparam("of_path"),
        scores.at_us >= since_us,
        scores.at_us < until_us,
        earlier,
    )
