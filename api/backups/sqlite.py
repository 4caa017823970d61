"""A backup of an SQLite file by SQLite's own online backup, and the way back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from api import server_lock
from api.backups.contents import contents_of, engine_of, is_empty
from api.backups.manifest import Contents
from api.backups.refusal import BackupRefused
from api.server_lock import AlreadyServed

PAGES = 1_000
"""Copied at a time, 4 MB: other threads get their turn in between."""


@dataclass(frozen=True, slots=True)
class SqliteCopier:
    path: Path
    engine: str = "sqlite"

    @property
    def workspace(self) -> Path:
        return self.path.parent

    @property
    def version(self) -> str:
        return sqlite3.sqlite_version

    def dump(self, to: Path) -> Contents:
        with closing(_opened(self.path)) as source, closing(sqlite3.connect(to)) as target:
            # A snapshot, held open: without it each commit of a server would make the copy start again.
            # Writers are not held up by it; only the -wal file grows meanwhile.
            source.execute("BEGIN")
            source.execute("SELECT 1 FROM sqlite_master").fetchone()
            source.backup(target, pages=PAGES)
        with _connected(to) as connection:
            return contents_of(connection)

    @contextmanager
    def tried(self, dump: Path) -> Iterator[str]:
        with closing(_opened(dump)) as copy:
            said = [row[0] for row in copy.execute("PRAGMA integrity_check(5)")]
            dangling = copy.execute("PRAGMA foreign_key_check").fetchmany(5)
        if said != ["ok"] or dangling:
            raise BackupRefused(f"The copy is not sound: {'; '.join(said)} {dangling or ''}")
        yield f"sqlite:///{dump}"

    def require_empty(self) -> None:
        with self._to_ourselves():
            pass

    @contextmanager
    def restored(self, dump: Path) -> Iterator[str]:
        with self._to_ourselves():
            with self.tried(dump) as url:
                yield url
            # One transaction of SQLite's: the file is the backup afterwards, or empty as before.
            with closing(_opened(dump)) as source, closing(_opened(self.path)) as target:
                source.backup(target)
                target.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def _to_ourselves(self) -> Iterator[None]:
        try:
            with server_lock.held(f"sqlite:///{self.path}"):
                with _connected(self.path) as connection:
                    if not is_empty(connection):
                        raise BackupRefused(
                            f"{self.path} is not empty. Move it away with its -wal and -shm, or let "
                            "DOORSTEP_DATABASE_URL name a file that does not exist yet."
                        )
                yield
        except AlreadyServed as served:
            raise BackupRefused(f"{served} Stop it first.") from None


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


@contextmanager
def _connected(path: Path) -> Iterator[Connection]:
    engine = engine_of(f"sqlite:///{path}")
    with engine.connect() as connection:
        yield connection
