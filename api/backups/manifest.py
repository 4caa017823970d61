"""What a backup says of itself: of when and of what it is, what it takes to read it, each part's hash."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Self

from api.backups.refusal import BackupRefused

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Part:
    """`sha256` is that of the bytes; of proofs, that of lines `name SHA-256` in the order of the file."""

    files: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Contents:
    """A database at one moment: its migration, the rows of each table, the ids of the data keys in use."""

    revision: str
    rows: Mapping[str, int]
    data_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    engine: str
    engine_version: str
    made_at: datetime
    contents: Contents
    database: Part
    proofs: Part
    proof_keys: tuple[str, ...]

    @property
    def data_keys(self) -> tuple[str, ...]:
        """The ids of all data keys that it takes to read what was restored."""
        return tuple(sorted({*self.contents.data_keys, *self.proof_keys}))

    def to_json(self) -> bytes:
        said = asdict(self) | {"format": FORMAT, "made_at": self.made_at.isoformat()}
        return json.dumps(said, indent=1).encode()

    @classmethod
    def parse(cls, text: bytes) -> Self:
        """Read what `to_json` wrote. Raises BackupRefused for a format of another version."""
        said = json.loads(text)
        if said["format"] != FORMAT:
            raise BackupRefused(
                "This backup was made by a newer version of Doorstep; restore it with that one."
            )
        contents = said["contents"]
        return cls(
            engine=said["engine"],
            engine_version=said["engine_version"],
            made_at=datetime.fromisoformat(said["made_at"]),
            contents=Contents(contents["revision"], contents["rows"], tuple(contents["data_keys"])),
            database=Part(**said["database"]),
            proofs=Part(**said["proofs"]),
            proof_keys=tuple(said["proof_keys"]),
        )

    def summary(self) -> str:
        """Return the sentences that operators read."""
        size = (self.database.bytes + self.proofs.bytes) / 1_000_000
        return (
            f"{self.engine} {self.engine_version} at revision {self.contents.revision}, "
            f"as of {self.made_at:%Y-%m-%d %H:%M:%S} UTC: {sum(self.contents.rows.values()):,} rows of "
            f"{len(self.contents.rows)} tables, {self.proofs.files:,} proofs, {size:,.1f} MB."
        )
