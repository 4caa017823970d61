"""A database that refuses for the moment: the whole unit is run again; then 503 and Retry-After, not 500."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Event, Thread, Timer
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.db import Database, retrying
from api.domain.vocabulary import TimerState
from api.failures import may_pass
from api.models import FieldEvent, Wait, WaitTimer
from api.web.blueprint import Blueprint
from jobs.context import JobContext, run_job
from jobs.fire_wait_timers import fire_wait_timers
from tests.databases import impatient, only_postgres, only_sqlite
from tests.fakes import FrozenClock
from tests.faults.patience import until
from tests.rounds import Round, rows


def upload(round_: Round, *events: dict[str, Any]) -> Any:
    return round_.phone.client.post("/v1/field-events", json=round_.phone.envelope(*events))


@contextmanager
def refused_at_commit(database: Database, sqlstate: str, times: int) -> Iterator[None]:
    """Let PostgreSQL itself end the next `times` transactions that store an event with this error."""
    refuse = f"""
        CREATE SEQUENCE refusals;
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('refusals') <= {times} THEN
                RAISE EXCEPTION 'refused' USING ERRCODE = '{sqlstate}';
            END IF;
            RETURN NULL;
        END $$;
        CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON field_events
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()"""
    with database.engine.begin() as connection:
        connection.exec_driver_sql(refuse)
    try:
        yield
    finally:
        with database.engine.begin() as connection:
            connection.exec_driver_sql("DROP FUNCTION refuse CASCADE; DROP SEQUENCE refusals")


SERIALIZATION, DEADLOCK = "40001", "40P01"


@only_postgres
@pytest.mark.parametrize("sqlstate", [SERIALIZATION, DEADLOCK])
def test_fault_11_what_postgresql_ends_at_the_commit_is_run_again_as_a_whole(
    database: Database, round_: Round, sqlstate: str
) -> None:
    event_ = round_.phone.event(round_.first, "arrived")

    with refused_at_commit(database, sqlstate, times=2):
        answer = upload(round_, event_)

    assert answer.status_code == 200
    assert [result["outcome"] for result in answer.json["results"]] == ["applied"]
    assert len(rows(database, FieldEvent)) == len(rows(database, Wait)) == len(rows(database, WaitTimer)) == 1


@only_postgres
@pytest.mark.parametrize("sqlstate", [SERIALIZATION, DEADLOCK])
def test_fault_11_what_postgresql_ends_again_and_again_is_answered_with_when_to_come_back(
    database: Database, round_: Round, sqlstate: str
) -> None:
    event_ = round_.phone.event(round_.first, "arrived")

    with refused_at_commit(database, sqlstate, times=100):
        answer = upload(round_, event_)
    repeated = upload(round_, event_)

    assert (answer.status_code, answer.json["code"]) == (503, "busy")
    assert int(answer.headers["Retry-After"]) > 0
    assert [result["outcome"] for result in repeated.json["results"]] == ["applied"]


@only_postgres
def test_fault_11_two_units_that_wait_for_each_other_both_come_to_their_end(
    database: Database, round_: Round, job_context: JobContext, clock: FrozenClock
) -> None:
    """A sweep and a request lock the wait and its timer in opposite orders: PostgreSQL ends one of them."""
    round_.phone.report(round_.first, "arrived")
    clock.tick(seconds=120)
    first_is_locked, second_is_locked, runs = Event(), Event(), []

    def other() -> None:
        runs.append(1)
        with database.unit_of_work() as session:
            session.execute(text("SELECT 1 FROM waits FOR UPDATE"))
            second_is_locked.set()
            first_is_locked.wait(5)
            session.execute(text("SELECT 1 FROM pickups FOR UPDATE"))

    def mine() -> None:
        runs.append(1)
        with database.unit_of_work() as session:
            session.execute(text("SELECT 1 FROM pickups FOR UPDATE"))
            first_is_locked.set()
            second_is_locked.wait(5)
            session.execute(text("SELECT 1 FROM waits FOR UPDATE"))

    beside = Thread(target=retrying, args=(other,))
    beside.start()
    retrying(mine)
    beside.join()

    assert len(runs) == 3
    assert run_job(fire_wait_timers, job_context) == 1


@contextmanager
def written_by_another_process(database: Database) -> Iterator[sqlite3.Connection]:
    """Hold SQLite's write lock, as an operator's command does for a moment, until the block ends."""
    path = database.engine.url.database
    assert path is not None
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


@only_sqlite
def test_fault_11_sqlite_waits_for_a_writer_beside_it(database: Database, round_: Round) -> None:
    event_ = round_.phone.event(round_.first, "arrived")

    with written_by_another_process(database) as other:
        lets_go = Timer(0.5, other.rollback)
        lets_go.start()
        answer = upload(round_, event_)
        lets_go.join()

    assert answer.status_code == 200
    assert [result["outcome"] for result in answer.json["results"]] == ["applied"]


@only_sqlite
def test_fault_11_a_writer_that_does_not_end_is_answered_with_when_to_come_back(
    database: Database, round_: Round
) -> None:
    event_ = round_.phone.event(round_.first, "arrived")

    with impatient(database), written_by_another_process(database):
        answer = upload(round_, event_)
        read = round_.phone.client.get("/v1/me")
    repeated = upload(round_, event_)

    assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (503, "busy", "2")
    assert read.status_code == 200
    assert [result["outcome"] for result in repeated.json["results"]] == ["applied"]


@only_sqlite
def test_fault_11_a_sweep_that_finds_the_file_busy_is_done_by_the_next(
    database: Database, round_: Round, job_context: JobContext, clock: FrozenClock
) -> None:
    round_.phone.report(round_.first, "arrived")
    clock.tick(seconds=120)

    with impatient(database), written_by_another_process(database):
        blocked = run_job(fire_wait_timers, job_context)
    free = run_job(fire_wait_timers, job_context)

    assert (blocked, free) == (0, 1)


@only_postgres
def test_fault_39_a_forgotten_transaction_is_cut_and_holds_up_no_claim(
    database: Database, round_: Round, job_context: JobContext, clock: FrozenClock
) -> None:
    round_.phone.report(round_.first, "arrived")
    clock.tick(seconds=120)
    held_up, swept = [], []

    def forget() -> None:
        with database.unit_of_work() as report:
            report.execute(text("SET LOCAL idle_in_transaction_session_timeout = '700ms'"))
            report.execute(text("SELECT 1 FROM wait_timers FOR UPDATE"))
            held_up.append(run_job(fire_wait_timers, job_context))
            swept.append(until("it is cut", lambda: run_job(fire_wait_timers, job_context)))
            report.execute(text("SELECT 1"))

    with pytest.raises(DBAPIError) as failure:
        forget()

    assert (held_up, swept) == ([0], [1])
    assert may_pass(failure.value)
    assert {row["state"] for row in rows(database, WaitTimer)} == {TimerState.FIRED, TimerState.ARMED}


@only_postgres
def test_fault_39_a_report_that_reads_for_ever_is_cut_and_answered_as_busy(
    database: Database, client: FlaskClient, app: Any
) -> None:
    @app.get("/a-report")
    @Blueprint("reports", __name__).public
    def read_for_ever() -> str:
        with database.unit_of_work(read_only=True) as session:
            session.execute(text("SET LOCAL statement_timeout = '200ms'"))
            session.execute(text("SELECT pg_sleep(60)"))
        return "done"

    answer = client.get("/a-report")

    assert (answer.status_code, answer.json["code"]) == (503, "busy")


@only_postgres
def test_fault_39_every_connection_has_both_limits(database: Database) -> None:
    with database.unit_of_work(read_only=True) as session:
        limits = [
            session.scalar(text(f"SHOW {name}"))
            for name in ("statement_timeout", "idle_in_transaction_session_timeout")
        ]

    assert limits == ["30s", "30s"]
