"""Photos and signatures as proof: what is taken, how it is named, and where it is put.

A proof is named by the SHA-256 of its bytes. So the event that mentions it may come before it or after it.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from api.domain.errors import NotFound, RuleBroken, TooMany
from api.domain.vocabulary import FieldEventType, ProofState, ProofType

MOST_BYTES = 2_097_152
MOST_PER_EVENT = 5
MOST_A_DAY = 200
"""By one courier in any 24 hours; a picture that is sent again does not count again."""

DAY = timedelta(hours=24)
STRAYS_KEPT = timedelta(hours=24)
"""How long a file may lie without a row: far longer than any request takes between the two."""

ANY_PICTURE = "image/*"
"""What a client says that leaves the looking to us."""

SHA256 = re.compile(r"[0-9a-f]{64}")
_SUFFIXES = {ProofType.JPEG: "jpg", ProofType.PNG: "png", ProofType.WEBP: "webp"}


class HashMismatch(RuleBroken):
    """These bytes have another SHA-256 than the address says."""

    code = "hash_mismatch"


class NotThatPicture(RuleBroken):
    """These bytes are no picture of the type that Content-Type says."""

    code = "not_that_picture"


class TooManyProofs(TooMany):
    """You have sent 200 proofs in 24 hours; send the rest later."""

    code = "too_many_proofs"


class ProofDraft(Protocol):
    """A file that is written, yet not under its name. It must be kept or discarded."""

    def keep(self, sha256: str) -> None:
        """Give the file its name, at once and wholly. Keeping it twice is keeping it once."""

    def discard(self) -> None:
        """Forget the file, unless it was kept."""


class FileSeal(Protocol):
    """Makes files unreadable to whoever has the disk and not the keys."""

    current_key_id: str
    head_length: int

    def seal(self, data: bytes) -> bytes:
        """Return what may lie on a disk."""

    def open(self, stored: bytes, *, sha256: str) -> bytes:
        """Return what was sealed, if it is the content of that SHA-256. Raises when it does not open."""

    def key_of(self, head: bytes) -> str | None:
        """Return the id of the key that sealed a file that begins like this; None when none did."""


class ProofStore(Protocol):
    """Where the bytes lie, each file sealed and under the SHA-256 of what is in it.

    Whoever may see them is decided by rows.
    """

    def draft(self, data: bytes) -> ProofDraft:
        """Write the bytes durably. This is the slow part: no transaction should be open."""

    def read(self, sha256: str) -> bytes | None:
        """Return what is in a file, or None when there is none. Raises when it does not open."""

    def seals(self) -> Iterator[tuple[str, str | None]]:
        """Name every file, and the key that sealed it: None for one of the time when none were sealed."""

    def stored(self) -> Iterator[tuple[str, bytes]]:
        """Return every file as it lies there, sealed, for a backup."""

    def put_back(self, sha256: str, stored: bytes) -> None:
        """Keep a file that `stored` returned, as it was."""

    def reseal(self, sha256: str) -> bool:
        """Seal a file with the newest key; tell whether it was there and whole. Raises as `read` does."""

    def untouched_since(self, before: datetime) -> Iterator[str]:
        """Name the files that were kept last before then, and forget drafts as old."""

    def drop(self, sha256: str) -> None:
        """Remove a file, if it is there."""


@dataclass(frozen=True, slots=True)
class ProofFile:
    """A picture as it is handed out, under a name of our own making."""

    name: str
    type: ProofType
    data: bytes


@dataclass(frozen=True, slots=True)
class MentionedProof:
    """A picture that was named at a pickup; `type` and `size_bytes` are known once it has come."""

    sha256: str
    event: FieldEventType | None
    mentioned_at: datetime
    state: ProofState
    type: ProofType | None
    size_bytes: int | None


def name_of(text: str) -> str:
    """Return a proof's name. Raises NotFound for what is no SHA-256 in lower-case hex."""
    if not SHA256.fullmatch(text):
        raise NotFound()
    return text


def file_name(sha256: str, kind: ProofType) -> str:
    """Return the name under which a picture is saved, short enough to read out."""
    return f"proof-{sha256[:12]}.{_SUFFIXES[kind]}"


def sniffed(data: bytes) -> ProofType | None:
    """Return what kind of picture the first bytes are of, whatever anybody says."""
    if data.startswith(b"\xff\xd8\xff"):
        return ProofType.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return ProofType.PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ProofType.WEBP
    return None


def checked(data: bytes, *, sha256: str, said: str) -> ProofType:
    """Return the picture's type. Raises NotThatPicture or HashMismatch when it is not what was said."""
    kind = sniffed(data)
    if kind is None or said not in {kind.value, ANY_PICTURE}:
        raise NotThatPicture()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise HashMismatch()
    return kind
