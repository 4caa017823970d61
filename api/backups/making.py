"""Makes a backup and tries it: a file gets its name only after it was restored and counted."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from api.backups import archive
from api.backups.archive import Content
from api.backups.contents import contents_of, engine_of
from api.backups.copier import Copier
from api.backups.manifest import Manifest, Part
from api.backups.refusal import BackupRefused
from api.domain.proofs import FileSeal, ProofStore


@dataclass(frozen=True, slots=True)
class House:
    """What is backed up and restored: a database and the proofs; and the data keys, the newest first."""

    copier: Copier
    proofs: ProofStore
    seal: FileSeal
    keys: tuple[bytes, ...]


def make(house: House, to: Path, *, check: bool, now: datetime) -> Manifest:
    """Back the house up to a new file, beside running servers.

    The proofs are copied after the database, so that no row lacks its file. What cannot be checked gets no
    name. Takes twice the database's room beside `to`. Raises BackupRefused.
    """
    if to.exists():
        raise BackupRefused(f"{to} exists, and a backup is never overwritten.")
    with workspace(to.parent) as work:
        contents = house.copier.dump(work / "database")
        keys: set[str] = set()

        def describe(database: Part, proofs: Part) -> Manifest:
            copier = house.copier
            return Manifest(
                copier.engine, copier.version, now, contents, database, proofs, tuple(sorted(keys))
            )

        content = Content(work / "database", _noting_keys(house, keys))
        manifest = archive.write(work / "backup", house.keys[0], content, describe)
        (work / "database").unlink()
        if check:
            _try(house, work / "backup", work / "database")
        os.replace(work / "backup", to)
        _sync(to.parent)
    return manifest


def _noting_keys(house: House, keys: set[str]) -> Iterator[tuple[str, bytes]]:
    for sha256, stored in house.proofs.stored():
        if key := house.seal.key_of(stored):
            keys.add(key)
        yield sha256, stored


def _try(house: House, backup: Path, dump: Path) -> None:
    """Restore the backup from its own file, and count. Raises BackupRefused."""
    manifest = archive.read(backup, house.keys, database_to=dump)
    with house.copier.tried(dump) as url, engine_of(url).connect() as connection:
        found = contents_of(connection)
    if found != manifest.contents:
        raise BackupRefused("What was restored is not what was backed up: look for a failing disk or memory.")


@contextmanager
def workspace(beside: Path | None) -> Iterator[Path]:
    """Yield a folder that nobody else may read, and remove it with all that is in it."""
    try:
        with TemporaryDirectory(prefix=".doorstep-backup-", dir=beside) as folder:
            yield Path(folder)
    except OSError as failure:
        raise BackupRefused(f"{failure.filename or beside}: {failure.strerror}.") from None


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
