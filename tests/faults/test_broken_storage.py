"""Fault 17: a file system that became read-only, files that lost their permissions, a disk that fails.

The start is refused with the mend; a running server answers 503, is not ready, and recovers by itself.
"""

import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from api.app import create_app
from api.db import Database
from api.failures import StorageUnusable
from api.models import Wait
from jobs.context import JobContext, run_job
from jobs.fire_wait_timers import fire_wait_timers
from tests import databases
from tests.fakes import FrozenClock, settings_for
from tests.faults.own_postgres import SmallDisk, small_disk
from tests.rounds import Round, rows


@contextmanager
def failing(database: Database) -> Iterator[None]:
    """Let the database's storage refuse every write until the block ends; reading goes on."""
    url = make_url(str(database.engine.url))
    with failing_file(url.database or "") if database.is_sqlite else read_only_server(database):
        yield


@contextmanager
def failing_file(path: str) -> Iterator[None]:
    """The kernel refuses what would make the -wal longer: SQLite sees an I/O error."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (Path(f"{path}-wal").stat().st_size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def read_only_server(database: Database) -> Iterator[None]:
    """What a server says that was made a replica, or that an operator closed for writing."""
    name = database.engine.url.database
    set_default(database, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    try:
        yield
    finally:
        set_default(database, f'ALTER DATABASE "{name}" RESET default_transaction_read_only')


def set_default(database: Database, statement: str) -> None:
    databases.on_server(database.engine.url.render_as_string(hide_password=False), statement)
    database.engine.dispose()  # Connections keep what they began with.


def test_fault_17_a_server_whose_storage_fails_answers_503_and_recovers(
    database: Database, round_: Round
) -> None:
    client, event = round_.phone.client, round_.phone.event(round_.first, "arrived")

    with failing(database):
        refused = client.post("/v1/field-events", json=round_.phone.envelope(event))
        unready, read = client.get("/health/ready"), client.get("/v1/me")
    ready = client.get("/health/ready")

    assert (refused.status_code, refused.json["code"]) == (503, "storage_broken")
    assert int(refused.headers["Retry-After"]) > 0
    assert (unready.status_code, unready.json["code"]) == (503, "storage_broken")
    assert (read.status_code, ready.status_code) == (200, 200)
    assert round_.phone.send(event)[0]["outcome"] == "applied"
    assert len(rows(database, Wait)) == 1


def test_fault_17_a_sweep_that_could_not_write_sets_no_timer_aside(
    database: Database, round_: Round, job_context: JobContext, clock: FrozenClock
) -> None:
    round_.phone.report(round_.first, "arrived")
    clock.tick(seconds=300)

    with failing(database):
        broken = run_job(fire_wait_timers, job_context)
    mended = run_job(fire_wait_timers, job_context)

    assert (broken, mended) == (0, 1)


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with small_disk(8) as disk:
        yield disk


def remounted(disk: SmallDisk, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk.folder)], check=True)


@pytest.mark.parametrize("leftover", [False, True], ids=["closed well", "with its -wal left"])
def test_fault_17_a_read_only_file_system_stops_the_start_with_the_mend(
    disk: SmallDisk, sqlite_template: Path, leftover: bool
) -> None:
    file = disk.folder / "doorstep.db"
    file.write_bytes(sqlite_template.read_bytes())
    settings = settings_for(f"sqlite:///{file}")
    if leftover:
        (disk.folder / "doorstep.db-wal").touch()
    remounted(disk, "ro")

    with pytest.raises(StorageUnusable, match="must belong to the user who runs Doorstep, on a disk that is"):
        Database.connect(settings.database_url, settings.vault()).check_storage()
    remounted(disk, "rw")


def test_fault_17_a_wal_that_cannot_be_opened_stops_the_start(tmp_path: Path, sqlite_template: Path) -> None:
    file = tmp_path / "doorstep.db"
    file.write_bytes(sqlite_template.read_bytes())
    (tmp_path / "doorstep.db-wal").mkdir()
    settings = settings_for(f"sqlite:///{file}")

    with pytest.raises(StorageUnusable, match=r"doorstep\.db cannot be used"):
        Database.connect(settings.database_url, settings.vault()).check_storage()


def test_fault_17_the_server_refuses_to_start_on_a_file_that_takes_no_writes(
    tmp_path: Path, sqlite_template: Path
) -> None:
    file = tmp_path / "doorstep.db"
    file.write_bytes(sqlite_template.read_bytes())
    settings = settings_for(f"sqlite:///{file}")
    database = Database.connect(settings.database_url, settings.vault())
    app = create_app(settings, database=database)
    with database.unit_of_work() as session:
        session.execute(text("UPDATE alembic_version SET version_num = version_num"))

    with failing_file(str(file)), app.app_context():
        refused = app.test_cli_runner().invoke(args=["serve"])
    database.close()

    assert (refused.exit_code, "on a disk that is mounted for writing" in refused.output) == (1, True)
