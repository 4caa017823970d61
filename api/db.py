"""Engines for SQLite and PostgreSQL, and the unit of work: the only code that begins and commits.

SQLite: WAL, `synchronous=FULL`, `BEGIN IMMEDIATE` for writers behind one process-wide lock, plain
`BEGIN` for readers. PostgreSQL: READ COMMITTED; rows are claimed with `SKIP LOCKED` by the queries.
"""

import math
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import ConnectionPoolEntry

from api.clock import Clock, DatabaseClock, SystemClock
from api.domain.audit import Origin, Via
from api.domain.errors import DomainError
from api.domain.vocabulary import ContactChannel
from api.failures import OutcomeUnknown, StorageUnusable, is_lost_race, is_transient, storage_is_broken
from api.security import Vault

BUSY_TIMEOUT_MS = 5_000
CACHE_KIB = 16_384
"""How much of the file each SQLite connection keeps in memory; SQLite's own 2 MB hold no day's indexes."""
ALL_CACHES_KIB = 65_536
"""How much all of them keep together: beyond it each makes do with what it has."""
WAL_PAGES = 4_000
"""So many pages of 4 KiB may be written ahead before they are copied into the file, each of them once.

With SQLite's own 1,000 every batch of a sweep was copied by itself, which took it a tenth of its time.
"""
STATEMENT_TIMEOUT_MS = 30_000
VANISHED_AFTER_MS = 10_000
"""How long what we sent to PostgreSQL's host may lack a receipt. A slow statement is no such silence."""
IDLE_SECONDS = 1.0
"""A connection that was used less long ago is taken as it is: should it be broken, the unit runs again."""
ATTEMPTS = 4

T = TypeVar("T")


class Database:
    """One database: its engine, its sessions, and the unit of work around every change."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._readers = engine.execution_options(doorstep_read_only=True, postgresql_readonly=True)
        engine.dialect.doorstep_vault = vault  # type: ignore[attr-defined]  # read by models.types
        # Requests and operators' commands say so where they begin; whatever does not is a job.
        self._info: dict[str, object] = {"vault": vault, "origin": Origin(Via.JOB)}
        self.set_contact_channels(ContactChannel)
        self._sessions = sessionmaker(expire_on_commit=False, info=self._info)
        # One writer at a time: waiting for this lock is fair, waiting inside SQLite is not.
        self._write_lock = threading.Lock()
        self._writer: int | None = None
        self._writing_failed = False

    @classmethod
    def connect(cls, url: str, vault: Vault, *, pool_size: int = 10) -> "Database":
        """Open the database at `url`. Creates SQLite's folder; never creates tables."""
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return cls(_sqlite_engine(url, parsed.database or ":memory:", pool_size), vault)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        engine = create_engine(
            parsed,
            pool_size=pool_size,
            max_overflow=10,
            pool_timeout=10,
            hide_parameters=True,
            connect_args={
                # A peer that vanished is noticed within 15 s; a forgotten transaction is cut.
                "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS}"
                f" -c idle_in_transaction_session_timeout={STATEMENT_TIMEOUT_MS} -c timezone=UTC",
                "connect_timeout": 5,
                "keepalives_idle": 5,
                "keepalives_interval": 5,
                "keepalives_count": 2,
                # Keepalives say nothing while sent bytes wait for their receipt; this ends that wait.
                "tcp_user_timeout": VANISHED_AFTER_MS,
            },
        )
        _ask_after_idling(engine)
        return cls(engine, vault)

    @contextmanager
    def unit_of_work(self, *, read_only: bool = False) -> Iterator[Session]:
        """One transaction: committed at the end, rolled back when anything is raised.

        A `DomainError` that keeps its changes commits them before it goes on. With `read_only` the
        database refuses every change, and on SQLite no writer is waited for.
        """
        alone = self._alone() if self.is_sqlite and not read_only else nullcontext()
        watched = nullcontext() if read_only else self._watched()
        with alone, watched, self._sessions(bind=self._readers if read_only else self.engine) as session:
            try:
                yield session
            except DomainError as refusal:
                if refusal.keeps_changes and not read_only:
                    _commit(session)
                raise
            if read_only:
                # What was never flushed has not reached the database, which would have refused it.
                assert not (session.new or session.dirty or session.deleted), "changed in a read-only unit"
            else:
                _commit(session)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        me = threading.get_ident()
        # Without this a thread that begins a second unit inside its first would wait for itself, for ever.
        assert self._writer != me, "a unit of work inside another"
        with self._write_lock:
            self._writer = me
            try:
                yield
            finally:
                self._writer = None

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as failure:
            self._writing_failed |= storage_is_broken(failure)
            raise

    def takes_writes(self) -> bool:
        """Tell whether the disk takes what is written. It is tried only after writing has failed here."""
        if self._writing_failed:
            try:
                self.try_writing()
            except DBAPIError:
                return False
            self._writing_failed = False
        return True

    def try_writing(self) -> None:
        """Write a row as it is, and commit. Raises DBAPIError."""
        with self.unit_of_work() as session:
            session.execute(text("UPDATE alembic_version SET version_num = version_num"))

    def check_storage(self) -> None:
        """Raise StorageUnusable for an SQLite file that takes no writes: better at the start than later."""
        try:
            if self.is_sqlite:
                self.try_writing()
        except DBAPIError as failure:
            if storage_is_broken(failure):
                raise StorageUnusable(self.engine.url.database, failure.orig) from failure

    def set_default_wait_limit(self, seconds: int | None) -> None:
        """Let the operator's wait limit fill the policy of branches that set none."""
        self._info["wait_limit_seconds"] = seconds

    def set_contact_channels(self, channels: Iterable[ContactChannel]) -> None:
        """Say by which channels contacts can be written to. At first it is all of them."""
        self._info["contact_channels"] = frozenset(channels)

    def clock(self) -> Clock:
        """Return the clock that decides what is due: the database's own where there is a server."""
        if self.is_sqlite:
            return SystemClock()
        return DatabaseClock(self._server_time)

    def _server_time(self) -> datetime:
        with self.engine.connect() as connection:
            instant: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
            return instant.astimezone(UTC)

    def close(self) -> None:
        self.engine.dispose()


def retrying(work: Callable[[], T]) -> T:
    """Run `work`, a whole unit of work, again where that may help.

    That is so for deadlocks and lost connections, and for lost races: a unique key or a version that
    somebody else took a moment earlier. The second run sees the other's row and says the right thing
    about it. At most four attempts with jitter; then the failure is raised.
    """
    for attempt in range(1, ATTEMPTS):
        try:
            return work()
        except (DBAPIError, StaleDataError) as failure:
            if not (is_lost_race(failure) or is_transient(failure)):
                raise
            time.sleep(random.uniform(0, 0.02 * 2**attempt))
    return work()


def _commit(session: Session) -> None:
    try:
        session.commit()
    except DBAPIError as failure:
        if failure.connection_invalidated:
            raise OutcomeUnknown from failure
        raise


def _ask_after_idling(engine: Engine) -> None:
    """Try a connection before it is used, as `pool_pre_ping` does, but not one that has just been used."""

    @event.listens_for(engine, "checkin")
    def note(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("idle_since", math.inf) < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as failure:
            raise InvalidatePoolError from failure  # Those beside it are broken, too.


def _sqlite_engine(url: str, path: str, pool_size: int) -> Engine:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    # The connection that wrote last writes next: its pages of the file are still good, and others' are not.
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=10,
        pool_timeout=10,
        pool_use_lifo=True,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # The driver's own transaction handling starts late and loses updates: we say BEGIN ourselves.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA foreign_keys=ON")
        # FULL: what was acknowledged to a phone survives a power cut.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES}")
        connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        # Of the whole process, however often it is said. Connections that are seldom used fill theirs, too.
        connection.execute(f"PRAGMA soft_heap_limit={ALL_CACHES_KIB * 1024}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get("doorstep_read_only", False)
        # Kept with the raw connection, which serves readers and writers in turn: said when it changes.
        if connection.info.get("query_only") is not read_only:
            connection.exec_driver_sql(f"PRAGMA query_only={int(read_only)}")
            connection.info["query_only"] = read_only
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    _write_ahead(path)
    return engine


def _write_ahead(path: str) -> None:
    """Switch the file to WAL, which it stays in. Raises StorageUnusable.

    Once, not per connection: two processes that switch at the same moment fail in spite of the timeout.
    """
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000)) as raw:
            if raw.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                raw.execute("PRAGMA journal_mode=WAL")
    except sqlite3.DatabaseError as failure:
        raise StorageUnusable(path, failure) from failure
