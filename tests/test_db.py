"""The unit of work on both engines: what is committed, rolled back, tried again, refused."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, SAWarning
from sqlalchemy.orm.exc import StaleDataError

from api.db import Database, retrying
from api.domain.errors import Conflict
from api.failures import OutcomeUnknown, is_lost_race, may_pass, storage_is_broken
from api.models import Branch, Customer, StaffMember
from tests.databases import impatient, only_postgres, only_sqlite
from tests.factories import make_branch, make_customer, make_staff

FULL = 2
CACHE_PRAGMAS = ("cache_size", "soft_heap_limit")
LOG_PRAGMAS = ("wal_autocheckpoint", "page_size")


class Kept(Conflict):
    """A refusal whose changes stay."""

    code = "kept_in_a_test"
    keeps_changes = True


@pytest.fixture
def branch(database):
    with database.unit_of_work() as session:
        return make_branch(session, name="before")


def name_of(database, branch):
    with database.unit_of_work(read_only=True) as session:
        return session.get_one(Branch, branch.id).name


def rename_and_raise(database, branch, error):
    with database.unit_of_work() as session:
        session.get_one(Branch, branch.id).name = "after"
        raise error


class TestUnitOfWork:
    def test_what_ends_well_is_committed(self, database, branch):
        with database.unit_of_work() as session:
            session.get_one(Branch, branch.id).name = "after"

        assert name_of(database, branch) == "after"

    @pytest.mark.parametrize("error", [ZeroDivisionError(), Conflict(), KeyboardInterrupt()], ids=repr)
    def test_what_ends_in_an_error_is_rolled_back(self, database, branch, error):
        with pytest.raises(type(error)):
            rename_and_raise(database, branch, error)

        assert name_of(database, branch) == "before"

    def test_a_refusal_that_keeps_its_changes_is_committed(self, database, branch):
        with pytest.raises(Kept):
            rename_and_raise(database, branch, Kept())

        assert name_of(database, branch) == "after"

    def test_no_update_is_lost_between_threads(self, database, branch):
        with database.unit_of_work() as session:
            session.get_one(Branch, branch.id).name = "0"

        def count_up(_):
            def work():
                with database.unit_of_work() as session:
                    row = session.get_one(Branch, branch.id)
                    row.name = str(int(row.name) + 1)

            retrying(work)

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(count_up, range(10)))

        assert name_of(database, branch) == "10"

    @only_sqlite
    def test_a_reader_does_not_wait_for_a_writer(self, database, branch):
        with database.unit_of_work() as session:
            session.get_one(Branch, branch.id).name = "after"
            session.flush()

            assert name_of(database, branch) == "before"

    @only_sqlite
    def test_fault_18_what_was_acknowledged_survives_a_power_cut(self, database):
        connections = [database.engine.raw_connection() for _ in range(3)]

        for connection in connections:
            pragmas = ("journal_mode", "synchronous", "foreign_keys")
            found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
            assert found == ["wal", FULL, 1]
            connection.close()

    @only_sqlite
    def test_what_all_connections_keep_in_memory_has_a_bound(self, database):
        connection = database.engine.raw_connection()

        each, together = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in CACHE_PRAGMAS)
        connection.close()

        assert (-each, together) == (16 * 1024, 64 * 1024 * 1024)

    @only_sqlite
    def test_what_is_written_ahead_has_a_bound_before_it_is_copied_into_the_file(self, database):
        connection = database.engine.raw_connection()

        pages, bytes_each = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in LOG_PRAGMAS)
        connection.close()

        assert (pages, bytes_each) == (4_000, 4_096)

    @only_sqlite
    @pytest.mark.parametrize("wish", ["?synchronous=NORMAL", "?_pragma=synchronous(1)"])
    def test_fault_18_nobody_can_wish_for_less_in_the_url(self, settings, wish):
        with pytest.warns(SAWarning, match="being ignored"):
            database = Database.connect(f"{settings.database_url}{wish}", settings.vault())

        with database.engine.connect() as connection:
            assert connection.execute(text("PRAGMA synchronous")).scalar() == FULL
        database.close()

    @only_sqlite
    def test_fault_18_a_file_that_was_made_with_less_is_written_in_full(self, settings, tmp_path):
        with closing(sqlite3.connect(tmp_path / "lazy.db")) as lazy:
            lazy.execute("PRAGMA journal_mode=WAL")
            lazy.execute("PRAGMA synchronous=OFF")
            lazy.execute("CREATE TABLE some (thing)")

        database = Database.connect(f"sqlite:///{tmp_path}/lazy.db", settings.vault())
        with database.engine.connect() as connection:
            assert connection.execute(text("PRAGMA synchronous")).scalar() == FULL
        database.close()

    @only_postgres
    def test_a_statement_that_never_ends_is_cut(self, database):
        with database.unit_of_work() as session:
            assert session.execute(text("SHOW statement_timeout")).scalar() == "30s"
            assert session.execute(text("SHOW timezone")).scalar() == "UTC"


class TestReadOnly:
    def test_a_change_that_was_not_flushed_is_a_bug(self, database, branch):
        def rename():
            with database.unit_of_work(read_only=True) as session:
                session.get_one(Branch, branch.id).name = "after"

        with pytest.raises(AssertionError):
            rename()

        assert name_of(database, branch) == "before"

    @pytest.mark.parametrize(
        "change",
        [
            update(Branch).values(name="after"),
            insert(Branch).values(code="X", name="x", timezone="UTC", locale="en", currency="CNY"),
        ],
        ids=["update", "insert"],
    )
    def test_the_database_itself_refuses_changes(self, database, branch, change):
        def work():
            with database.unit_of_work(read_only=True) as session:
                session.execute(change)

        with pytest.raises(DBAPIError) as refusal:
            work()

        assert not may_pass(refusal.value)
        assert not storage_is_broken(refusal.value, writing=False)
        assert name_of(database, branch) == "before"

    def test_the_next_unit_of_work_can_write_again(self, database, branch):
        for _ in range(30):
            name_of(database, branch)

        with database.unit_of_work() as session:
            session.get_one(Branch, branch.id).name = "after"

        assert name_of(database, branch) == "after"


class TestTryingAgain:
    def test_a_lost_race_is_run_again_and_sees_what_the_other_did(self, database, branch):
        attempts = []

        def hire():
            with database.unit_of_work() as session:
                attempts.append(session.scalar(select(func.count()).select_from(StaffMember)))
                if attempts == [0]:
                    raise StaleDataError
                make_staff(session, session.get_one(Branch, branch.id))

        retrying(hire)

        assert attempts == [0, 0]

    def test_it_is_given_up_after_four_attempts(self):
        attempts = []

        def fail():
            attempts.append(1)
            raise StaleDataError

        with pytest.raises(StaleDataError):
            retrying(fail)

        assert len(attempts) == 4

    def test_a_bug_is_not_run_again(self):
        attempts = []

        def fail():
            attempts.append(1)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            retrying(fail)

        assert len(attempts) == 1

    def test_a_stale_row_is_not_written(self, database, branch):
        def write_over_another():
            with database.unit_of_work() as session:
                row = session.get_one(Branch, branch.id)
                session.execute(text("UPDATE branches SET version = version + 1"))
                row.name = "after"

        with pytest.raises(StaleDataError) as failure:
            write_over_another()

        assert is_lost_race(failure.value)

    @only_postgres
    def test_a_deadlock_is_run_again(self, database):
        with database.unit_of_work() as session:
            first, second = make_branch(session), make_branch(session)
        both_hold_one = threading.Barrier(2, timeout=10)
        attempts = []

        def rename(one, other):
            def work():
                attempts.append(one)
                with database.unit_of_work() as session:
                    session.execute(update(Branch).where(Branch.id == one.id).values(name="renamed"))
                    if attempts.count(one) == 1:
                        both_hold_one.wait()
                    session.execute(update(Branch).where(Branch.id == other.id).values(name="renamed"))

            retrying(work)

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(rename, (first, second), (second, first)))

        # One gave way, at least once: whoever comes back in a hurry may meet the other once more.
        assert len(attempts) >= 3
        assert name_of(database, first) == name_of(database, second) == "renamed"

    @only_postgres
    def test_a_commit_whose_outcome_nobody_knows_is_not_run_again(self, database, branch):
        attempts = []

        def work():
            attempts.append(1)
            with database.unit_of_work() as session:
                session.get_one(Branch, branch.id).name = "after"
                session.flush()
                cut_connection(database, session)

        with pytest.raises(OutcomeUnknown):
            retrying(work)

        assert len(attempts) == 1

    @only_postgres
    def test_a_connection_that_was_cut_before_the_commit_is_replaced(self, database, branch):
        attempts = []

        def work():
            attempts.append(1)
            with database.unit_of_work() as session:
                row = session.get_one(Branch, branch.id)
                if len(attempts) == 1:
                    cut_connection(database, session)
                row.name = "after"
                session.flush()

        retrying(work)

        assert name_of(database, branch) == "after"


def cut_connection(database, session):
    pid = session.execute(text("SELECT pg_backend_pid()")).scalar()
    with database.unit_of_work() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})


class TestFailures:
    def test_a_key_that_is_taken_is_a_lost_race(self, database, branch):
        with pytest.raises(IntegrityError) as failure, database.unit_of_work() as session:
            make_branch(session, code=branch.code)

        assert is_lost_race(failure.value)

    def test_a_row_that_is_gone_is_a_lost_race(self, database, branch):
        with database.unit_of_work() as session:
            make_customer(session, branch)

        with pytest.raises(IntegrityError) as failure, database.unit_of_work() as session:
            session.delete(session.get_one(Branch, branch.id))

        assert is_lost_race(failure.value)

    @pytest.mark.parametrize("change", [{"name": None}, {"state": "no such state"}])
    def test_a_value_that_a_table_forbids_is_a_bug(self, database, change):
        with database.unit_of_work() as session:
            make_customer(session)
        sql = ", ".join(f"{name} = :{name}" for name in change)

        with pytest.raises(IntegrityError) as failure, database.unit_of_work() as session:
            session.execute(text(f"UPDATE {Customer.__tablename__} SET {sql}"), change)

        assert not is_lost_race(failure.value)
        assert not may_pass(failure.value)

    def test_f7_a_failure_does_not_tell_what_was_written(self, database, branch):
        with pytest.raises(IntegrityError) as failure, database.unit_of_work() as session:
            make_branch(session, code=branch.code, name="a name that is nobody's business")

        assert "nobody's business" not in str(failure.value)

    @only_sqlite
    def test_a_file_that_another_process_writes_to_is_busy(self, database, branch):
        other = sqlite3.connect(database.engine.url.database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        with impatient(database), pytest.raises(DBAPIError) as failure:
            name_in_a_writing_unit(database, branch)
        other.close()

        assert may_pass(failure.value)
        assert not is_lost_race(failure.value)


def name_in_a_writing_unit(database, branch):
    with database.unit_of_work() as session:
        return session.get_one(Branch, branch.id).name


def test_a_folder_that_is_missing_is_made_for_sqlite(tmp_path, settings):
    database = Database.connect(f"sqlite:///{tmp_path}/new/folder/doorstep.db", settings.vault())
    database.close()

    assert (tmp_path / "new" / "folder" / "doorstep.db").exists()
