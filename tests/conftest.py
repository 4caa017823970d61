"""What tests may ask for: a database of each kind, the clock, the fakes of the outside world, the app.

A test that speaks HTTP prepares its rows in `database.unit_of_work()`; one that calls services takes
`session`. Never both in one test: on SQLite an open `session` holds the one write lock.
"""

import gc
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import copy
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from api.app import create_app
from api.db import Database
from api.domain.vocabulary import Role
from api.integrations.proof_store import DiskProofStore
from api.models import Branch, StaffMember
from api.settings import Settings
from api.web.app import ApiApp
from api.web.rate_limiter import RateLimiter
from jobs.context import JobContext
from tests import databases, factories
from tests.fakes import FrozenClock, Listener, RecordingMessenger, RecordingPush, settings_for
from tests.noting import every_change_is_noted

pytest_plugins = ["tests.assurance.recording"]

# Commits wait for the disk, as they must; the disk of a test may be memory, where there is such a folder.
IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        databases.begin_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        databases.end_run()


def pytest_xdist_auto_num_workers() -> int:
    """Twice as many as there are cores: while some tests wait, others work."""
    return 2 * (os.cpu_count() or 1)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let every other worker begin with slow tests, which wait, while those between them are at work.

    Workers get equal runs of the list; whoever is done first takes from the end of another's.
    """
    if not hasattr(config, "workerinput"):
        return
    workers = config.workerinput["workercount"]
    slow = [item for item in items if item.get_closest_marker("slow")]
    quick = [item for item in items if not item.get_closest_marker("slow")]
    dealt: list[pytest.Item] = []
    for worker in range(workers):
        first = slow[worker // 2 :: (workers + 1) // 2] if worker % 2 == 0 else []
        room = max(0, (len(items) - len(dealt)) // (workers - worker) - len(first))
        dealt += [*first, *quick[:room]]
        quick = quick[room:]
    items[:] = [*dealt, *quick]


def pytest_collection_finish() -> None:
    """What has been collected stays to the end, and needs no look for garbage again and again."""
    gc.freeze()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Show what tests have measured: `record_property("measured", "...")`."""
    reports = terminalreporter.getreports("passed") + terminalreporter.getreports("failed")
    figures = {text for report in reports for name, text in report.user_properties if name == "measured"}
    if figures:
        terminalreporter.section("measured")
        for figure in sorted(figures):
            terminalreporter.write_line(figure)


@pytest.fixture(scope="session", autouse=True)
def what_changes_is_noted() -> Iterator[None]:
    """Whatever tests have requests and jobs do: phones that keep a copy must hear of it."""
    with every_change_is_noted():
        yield


@pytest.fixture(scope="session")
def sqlite_template() -> Path:
    return databases.sqlite_template()


@pytest.fixture(scope="session")
def sqlite_file(sqlite_template: Path) -> Iterator[Path]:
    """Where the tests of a worker find their database of this kind, each an empty one."""
    with TemporaryDirectory(dir=IN_MEMORY) as folder:
        file = Path(folder, "served", "doorstep.db")
        databases.renew(file, sqlite_template)
        yield file


@pytest.fixture(scope="session")
def sqlite_engine(sqlite_file: Path) -> Iterator[Engine]:
    """One for all tests of a worker: an engine keeps the statements it has compiled."""
    url = f"sqlite:///{sqlite_file}"
    database = Database.connect(url, settings_for(url).vault())
    yield database.engine
    database.close()


@pytest.fixture(scope="session")
def postgres_url(testrun_uid: str, worker_id: str) -> Iterator[str]:
    with databases.postgres_database(f"doorstep_{testrun_uid[:8]}_{worker_id}") as url:
        yield url


@pytest.fixture(scope="session")
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    database = Database.connect(postgres_url, settings_for(postgres_url).vault())
    yield database.engine
    database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated database without rows; tests run once for each kind."""
    if request.param == "postgres":
        with request.getfixturevalue("postgres_engine").connect() as connection:
            databases.empty(connection)
        return str(request.getfixturevalue("postgres_url"))
    file = request.getfixturevalue("sqlite_file")
    databases.renew(file, request.getfixturevalue("sqlite_template"))
    return f"sqlite:///{file}"


@pytest.fixture
def settings(database_url: str) -> Settings:
    return settings_for(database_url)


@pytest.fixture
def database(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Database]:
    engine = request.getfixturevalue("sqlite_engine" if settings.is_sqlite else "postgres_engine")
    yield Database(engine, settings.vault())
    if settings.is_sqlite:
        engine.dispose()  # Its file is about to be another.


class _Undo(Exception):
    """Ends the unit of work of a test without a commit."""


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """One unit of work around the whole test, undone at its end."""
    with suppress(_Undo), database.unit_of_work() as session:
        yield session
        raise _Undo


@pytest.fixture
def alarms() -> Iterator[Callable[[], list[str]]]:
    """Returns the names of the errors and warnings that were logged since the test began."""
    house, heard = logging.getLogger("doorstep"), Listener()
    heard.setLevel(logging.WARNING)
    house.addHandler(heard)
    yield lambda: [record.getMessage() for record in heard.records]
    house.removeHandler(heard)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def push() -> RecordingPush:
    return RecordingPush()


@pytest.fixture
def messenger() -> RecordingMessenger:
    return RecordingMessenger()


@pytest.fixture
def proofs(tmp_path: Path) -> DiskProofStore:
    return DiskProofStore(tmp_path / "proofs", settings_for("sqlite:///").vault().files)


@pytest.fixture(scope="session")
def built_app(sqlite_template: Path) -> ApiApp:
    """Building takes a tenth of a second, so each test gets a copy of this with parts of its own."""
    app = create_app(settings_for(f"sqlite:///{sqlite_template}"))
    app.testing = True
    return cast(ApiApp, app)


@pytest.fixture
def app(
    built_app: ApiApp,
    settings: Settings,
    database: Database,
    clock: FrozenClock,
    push: RecordingPush,
    messenger: RecordingMessenger,
    proofs: DiskProofStore,
) -> ApiApp:
    """The application as it is served, but for clock and outside world. A crash is raised, not answered."""
    app = copy(built_app)
    app.config, app.view_functions = copy(app.config), copy(app.view_functions)
    app.config["SETTINGS"] = settings
    app.database, app.clock, app.proofs, app.limits = database, clock, proofs, RateLimiter()
    app.extensions = app.extensions | {"push": push, "messenger": messenger}
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody who has not signed in."""
    return app.test_client()


@pytest.fixture
def signed_in(app: Flask, database: Database) -> Callable[..., FlaskClient]:
    """Returns the client of a staff member who has signed in: `signed_in(courier).get("/v1/me")`.

    He has just confirmed his session, unless `confirmed_at` says otherwise.
    """

    def sign_in(staff: StaffMember, **confirmed: datetime | None) -> FlaskClient:
        with database.unit_of_work() as session:
            token = factories.make_access_token(session, staff, **confirmed)
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client

    return sign_in


@pytest.fixture
def branch(database: Database) -> Branch:
    with database.unit_of_work() as session:
        return factories.make_branch(session)


@pytest.fixture
def hire(database: Database, branch: Branch) -> Callable[[Role], StaffMember]:
    """Adds a staff member to the branch: `hire(Role.COURIER)`."""

    def hire(role: Role, **overrides: Any) -> StaffMember:
        with database.unit_of_work() as session:
            return factories.make_staff(session, branch, role=role, **overrides)

    return hire


@pytest.fixture
def job_context(
    database: Database,
    clock: FrozenClock,
    push: RecordingPush,
    messenger: RecordingMessenger,
    proofs: DiskProofStore,
) -> JobContext:
    return JobContext(database, clock, push, messenger, proofs)
