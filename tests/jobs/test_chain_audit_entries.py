"""The job that chains: cheap while nothing comes in, bounded when much does, safe with another beside it."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from jobs.chain_audit_entries import BATCH, chain_audit_entries
from jobs.context import run_job
from tests.auditing import record, verdict
from tests.statements import counted, short


def test_while_nothing_comes_in_it_asks_once_and_writes_nothing(database, job_context):
    with counted(database) as statements:
        assert chain_audit_entries(job_context) == 0

    assert len(statements) == 1, short(statements)


def test_what_waits_is_found_by_an_index_however_long_the_trail_is(database):
    with database.unit_of_work(read_only=True) as session:
        if not database.is_sqlite:  # Of an empty table it would read all there is.
            session.execute(text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        plan = session.execute(text(f"{explain} SELECT id FROM audit_entries WHERE position IS NULL")).all()

    assert "audit_entries_position" in str(plan) or "SEARCH audit_entries USING INDEX" in str(plan)


def test_a_run_takes_one_batch_and_the_next_goes_on(database, job_context):
    with database.unit_of_work() as session:
        for _ in range(BATCH + 1):
            record(session)

    assert [chain_audit_entries(job_context) for _ in range(3)] == [BATCH, 1, 0]
    assert verdict(database).entries == BATCH + 1


def test_two_processes_at_once_make_one_chain(database, job_context):
    rounds, callers = 5, 4

    def come_and_chain(_):
        for _ in range(rounds):
            with database.unit_of_work() as session:
                record(session)
            run_job(chain_audit_entries, job_context)

    with ThreadPoolExecutor(callers) as hands:
        list(hands.map(come_and_chain, range(callers)))
    chain_audit_entries(job_context)

    found = verdict(database)
    assert (found.fault, found.entries) == (None, rounds * callers)
