"""Proofs on disk: a sealed file for each picture, under the picture's SHA-256, in folders by its beginning.

A file is written under another name, brought to the disk, and only then named: no half file is ever seen,
whenever the power goes. Several hosts may share one folder.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from api.domain.proofs import SHA256, FileSeal

DRAFTS = "drafts"


class DiskProofStore:
    """Makes its folders when the first proof comes. Every path is made here, of a checked hash."""

    def __init__(self, folder: Path, seal: FileSeal) -> None:
        self._folder = folder
        self._seal = seal

    def draft(self, data: bytes) -> "DiskDraft":
        return self._draft(self._seal.seal(data))

    def read(self, sha256: str) -> bytes | None:
        try:
            stored = _path_of(self._folder, sha256).read_bytes()
        except FileNotFoundError:
            return None
        if self._seal.key_of(stored) is not None:
            return self._seal.open(stored, sha256=sha256)
        # Of the time before files were sealed. Nothing vouches for it but its name.
        return stored if hashlib.sha256(stored).hexdigest() == sha256 else None

    def seals(self) -> Iterator[tuple[str, str | None]]:
        for path in self._files():
            try:
                with path.open("rb") as file:
                    yield path.name, self._seal.key_of(file.read(self._seal.head_length))
            except FileNotFoundError:  # Dropped a moment ago.
                continue

    def stored(self) -> Iterator[tuple[str, bytes]]:
        for path in self._files():
            with suppress(FileNotFoundError):  # Dropped a moment ago.
                yield path.name, path.read_bytes()

    def put_back(self, sha256: str, stored: bytes) -> None:
        self._draft(stored).keep(sha256)

    def reseal(self, sha256: str) -> bool:
        data = self.read(sha256)
        if data is None:
            return False
        self.draft(data).keep(sha256)
        return True

    def untouched_since(self, before: datetime) -> Iterator[str]:
        """Name old files shard by shard. A draft as old belongs to no request any more."""
        for path in self._folder.glob(f"{DRAFTS}/*"):
            if _is_older(path, before):
                path.unlink(missing_ok=True)
        for path in self._files():
            if _is_older(path, before):
                yield path.name

    def drop(self, sha256: str) -> None:
        _path_of(self._folder, sha256).unlink(missing_ok=True)

    def _draft(self, stored: bytes) -> "DiskDraft":
        drafts = self._folder / DRAFTS
        drafts.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = drafts / secrets.token_hex(16)
        try:
            _write(path, stored)
        except OSError:
            path.unlink(missing_ok=True)  # The disk is full: do not fill it with halves.
            raise
        return DiskDraft(self._folder, path)

    def _files(self) -> Iterator[Path]:
        for path in self._folder.glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*"):
            if SHA256.fullmatch(path.name):
                yield path


@dataclass(frozen=True, slots=True)
class DiskDraft:
    """Bytes that are on the disk, under a name that nobody asks for."""

    folder: Path
    path: Path

    def keep(self, sha256: str) -> None:
        target = _path_of(self.folder, sha256)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            # Also over an older file of that name: should it have been damaged, it is mended.
            os.replace(self.path, target)
        except FileNotFoundError:
            if not target.exists():  # Else this very draft was kept before, and the request runs again.
                raise
        for folder in (target.parent, target.parent.parent, self.folder):
            _sync(folder)

    def discard(self) -> None:
        with suppress(FileNotFoundError):
            self.path.unlink()


def _path_of(folder: Path, sha256: str) -> Path:
    if not SHA256.fullmatch(sha256):
        raise ValueError("not a SHA-256 in lower-case hex")
    return folder / sha256[:2] / sha256[2:4] / sha256


def _write(path: Path, data: bytes) -> None:
    with open(path, "xb", opener=_private) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def _sync(folder: Path) -> None:
    """Bring a folder's own entries to the disk: without it a new name may be lost with the power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_older(path: Path, before: datetime) -> bool:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC) < before
    except FileNotFoundError:
        return False
