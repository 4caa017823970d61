"""F6 on real databases: what enters the audit trail, what the database refuses, what the chain gives away."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from api import queries, services
from api.domain.audit import AUDITED, PLAIN, Origin, Via
from api.domain.audit_chain import Fault
from api.domain.vocabulary import Role
from api.models import AuditEntry, EventRecord
from api.security import vault_of
from jobs.chain_audit_entries import chain_audit_entries
from jobs.tend_audit_trail import tend_audit_trail
from tests.auditing import chained, record, tamper, trail, verdict
from tests.databases import only_postgres
from tests.fakes import NOW


def fault(database):
    found = verdict(database)
    return found.fault, found.position


class TestEntries:
    def test_an_audited_fact_gets_an_entry_and_a_plain_one_none(self, database):
        with database.unit_of_work() as session:
            record(session, next(iter(AUDITED)))
            record(session, next(iter(PLAIN)))

        assert [fact.name for fact, _ in trail(database)] == [next(iter(AUDITED))]

    def test_it_says_by_which_door_from_where_as_whom_and_why(self, database):
        from_office = Origin(Via.WEB, "203.0.113.7", None, Role.MANAGER)
        with database.unit_of_work() as session:
            session.info["origin"] = from_office
            about = record(session, reason="打错了号码")

        [(_, entry)] = trail(database)
        assert (entry.via, entry.address, entry.role) == (Via.WEB, "203.0.113.7", Role.MANAGER)
        assert (entry.about_id, entry.reason) == (about, "打错了号码")

    def test_what_neither_a_request_nor_an_operator_did_a_job_did(self, database):
        with database.unit_of_work() as session:
            record(session)

        assert [entry.via for _, entry in trail(database)] == [Via.JOB]

    def test_of_a_session_it_is_about_who_has_it(self, session):
        holder = "01a20000-0000-7000-8000-000000000000"

        record(session, "session.ended", subject_type="staff_session", data={"staff_id": holder})

        assert str(session.query(AuditEntry).one().about_id) == holder

    def test_f5_address_and_reason_are_sealed_at_rest(self, database):
        with database.unit_of_work() as session:
            session.info["origin"] = Origin(Via.WEB, "203.0.113.7")
            record(session, reason="called back")
            stored = session.execute(text("SELECT address, reason FROM audit_entries")).one()

        assert not [value for value in stored if "203.0.113.7" in value or "called" in value]


class TestTriggers:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE events SET data = '{}'",
            "UPDATE events SET actor_id = NULL",
            "DELETE FROM events",
            "UPDATE audit_entries SET name = 'contact.added'",
            "UPDATE audit_entries SET via = 'job', role = NULL",
            "UPDATE audit_entries SET position = position + 1",
            "UPDATE audit_entries SET position = NULL, hash = NULL",
            "DELETE FROM audit_entries",
            "UPDATE audit_checkpoints SET position = 1",
            "DELETE FROM audit_checkpoints",
        ],
    )
    def test_f6_the_database_refuses(self, database, job_context, statement):
        chained(job_context, 2)
        tend_audit_trail(job_context)

        with pytest.raises(IntegrityError, match="append-only"), database.unit_of_work() as session:
            session.execute(text(statement))

        assert fault(database) == (None, None)

    def test_f6_an_entry_that_waits_for_its_place_cannot_be_taken_away_either(self, database):
        with database.unit_of_work() as session:
            record(session)

        with pytest.raises(IntegrityError, match="append-only"), database.unit_of_work() as session:
            session.execute(text("DELETE FROM audit_entries"))

    @only_postgres
    @pytest.mark.parametrize("table", ["events", "audit_entries", "audit_checkpoints"])
    def test_f6_postgresql_empties_none_of_the_tables(self, database, table):
        with pytest.raises(IntegrityError, match="append-only"), database.unit_of_work() as session:
            session.execute(text(f"TRUNCATE {table} CASCADE"))

    def test_a_plain_fact_may_be_dropped_when_its_time_is_over(self, database):
        with database.unit_of_work() as session:
            record(session, next(iter(PLAIN)))

        with database.unit_of_work() as session:
            assert session.query(EventRecord).delete() == 1

    def test_new_keys_may_seal_address_and_reason_anew(self, database, job_context):
        with database.unit_of_work() as session:
            record(session, reason="called back")
        chain_audit_entries(job_context)

        with database.unit_of_work() as session:
            anew = vault_of(session).fields.seal("called back", "audit_entries.reason")
            session.execute(text("UPDATE audit_entries SET reason = :anew"), {"anew": anew})

        assert fault(database) == (None, None)


class TestChain:
    def test_entries_get_their_places_in_order_and_once(self, database, job_context):
        chained(job_context, 3)

        assert chain_audit_entries(job_context) == 0
        assert [entry.position for _, entry in trail(database)] == [1, 2, 3]
        assert verdict(database).entries == 3

    @pytest.mark.parametrize(
        "change", ["data = '{}'", "actor_id = NULL", "name = 'contact.added'", "subject_id = id"]
    )
    def test_f6_a_changed_fact_is_found(self, database, job_context, change):
        with database.unit_of_work() as session:
            record(session, data={"fields": ["phone"]}, actor_id=record(session))
        chained(job_context, 2)

        tamper(
            database,
            f"UPDATE events SET {change} WHERE id = (SELECT id FROM audit_entries WHERE position = 2)",
        )

        assert fault(database) == (Fault.CHANGED, 2)

    @pytest.mark.parametrize("change", ["via = 'cli'", "reason = NULL", "reason = 'x.y'", "about_id = id"])
    def test_f6_a_changed_entry_is_found(self, database, job_context, change):
        with database.unit_of_work() as session:
            record(session, reason="called back")
        chained(job_context, 2)

        tamper(database, f"UPDATE audit_entries SET {change} WHERE position = 1")

        assert fault(database) == (Fault.CHANGED, 1)

    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM audit_entries WHERE position = 2",
            "DELETE FROM events WHERE id = (SELECT id FROM audit_entries WHERE position = 2)",
        ],
    )
    def test_f6_a_deleted_row_is_found(self, database, job_context, statement):
        chained(job_context, 4)

        tamper(database, statement)

        assert fault(database) == (Fault.DELETED, 2)

    def test_f6_two_rows_in_each_others_place_are_found(self, database, job_context):
        chained(job_context, 4)

        tamper(
            database,
            "UPDATE audit_entries SET position = -1 WHERE position = 2",
            "UPDATE audit_entries SET position = 2 WHERE position = 3",
            "UPDATE audit_entries SET position = 3 WHERE position = -1",
        )

        assert fault(database) == (Fault.REORDERED, 2)

    def test_f6_an_end_that_was_cut_off_after_the_last_checkpoint_is_found(self, database, job_context):
        chained(job_context, 4)
        tend_audit_trail(job_context)

        tamper(database, "DELETE FROM audit_entries WHERE position > 2")

        assert fault(database) == (Fault.CUT_OFF, 3)

    def test_f6_a_checkpoint_that_was_changed_is_found(self, database, job_context):
        chained(job_context, 4)
        tend_audit_trail(job_context)

        tamper(
            database,
            "UPDATE audit_checkpoints SET position = 2",
            "DELETE FROM audit_entries WHERE position > 2",
        )

        assert fault(database) == (Fault.FORGED, 2)

    def test_f6_a_purge_that_nobody_signed_is_found(self, database, job_context):
        chained(job_context, 4)
        tend_audit_trail(job_context)

        tamper(
            database,
            "UPDATE audit_checkpoints SET kind = 'purged'",
            "DELETE FROM audit_entries",
        )

        assert fault(database) == (Fault.FORGED, 4)


class TestCheckpoints:
    def test_the_chain_is_signed_once_a_day_and_only_when_it_has_grown(self, database, clock, job_context):
        chained(job_context, 1)
        signed = [tend_audit_trail(job_context), tend_audit_trail(job_context)]
        clock.tick(days=1)
        signed.append(tend_audit_trail(job_context))
        chained(job_context, 1)
        signed.append(tend_audit_trail(job_context))

        assert signed == [1, 0, 0, 1]

    def test_a_purge_takes_what_is_too_old_and_the_chain_goes_on(self, database, clock, job_context):
        chained(job_context, 3)
        clock.tick(days=1)
        with database.unit_of_work() as session:
            record(session, now=clock.now())
        chain_audit_entries(job_context)

        with database.unit_of_work() as session:
            purged = services.audit.purge(session, before=clock.now(), limit=500, now=clock.now())

        found = verdict(database)
        assert (purged, found.fault, found.entries, found.whole_up_to.position) == (3, None, 1, 4)
        assert len(trail(database)) == 1

    def test_a_purge_in_small_steps_leaves_a_whole_trail_after_each(self, database, clock, job_context):
        chained(job_context, 5)
        before = clock.tick(days=1)
        left = []

        while True:
            with database.unit_of_work() as session:
                if not services.audit.purge(session, before=before, limit=2, now=before):
                    break
            left.append(verdict(database))

        assert [(found.fault, found.entries) for found in left] == [(None, 3), (None, 1), (None, 0)]

    def test_after_everything_was_purged_the_next_entry_goes_on_behind_it(self, database, clock, job_context):
        chained(job_context, 2)
        before = clock.tick(days=1)
        with database.unit_of_work() as session:
            services.audit.purge(session, before=before, limit=500, now=before)

        with database.unit_of_work() as session:
            record(session, now=before)
        chain_audit_entries(job_context)

        assert verdict(database).whole_up_to.position == 3

    def test_an_old_entry_behind_a_younger_one_waits_for_it(self, database, clock, job_context):
        with database.unit_of_work() as session:
            record(session, now=clock.tick(days=1))
        chain_audit_entries(job_context)
        chained(job_context, 1)

        with database.unit_of_work() as session:
            purged = services.audit.purge(session, before=clock.now(), limit=500, now=clock.now())

        assert purged == 0

    def test_the_job_purges_after_three_years(self, database, clock, job_context):
        chained(job_context, 2)

        clock.tick(days=3 * 365)
        early = tend_audit_trail(job_context)
        clock.tick(days=1)

        assert (early, tend_audit_trail(job_context)) == (1, 2)
        with database.unit_of_work(read_only=True) as session:
            assert queries.audit.count_unchained(session) == 0
            assert session.query(EventRecord).where(EventRecord.occurred_at == NOW).count() == 0
