"""A full disk of the database, where writing ends and reading goes on, or of the log, which stops nothing.

No half of anything is kept, and what was refused is done once there is room again, without a restart.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from api.db import Database
from api.models import Notice, Wait
from api.settings import Settings
from jobs.context import JobContext, run_job
from jobs.fire_wait_timers import fire_wait_timers
from tests.databases import only_sqlite
from tests.endtoend.house import House
from tests.fakes import FrozenClock
from tests.faults import storm
from tests.faults.fullness import DOORS, many_arrivals, only_writing_has_ended
from tests.faults.storm import DOOR
from tests.rounds import Round, rows


@contextmanager
def sqlite_without_room(database: Database) -> Iterator[None]:
    """Let SQLite's file grow by no page more until the block ends."""
    with database.unit_of_work(read_only=True) as session:
        pages = session.connection().exec_driver_sql("PRAGMA page_count").scalar_one()

    def limit(connection: Any) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    event.listen(database.engine, "begin", limit)
    yield
    event.remove(database.engine, "begin", limit)
    database.engine.dispose()


@only_sqlite
def test_fault_15_a_full_disk_ends_writing_and_not_reading(database: Database, round_: Round) -> None:
    batch = many_arrivals(database, round_)

    with sqlite_without_room(database):
        refused = round_.phone.client.post("/v1/field-events", json=batch)
        only_writing_has_ended(database, round_, refused)
    repeated = round_.phone.client.post("/v1/field-events", json=batch)

    assert {result["outcome"] for result in repeated.json["results"]} == {"applied"}
    assert len(rows(database, Wait)) == DOORS


@only_sqlite
def test_fault_15_a_sweep_that_found_no_room_is_done_by_the_next(
    database: Database, round_: Round, job_context: JobContext, clock: FrozenClock
) -> None:
    batch = many_arrivals(database, round_)
    round_.phone.client.post("/v1/field-events", json=batch)
    clock.tick(seconds=300)

    with sqlite_without_room(database):
        without_room = run_job(fire_wait_timers, job_context)
        told_meanwhile = len(rows(database, Notice))
    with_room = run_job(fire_wait_timers, job_context)

    assert (without_room, told_meanwhile, with_room) == (0, 0, DOORS)


@pytest.mark.slow
def test_fault_16_a_full_disk_of_the_log_stops_nothing(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    for name in ("server-0.log", "jobs-0.log"):
        (tmp_path / name).symlink_to("/dev/full")
    with House(settings, tmp_path, doors=1, job_programs=0 if settings.is_sqlite else 1) as house:
        people = storm.hire(database, timedelta(seconds=2), 1)
        for program in (*house.doors, *house.jobs):
            program.start()
        (door,) = storm.sign_in(house, people)

        outcome = door.phone.report(str(door.pickup_id), "arrived", DOOR)["outcome"]
        # By whichever rung was the highest when the jobs had started.
        house.until("somebody is pushed to", house.all_pushes)

    assert outcome == "applied"
