"""SQLite is served by one process: a lock file beside the database keeps a second server out.

PostgreSQL serves any number of processes, so nothing is locked for it.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import make_url


class AlreadyServed(Exception):
    """Another server process has this SQLite database open."""


def check_free(database_url: str) -> None:
    """Raise `AlreadyServed` while another process serves this database."""
    with held(database_url):
        pass


@contextmanager
def held(database_url: str) -> Iterator[None]:
    """Keep every server out until the block ends. Raises `AlreadyServed`."""
    descriptor = _locked(database_url)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def hold(database_url: str) -> None:
    """Take the lock until this process ends, however it ends. Raises `AlreadyServed`."""
    _locked(database_url)


def _locked(database_url: str) -> int | None:
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        return None
    descriptor = os.open(f"{url.database}.server-lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(descriptor, 20, 0).decode()
        os.close(descriptor)
        raise AlreadyServed(
            f"This SQLite database is already served by process {owner}. SQLite has one server process; "
            "use PostgreSQL for more."
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor
