"""Fault 35: the newest migration runs while the version before it serves, and both work afterwards.

Expand first, contract later: a release may add; it may take away only what the release before no longer used.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Inspector, MetaData, Table, insert, inspect, select, update

from api.db import Database, retrying
from api.settings import Settings
from jobs.context import JobContext
from jobs.deliver_notices import deliver_notices
from migrations import runner
from tests import databases
from tests.fakes import NOW, RecordingPush
from tests.faults.patience import until
from tests.tellings import told_courier

FEW = 20
NEEDED = ("branches", "staff", "staff_sessions", "devices", "notices", "deliveries")
"""Tables of which the version before writes rows here, parents first."""


def before_the_newest() -> str:
    revision = ScriptDirectory.from_config(runner.config()).get_revision(runner.head()).down_revision
    assert isinstance(revision, str)
    return revision


def migrate(url: str, revision: str) -> None:
    config = runner.config()
    config.attributes["url"] = url
    command.upgrade(config, revision)


@pytest.fixture
def served_url(settings: Settings, tmp_path: Path) -> Iterator[str]:
    """A database as the version before this one knows it."""
    if settings.is_sqlite:
        migrate(f"sqlite:///{tmp_path}/before.db", before_the_newest())
        yield f"sqlite:///{tmp_path}/before.db"
        return
    with databases.unmigrated_database(f"doorstep_{uuid4().hex[:8]}") as url:
        migrate(url, before_the_newest())
        yield url


@pytest.fixture
def served(served_url: str, settings: Settings) -> Iterator[Database]:
    database = Database.connect(served_url, settings.vault())
    yield database
    database.close()


@dataclass(slots=True)
class VersionBefore:
    """What the version before does all the time, in its own words: it knows its own columns only."""

    database: Database
    tables: dict[str, Table]
    notice: dict[str, Any]
    delivery: dict[str, Any]
    written: int = 0
    failures: list[Exception] = field(default_factory=list)
    stopping: Event = field(default_factory=Event)

    @classmethod
    def of(cls, database: Database, like: Database) -> "VersionBefore":
        """Fill the database with what there is in a newer one, as far as the version before knows of it."""
        known = MetaData()
        known.reflect(database.engine, only=NEEDED)
        with like.engine.connect() as source, database.unit_of_work() as session:
            rows = {name: source.execute(select(known.tables[name])).mappings().all() for name in NEEDED}
            for name in NEEDED:
                session.execute(insert(known.tables[name]), [dict(row) for row in rows[name]])
        (notice,), (delivery,) = rows["notices"], rows["deliveries"]
        return cls(database, dict(known.tables), dict(notice), dict(delivery))

    @contextmanager
    def serving(self) -> Iterator[None]:
        thread = Thread(target=self._work)
        thread.start()
        try:
            yield
        finally:
            self.stopping.set()
            thread.join()

    def _work(self) -> None:
        while not self.stopping.is_set():
            try:
                retrying(self._tell_and_claim)
            except Exception as failure:
                self.failures.append(failure)
                return
            self.written += 1

    def _tell_and_claim(self) -> None:
        """Decide a notice, put it into the outbox, claim and give back what was there, and read it all."""
        notices, deliveries = self.tables["notices"], self.tables["deliveries"]
        notice_id, delivery_id = self._new_id(), self._new_id()
        fresh = {"id": notice_id, "dedupe_key": f"wait_warn:{notice_id}"}
        with self.database.unit_of_work() as session:
            session.execute(insert(notices).values(self.notice | fresh))
            session.execute(
                insert(deliveries).values(self.delivery | {"id": delivery_id, "notice_id": notice_id})
            )
            session.execute(update(deliveries).values(attempts=1))
            session.execute(select(notices).where(notices.c.state == "pending")).all()

    def _new_id(self) -> Any:
        made = uuid4()
        return made.hex if isinstance(self.notice["id"], str) else made


def test_fault_35_the_version_before_serves_on_while_the_database_is_upgraded(
    database: Database,
    served: Database,
    served_url: str,
    job_context: JobContext,
    push: RecordingPush,
) -> None:
    told_courier(database, useful_until=NOW.replace(year=2030))
    before = VersionBefore.of(served, database)

    with before.serving():
        until("it serves", lambda: before.written >= FEW or before.failures)
        migrate(served_url, "head")
        at_the_upgrade = before.written
        until("it serves on", lambda: before.written >= at_the_upgrade + FEW or before.failures)
    deliver_notices(replace(job_context, database=served))

    assert before.failures == []
    assert len({message.notice_id for message in push.sent}) == before.written + 1


def test_fault_35_the_newest_migration_takes_nothing_away(served_url: str, served: Database) -> None:
    before = shape_of(inspect(served.engine))
    migrate(served_url, "head")
    after = shape_of(inspect(served.engine))

    assert before.keys() <= after.keys()
    for table, shape in before.items():
        assert shape.columns.keys() <= after[table].columns.keys(), table
        for name, column in shape.columns.items():
            assert after[table].columns[name]["nullable"] or not column["nullable"], (table, name)
        for name in after[table].columns.keys() - shape.columns.keys():
            added = after[table].columns[name]
            assert added["nullable"] or added["default"] is not None, (table, name)
        assert shape.words <= after[table].words, f"{table}: a word that was allowed is so no more"
        assert after[table].unique <= shape.unique, f"{table}: what was allowed twice is so no more"


@dataclass(frozen=True, slots=True)
class Shape:
    """What whoever writes to a table relies on."""

    columns: dict[str, Any]
    words: set[str]
    unique: set[tuple[str, ...]]


def shape_of(inspector: Inspector) -> dict[str, Shape]:
    return {
        table: Shape(
            columns={column["name"]: dict(column) for column in inspector.get_columns(table)},
            words={
                word
                for check in inspector.get_check_constraints(table)
                for word in re.findall(r"'(\w+)'", str(check["sqltext"]))
            },
            unique={tuple(one["column_names"]) for one in inspector.get_unique_constraints(table)},
        )
        for table in inspector.get_table_names()
    }
