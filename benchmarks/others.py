"""What one would otherwise pick, as a process: an APScheduler job or a procrastinate job for each timer.

Both are set up generously: no timer counts as missed, and procrastinate looks four times a second instead of
every five. What a timer does is one row in a table of its own.
    python -m benchmarks.others apscheduler|procrastinate URL
"""

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

import procrastinate
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine, create_engine, make_url, text

THREADS = 10
LOOK_SECONDS = 0.25


@cache
def _engine(url: str) -> Engine:
    return create_engine(url, pool_size=THREADS)


def make_table(url: str) -> None:
    with _engine(url).begin() as connection:
        connection.execute(text("CREATE TABLE acted (number INTEGER, due_at TEXT, at TEXT)"))


def act(url: str, number: int, due_at: str) -> None:
    """Do what a timer does."""
    row = {"number": number, "due_at": due_at, "at": datetime.now(UTC).isoformat()}
    with _engine(url).begin() as connection:
        connection.execute(text("INSERT INTO acted VALUES (:number, :due_at, :at)"), row)


def acted(url: str) -> list[tuple[int, datetime, datetime]]:
    """Return number, due instant and actual instant of every time that a timer acted."""
    with _engine(url).connect() as connection:
        rows = connection.execute(text("SELECT number, due_at, at FROM acted")).all()
    return [(number, datetime.fromisoformat(due), datetime.fromisoformat(at)) for number, due, at in rows]


def arm_apscheduler(url: str, due: Sequence[datetime]) -> None:
    scheduler = _apscheduler(url)
    scheduler.start(paused=True)
    for number, at in enumerate(due):
        scheduler.add_job(act, "date", run_date=at, args=(url, number, at.isoformat()))
    scheduler.shutdown()


def run_apscheduler(url: str) -> None:
    _apscheduler(url).start()
    while True:
        time.sleep(1)


def _apscheduler(url: str) -> BackgroundScheduler:
    return BackgroundScheduler(
        timezone=UTC,
        jobstores={"default": SQLAlchemyJobStore(url)},
        job_defaults={"misfire_grace_time": None},
    )


def arm_procrastinate(url: str, due: Sequence[datetime]) -> None:
    app = _procrastinate(url, synchronous=True)
    with app.open():
        app.schema_manager.apply_schema()
        for number, at in enumerate(due):
            deferrer = app.configure_task("act", schedule_at=at)
            deferrer.defer(url=url, number=number, due_at=at.isoformat())


def run_procrastinate(url: str) -> None:
    app = _procrastinate(url, synchronous=False)
    app.run_worker(concurrency=THREADS, fetch_job_polling_interval=LOOK_SECONDS, wait=True)


def _procrastinate(url: str, *, synchronous: bool) -> procrastinate.App:
    libpq = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connector = procrastinate.SyncPsycopgConnector if synchronous else procrastinate.PsycopgConnector
    app = procrastinate.App(connector=connector(conninfo=libpq))
    app.task(name="act")(act)
    return app


if __name__ == "__main__":
    {"apscheduler": run_apscheduler, "procrastinate": run_procrastinate}[sys.argv[1]](sys.argv[2])
