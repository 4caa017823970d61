"""How a database becomes a file and a database again, whichever engine it is of."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from api.backups.manifest import Contents


class Copier(Protocol):
    @property
    def engine(self) -> str:
        """The engine's name; a backup of one is not restored into another."""

    @property
    def workspace(self) -> Path | None:
        """Where there is room for a copy of the database; None: where the machine keeps temporary files."""

    @property
    def version(self) -> str:
        """The version of the engine, as people say it."""

    def dump(self, to: Path) -> Contents:
        """Write the database as it is at one moment to a new file, beside running servers."""

    def tried(self, dump: Path) -> AbstractContextManager[str]:
        """Restore a dump where it is in nobody's way; yield that database's URL, and drop it afterwards."""

    def require_empty(self) -> None:
        """Raise BackupRefused when the configured database is not empty, or in use."""

    def restored(self, dump: Path) -> AbstractContextManager[str]:
        """Yield the URL of the restored database, to be brought up to date.

        It is the configured one once the block has ended well. Otherwise that stays empty.
        Raises BackupRefused as `require_empty` does.
        """
