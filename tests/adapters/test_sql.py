"""SQLite as the store: files, processes, numbers and versions."""

import json
import sqlite3
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from qosbot.adapters.sql import SqlStore, database
from qosbot.adapters.sql.schema import HEAD, METADATA
from qosbot.domain.errors import StoreError
from qosbot.domain.metrics import Measured, Reason, derive
from qosbot.domain.paths import Unmeasured
from tests.contracts.store_values import at, metrics, path_score, run, sample, way

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "qosbot.db"


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def change(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql)


def made(path: Path) -> Path:
    SqlStore.open(path).close()
    return path


@contextmanager
def writer(path: Path, device: str, polls: int) -> Iterator["subprocess.Popen[str]"]:
    """Run a process that writes polls; it is gone when the block ends."""
    module = "tests.adapters.store_writer"
    with subprocess.Popen(
        [sys.executable, "-m", module, str(path), device, str(polls)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def lines(process: "subprocess.Popen[str]", count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline() for _ in range(count)]


def test_a_database_is_made_with_its_directory(tmp_path: Path) -> None:
    path = tmp_path / "new" / "qosbot.db"
    with SqlStore.open(path) as store:
        store.record_poll(at(0), [sample()], [], {})
    with SqlStore.open(str(path)) as store:
        assert store.baseline(["r1"]) == {"r1": sample()}
    assert query(path, "PRAGMA journal_mode") == [("wal",)]


def test_the_migrations_lead_to_the_schema(path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{made(path)}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()
    folder = Path(database.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_current_head() == HEAD


def test_the_migrations_make_the_same_kinds_of_tables(path: Path, tmp_path: Path) -> None:
    by_schema = sa.create_engine(f"sqlite:///{tmp_path / 'schema.db'}")
    METADATA.create_all(by_schema)
    by_schema.dispose()
    kinds = (
        "SELECT name, wr, strict FROM pragma_table_list WHERE name NOT LIKE 'sqlite%' ORDER BY 1"
    )
    migrated = [row for row in query(made(path), kinds) if row[0] != "alembic_version"]
    assert migrated == query(tmp_path / "schema.db", kinds)
    assert all(strict for _, _, strict in migrated)


def test_every_table_and_column_says_what_it_holds() -> None:
    assert all(table.comment for table in METADATA.tables.values())
    assert all(column.comment for table in METADATA.tables.values() for column in table.columns)


def test_numpys_numbers_are_kept_as_numbers(path: Path) -> None:
    half: Any = np.float32(0.5)
    thousand: Any = np.int64(1000)
    forward = replace(way(), loss_ratio=Measured(half), packets=thousand)
    with SqlStore.open(path) as store:
        store.record_poll(at(0), [], [metrics(run(np.float64(50.0), forward=forward))], {})
        store.record_scores(at(0), [path_score(mos=np.float64(4.0))])
    kinds = "SELECT typeof(run_stamp_s), typeof(forward_loss_ratio), typeof(forward_packets)"
    assert query(path, f"{kinds} FROM probe_runs") == [("real", "real", "integer")]
    assert query(path, "SELECT mos FROM scores WHERE mos = 4.0") == [(4.0,)]


def test_an_integer_that_no_database_holds_does_not_cost_the_poll(path: Path) -> None:
    odd = replace(sample(), clock=replace(sample().clock, engine_boots=2**64))
    with SqlStore.open(path) as store:
        store.record_poll(at(0), [odd], [], {})
        assert store.baseline(["r1"]) == {"r1": odd}


def test_what_was_not_measured_is_null_and_says_why(path: Path) -> None:
    with SqlStore.open(path) as store:
        store.record_poll(at(0), [sample()], [derive(None, sample())], {})
    ((rate_bps, states),) = query(path, "SELECT in_rate_bps, states FROM interface_history")
    assert rate_bps is None
    assert json.loads(str(states))["in_rate_bps"] == "not_measured:first_poll"


def test_rates_of_interfaces_and_classes_are_history(path: Path) -> None:
    first, second = sample(octets=0), sample(minutes=1, octets=6000)
    with SqlStore.open(path) as store:
        store.record_poll(at(0), [first], [derive(None, first)], {})
        store.record_poll(at(1), [second], [derive(first, second)], {})
    rates = "SELECT interval_s, in_rate_bps FROM interface_history ORDER BY at_us"
    assert query(path, rates)[1:] == [(60.0, 800.0)]
    rates = "SELECT class_path, offered_rate_bps FROM class_history ORDER BY at_us"
    assert query(path, rates)[1:] == [('["WAN", "VOICE"]', 800.0)]


def test_the_last_metrics_and_scores_come_back_in_full(path: Path) -> None:
    good, bad = path_score(), Unmeasured(path="other", reason=Reason.NO_PROBE)
    meant = derive(None, sample())
    with SqlStore.open(path) as store:
        store.record_poll(at(0), [sample()], [meant], {})
        store.record_poll(at(1), [], [], {"r1": "no answer"})
        store.record_scores(at(0), [good, bad])
        assert store.latest_metrics(["r1", "r2"]) == {"r1": meant}
        assert store.latest_scores() == {"paris-lyon": good, "other": bad}


def test_a_baseline_of_another_shape_is_as_if_there_was_none(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with SqlStore.open(path) as store:
        store.record_poll(at(0), [sample()], [], {})
        change(path, 'UPDATE baselines SET sample = \'{"device":"r1"}\'')
        assert store.baseline(["r1"]) == {}
    assert caplog.messages == ["stored document ignored"]


@pytest.mark.parametrize("place", ["", "file/qosbot.db", "no/such/qosbot.db"])
def test_a_place_that_cannot_hold_a_database_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError) as caught:
        SqlStore.open(tmp_path / place)
    assert str(caught.value).startswith(f"{tmp_path / place}: ")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.write_bytes(b"minutes of the meeting\n" * 500)
    with pytest.raises(StoreError, match="is not a SQLite database, or it is damaged") as caught:
        SqlStore.open(path)
    assert caught.value.hint.startswith("name another file with --database")
    assert path.read_bytes() == b"minutes of the meeting\n" * 500


def test_a_damaged_database_says_so(path: Path) -> None:
    with SqlStore.open(path) as store:
        store.record_poll(at(0), [sample()], [derive(None, sample())], {})
    change(path, "VACUUM")
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged") as caught, SqlStore.open(path) as store:
        store.baseline(["r1"])
    assert "move it away with its -wal and -shm files" in caught.value.hint


def test_the_database_of_a_newer_version_is_refused(path: Path) -> None:
    change(made(path), "UPDATE alembic_version SET version_num = 'v9999'")
    said = rf"newer qosbot \(schema v9999; this one knows {HEAD}\)"
    with pytest.raises(StoreError, match=said) as caught:
        SqlStore.open(path)
    assert caught.value.hint.startswith("use the newer qosbot")


def test_the_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    change(path, "CREATE TABLE invoices (number INTEGER)")
    with pytest.raises(StoreError, match=r"another program \(invoices\)") as caught:
        SqlStore.open(path)
    assert caught.value.hint.startswith("name another file")
    assert query(path, "SELECT name FROM sqlite_schema") == [("invoices",)]


def test_a_lock_that_is_never_released_is_an_error_in_words(path: Path) -> None:
    with (
        SqlStore.open(path, busy_timeout_s=0.05) as store,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="was kept locked by another process") as caught:
            store.record_poll(at(0), [sample()], [], {})
        assert caught.value.hint == "another process holds it; try again"
        other.execute("ROLLBACK")
        store.record_poll(at(0), [sample()], [], {})


def test_what_was_to_be_written_is_in_no_trace(path: Path) -> None:
    given = {"words": "no, the " + "password is 1234"}
    with (
        closing(database.opened(path)) as opened,
        pytest.raises(StoreError) as caught,
        opened.writing() as connection,
    ):
        connection.execute(sa.text("INSERT INTO nowhere VALUES (:words)"), given)
    assert given["words"] not in "".join(traceback.format_exception(caught.value))


def test_a_database_that_was_taken_away_is_neither_read_nor_written(path: Path) -> None:
    with closing(database.opened(path)) as found:
        store = SqlStore(found)
        found.try_out()
        for one in path.parent.glob("qosbot.db*"):
            one.rename(one.with_name(f"old-{one.name}"))
        for use in (found.try_out, store.device_states, lambda: store.delete_before(at(0))):
            with pytest.raises(StoreError, match="was moved, removed or replaced"):
                use()
        assert not path.exists()
        made(path)  # by a verb, say
        with pytest.raises(StoreError, match="was moved, removed or replaced"):
            found.try_out()


def test_a_database_that_was_put_back_is_used_again(path: Path) -> None:
    with closing(database.opened(path)) as found:
        path.rename(path.with_name("away.db"))
        with pytest.raises(StoreError, match="was moved, removed or replaced"):
            found.try_out()
        path.with_name("away.db").rename(path)
        found.try_out()


def test_what_was_written_while_the_file_was_taken_away_does_not_count(path: Path) -> None:
    with (
        closing(database.opened(path)) as found,
        pytest.raises(StoreError, match="was moved, removed or replaced"),
        found.writing(),
    ):
        path.unlink()


def test_trying_a_database_out_writes_to_it_and_changes_nothing(path: Path) -> None:
    with closing(database.opened(path)) as found:
        wal = path.with_name("qosbot.db-wal")
        before = wal.stat().st_size
        found.try_out()
        assert wal.stat().st_size > before
        assert query(path, "SELECT count(*) FROM device_state") == [(0,)]


def test_a_database_that_can_only_be_read_is_not_sound(path: Path) -> None:
    with (
        closing(database.opened(path, busy_timeout_s=0.05)) as found,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        assert SqlStore(found).device_states() == {}
        with pytest.raises(StoreError, match="kept locked"):
            found.try_out()
        other.execute("ROLLBACK")
        found.try_out()


def test_a_poll_that_fails_half_way_leaves_nothing(path: Path) -> None:
    with SqlStore.open(path) as store:
        change(path, "DROP TABLE probe_runs")
        with pytest.raises(StoreError, match="no such table"):
            store.record_poll(at(0), [sample()], [metrics(run(50.0))], {})
        assert store.baseline(["r1"]) == {}
        assert store.device_states() == {}


@pytest.mark.slow
def test_processes_that_open_a_new_database_at_once_all_write_to_it(path: Path) -> None:
    polls = 30
    with (
        writer(path, "r1", polls) as one,
        writer(path, "r2", polls) as two,
        writer(path, "r2", polls) as three,
    ):
        assert [process.wait(60) for process in (one, two, three)] == [0, 0, 0]
    with SqlStore.open(path) as store:
        last = sample(minutes=polls - 1, octets=1000 * (polls - 1))
        assert store.baseline(["r1", "r2"]) == {
            name: replace(last, device=name) for name in ("r1", "r2")
        }
    assert query(path, "SELECT device, count(*) FROM interface_history GROUP BY 1") == [
        ("r1", polls),
        ("r2", polls),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("polls", [1, 7, 20])
def test_a_killed_writer_leaves_whole_polls(path: Path, polls: int) -> None:
    with writer(path, "r1", 10**6) as process:
        assert lines(process, polls)[-1] == f"{polls - 1}\n"
        process.kill()
        process.wait(60)
    with SqlStore.open(path) as store:
        kept = store.baseline(["r1"])["r1"].taken_at
        assert kept >= at(polls - 1)
        assert store.device_states()["r1"].answered_at == kept
        assert store.device_states()["mute"].polled_at == kept
        assert store.latest_metrics(["r1"])["r1"].taken_at == kept
    minutes = int((kept - at(0)).total_seconds() // 60)
    assert query(path, "SELECT count(*) FROM class_history") == [(minutes + 1,)]
