"""The audit trail in tests: facts that enter it, and a hand that goes past every guard of the database."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from api import services
from api.db import Database
from api.domain.audit_chain import Verdict
from api.models import AuditEntry, EventRecord
from jobs.chain_audit_entries import chain_audit_entries
from jobs.context import JobContext
from tests.fakes import NOW


def record(session: Session, name: str = "contact.unmasked", **overrides: Any) -> UUID:
    """Record one fact of the trail; return whom it is about."""
    about = uuid7()
    fact = {"subject_type": "contact", "subject_id": about, "branch_id": None, "now": NOW}
    services.events.record(session, name, **fact | overrides)
    session.flush()
    return about


def chained(context: JobContext, count: int) -> None:
    """Record so many facts and give each its place."""
    for _ in range(count):
        with context.unit_of_work() as session:
            record(session)
    while chain_audit_entries(context):
        pass


def trail(database: Database, *names: str) -> Sequence[tuple[EventRecord, AuditEntry]]:
    """Return facts and their entries, oldest first; only of these names, if any are given."""
    both = select(EventRecord, AuditEntry).join(AuditEntry, AuditEntry.id == EventRecord.id)
    wanted = both.where(EventRecord.name.in_(names)) if names else both
    with database.unit_of_work(read_only=True) as session:
        return [(fact, entry) for fact, entry in session.execute(wanted.order_by(EventRecord.id))]


def verdict(database: Database) -> Verdict:
    with database.unit_of_work(read_only=True) as session:
        return services.audit.verdict(session)


def tamper(database: Database, *statements: str) -> None:
    """Do what somebody with the whole database in his hands can do: lift every guard, and write."""
    if database.is_sqlite:
        # A plain connection heeds no foreign keys.
        with closing(sqlite3.connect(str(database.engine.url.database))) as connection, connection:
            for (trigger,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall():
                connection.execute(f"DROP TRIGGER {trigger}")
            for statement in statements:
                connection.execute(statement)
        return
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            connection.execute(text(statement))
