"""The file of a backup: the database, the proofs and, last, the manifest. Streamed both ways, sealed.

Each part is a line `name size` and so many bytes.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import IO, Any

from api.backups.manifest import Manifest, Part
from api.backups.refusal import BackupRefused
from api.backups.sealed_stream import CHUNK, OpeningFile, SealingFile
from api.domain.proofs import SHA256

DATABASE = "database"
MANIFEST = "manifest"

ProofTaker = Callable[[str, bytes], None]


@dataclass(frozen=True, slots=True)
class Content:
    """What goes into a backup: the database as a file, and the proofs, each sealed as it lies on the disk."""

    database: Path
    proofs: Iterable[tuple[str, bytes]]


def write(path: Path, key: bytes, content: Content, describe: Callable[[Part, Part], Manifest]) -> Manifest:
    """Write a backup to a new file that only its owner may read; it is on the disk when this returns."""
    with open(path, "xb", opener=_private) as file:
        with SealingFile(file, key) as sealed:
            database = _write_database(sealed, content.database)
            proofs = _Tally()
            for name, data in content.proofs:
                _write_head(sealed, name, len(data))
                sealed.write(data)
                proofs.take_proof(name, data)
            manifest = describe(database, proofs.part())
            text = manifest.to_json()
            _write_head(sealed, MANIFEST, len(text))
            sealed.write(text)
        file.flush()
        os.fsync(file.fileno())
    return manifest


def read(
    path: Path,
    keys: tuple[bytes, ...],
    *,
    database_to: Path | None = None,
    proof_to: ProofTaker | None = None,
) -> Manifest:
    """Read a whole backup, hand out what is asked for, and return its manifest.

    Raises BackupRefused for a file that is missing, foreign, altered or cut off, and when a part has not
    the hash that the manifest says. What was handed out before that must be thrown away.
    """
    try:
        with path.open("rb") as file, BufferedReader(OpeningFile(file, keys), CHUNK) as opened:
            return _read_parts(opened, database_to, proof_to)
    except OSError as failure:
        raise BackupRefused(f"{failure.filename or path}: {failure.strerror}.") from None


def _read_parts(opened: IO[bytes], database_to: Path | None, proof_to: ProofTaker | None) -> Manifest:
    database, proofs, manifest = None, _Tally(), None
    for name, size in _heads(opened):
        if name == DATABASE:
            database = _take_database(opened, size, database_to)
        elif name == MANIFEST:
            manifest = Manifest.parse(opened.read(size))
        elif SHA256.fullmatch(name):
            data = opened.read(size)
            proofs.take_proof(name, data)
            if proof_to:
                proof_to(name, data)
    if manifest is None or (database, proofs.part()) != (manifest.database, manifest.proofs):
        raise BackupRefused("The parts of this backup are not those that it names; take another one.")
    return manifest


@dataclass(slots=True)
class _Tally:
    """Counts and hashes a part while it passes."""

    files: int = 0
    size: int = 0
    hash: Any = field(default_factory=hashlib.sha256)

    def take(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self.hash.update(chunk)

    def take_proof(self, name: str, data: bytes) -> None:
        self.files += 1
        self.size += len(data)
        self.hash.update(f"{name} {hashlib.sha256(data).hexdigest()}\n".encode())

    def part(self) -> Part:
        return Part(self.files, self.size, self.hash.hexdigest())


def _write_head(sealed: SealingFile, name: str, size: int) -> None:
    sealed.write(f"{name} {size}\n".encode())


def _heads(opened: IO[bytes]) -> Iterator[tuple[str, int]]:
    while head := opened.readline():
        name, size = head.decode().split()
        yield name, int(size)


def _write_database(sealed: SealingFile, path: Path) -> Part:
    size = path.stat().st_size
    _write_head(sealed, DATABASE, size)
    with path.open("rb") as file:
        return _copied(file, size, sealed)


def _take_database(opened: IO[bytes], size: int, to: Path | None) -> Part:
    with open(to or os.devnull, "wb", opener=_private) as target:
        return _copied(opened, size, target)


def _copied(source: IO[bytes], size: int, target: IO[bytes] | SealingFile) -> Part:
    tally = _Tally(files=1)
    while tally.size < size and (chunk := source.read(min(CHUNK, size - tally.size))):
        target.write(chunk)
        tally.take(chunk)
    return tally.part()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)
