"""Opening the database: SQLite in WAL, several processes at once, migrated to this version."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from qosbot.adapters.sql.schema import HEAD
from qosbot.domain.errors import StoreError

_WRITES = "qosbot_writes"
_MIGRATIONS = Path(__file__).parent / "migrations"

_MOVE = "move it away with its -wal and -shm files: a new one is made, without the history"
_OTHER = "name another file with --database or QOSBOT_DATABASE"
_CAUSES = (
    ("unable to open", "cannot be opened or made", "check its path and permissions"),
    ("not a database", "is not a SQLite database, or it is damaged", f"{_OTHER}, or {_MOVE}"),
    ("malformed", "is damaged", _MOVE),
    (
        "locked",
        "was kept locked by another process for too long",
        "another process holds it; try again",
    ),
    ("readonly", "cannot be written", "check the owner and mode of the file and its directory"),
    ("full", "cannot grow: the disk is full", "free some space, then try again"),
)
"""What the driver says, what that means, and what to do about it."""


class Database:
    """One SQLite file; every call to `reading` or `writing` is one transaction."""

    def __init__(self, path: Path, *, busy_timeout_s: float) -> None:
        self.path = path
        self._opened: os.stat_result | None = None
        self._engine = _engine(path, busy_timeout_s)
        self._writer = self._engine.execution_options(**{_WRITES: True})

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees the database as it is at its first statement.

        Raises:
            StoreError: if the file cannot be used, or is not where it was opened any more.
        """
        self._require_in_place()
        with translated(self.path), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection that nobody else writes beside; keep it short, without I/O inside.

        Raises:
            StoreError: as `reading` does; also if the file was taken away meanwhile.
        """
        self._require_in_place()
        with translated(self.path), self._writer.begin() as connection:
            yield connection
        self._require_in_place()

    def try_out(self) -> None:
        """Write as little as can be, to learn whether that is possible; it changes nothing.

        Raises:
            StoreError: if it is not.
        """
        with self.writing() as connection:
            # Writing a number of the file's head, which is nobody's else, writes a whole page.
            connection.exec_driver_sql("PRAGMA user_version = 0")

    def _require_in_place(self) -> None:
        """Reject work on a file that nobody else would open: it goes on without its name."""
        if self._opened is None:
            return
        try:
            is_in_place = os.path.samestat(self._opened, self.path.stat())
        except OSError:
            is_in_place = False
        if not is_in_place:
            what = f"{self.path}: was moved, removed or replaced since it was opened"
            raise _error(
                what, "put it back with its -wal and -shm files, or restart on what is there"
            )

    def prepare(self, busy_timeout_s: float) -> None:
        """Make or migrate the tables; safe in several processes at the same time.

        Raises:
            StoreError: if the file cannot be used, is not ours, or is of a newer version.
        """
        with translated(self.path):
            _use_wal(self._engine, busy_timeout_s)
        try:
            self._opened = self.path.stat()
        except OSError as error:
            raise _error(f"{self.path}: was removed while it was opened", "try again") from error
        with self.reading() as connection:
            if self._revision(connection) == HEAD:
                return
        with self.writing() as connection:
            # Somebody else may have migrated while we waited for the lock.
            found = self._revision(connection)
            if found != HEAD:
                _migrate(connection, self.path, found)

    def _revision(self, connection: Connection) -> str | None:
        tables = sa.inspect(connection).get_table_names()
        if "alembic_version" in tables:
            version = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
            return None if version is None else str(version)
        if tables:
            what = f"{self.path}: holds the tables of another program ({tables[0]})"
            raise _error(what, _OTHER)
        return None

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def opened(where: Path | str, busy_timeout_s: float = 5.0) -> Database:
    """Return a database file of this version; make it, and its directory, where there is none.

    Raises:
        StoreError: if it cannot be used, is not ours, or is of a newer version.
    """
    path = Path(where)
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        what = f"{path}: its directory cannot be made ({error.strerror})"
        raise _error(what, "check its path and permissions") from error
    database = Database(path, busy_timeout_s=busy_timeout_s)
    try:
        database.prepare(busy_timeout_s)
    except BaseException:  # a Ctrl-C too must leave no connection open; it goes on its way
        database.close()
        raise
    return database


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what the driver raises into one line that names the file and the cause."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        said = str(error.orig if isinstance(error, DBAPIError) else error)
        unknown = ("", "cannot be used", StoreError.hint)
        _, cause, hint = next((one for one in _CAUSES if one[0] in said), unknown)
        raise _error(f"{path}: {cause} ({said})", hint) from error


def _error(what: str, hint: str) -> StoreError:
    error = StoreError(what)
    error.hint = hint
    return error


def _engine(path: Path, busy_timeout_s: float) -> Engine:
    engine = sa.create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": busy_timeout_s},
        # A trace in the log would else hold what people wrote, as they wrote it.
        hide_parameters=True,
    )
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", _begin)
    return engine


def _leave_transactions_to_us(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    # The driver would begin late and deferred, and not at all before DDL.
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    # A transaction that reads and then writes fails at once, whatever the time-out, if another
    # wrote in between; so whoever is going to write takes the lock first.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _use_wal(engine: Engine, busy_timeout_s: float) -> None:
    """Switch the file to WAL, which lasts; the switch itself does not wait for a lock."""
    deadline = time.monotonic() + busy_timeout_s
    connection = engine.raw_connection()
    try:
        while True:
            try:
                connection.cursor().execute("PRAGMA journal_mode=WAL").close()
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)  # this one statement does not wait for a lock by itself
            else:
                return
    finally:
        connection.close()


def _migrate(connection: Connection, path: Path, found: str | None) -> None:
    # Half a second of imports that an up-to-date database does not need.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise _error(
            f"{path}: was written by a newer qosbot (schema {found}; this one knows {HEAD})",
            f"use the newer qosbot, or {_OTHER}",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
