"""SQLite is served by one process: a lock file beside the database keeps a second server out."""

import fcntl
import os
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import make_url


class AlreadyServed(Exception):
    """Another server process has this SQLite database open."""


class ServerLock:
    """An advisory lock that the operating system drops with the process, however it ends."""

    _held: "dict[Path, TextIOWrapper]" = {}  # noqa: RUF012 - keeps the files open as long as the process lives

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: TextIOWrapper | None = None

    @classmethod
    def of(cls, database_url: str) -> Self:
        """Return the lock of this database. PostgreSQL serves any number of processes, so its lock is void."""
        url = make_url(database_url)
        if url.get_backend_name() != "sqlite" or not url.database:
            return cls(None)
        return cls(Path(f"{url.database}.server-lock").absolute())

    def hold(self) -> None:
        """Take the lock until the process ends. Raises `AlreadyServed`."""
        self.__enter__()
        if self._path is not None and self._file is not None:
            self._held[self._path] = self._file

    def __enter__(self) -> Self:
        if self._path is None:
            return self
        self._file = self._path.open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            owner = self._file.read().strip()
            self._file.close()
            raise AlreadyServed(
                f"This SQLite database is already served by process {owner}. SQLite has one server "
                "process; use PostgreSQL for more."
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
