"""Column types of the house: ids, instants that are always UTC, and text encrypted or hashed with a key.

Encryption happens here, at the edge of the database, so that no service can forget it. The keys are
those of the engine's own application: `db.Database` hangs its vault on the dialect.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import DateTime, Dialect, String, Text, Uuid
from sqlalchemy.types import TypeDecorator

from api.domain.ids import id_of
from api.security import KEY_ID_LENGTH as KEY_ID_LENGTH
from api.security import Vault


class Id(TypeDecorator[UUID]):
    """An id: PostgreSQL's own type, 32 digits on SQLite."""

    impl = Uuid
    cache_ok = True

    @property
    def python_type(self) -> type[UUID]:
        return UUID

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        return _digits if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        return _id if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _digits(value: UUID | None) -> str | None:
    # As `value.hex`, in half the time: half a dozen ids stand in every row that a sweep writes.
    return None if value is None else value.int.to_bytes(16, "big").hex()


# Most rows of a sweep name the same branch and people, and their wait and pickup more than once.
@lru_cache(maxsize=4096)
def _id(digits: str | None) -> UUID | None:
    return None if digits is None else id_of(int(digits, 16))


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant in UTC. SQLite forgets offsets, so naive values are refused on the way in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _in_utc(value)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        # The same text that SQLAlchemy writes, at a fraction of its cost: sweeps write many thousands.
        return _sqlite_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        return _from_sqlite if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return value.astimezone(UTC)


def _sqlite_text(value: datetime | None) -> str | None:
    if value is None:
        return None
    return _text(value if value.tzinfo is UTC else _in_utc(value))


# The end of one rung is the beginning of the next, and a notice ends with its deliveries.
@lru_cache(maxsize=4096)
def _text(instant: datetime) -> str:
    # A third less than to write the offset, and cut it off.
    return f"{instant.date().isoformat()} {instant.time().isoformat('microseconds')}"


def _from_sqlite(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value + "+00:00")


class Sealed(TypeDecorator[str]):
    """Personal text, encrypted. `purpose` is `table.column` and is authenticated with the value."""

    impl = Text
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _vault(dialect).fields.seal(value, self.purpose)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _vault(dialect).fields.open(value, self.purpose)


class SealedDate(TypeDecorator[date]):
    """A personal calendar day, encrypted."""

    impl = Text
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        return None if value is None else _vault(dialect).fields.seal(value.isoformat(), self.purpose)

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        return None if value is None else date.fromisoformat(_vault(dialect).fields.open(value, self.purpose))


class Hashed(str):
    """A keyed hash that came out of the database; it goes back in as it is."""

    __slots__ = ()


class KeyedHash(TypeDecorator[str]):
    """The hash by which an encrypted value is found: plain text goes in, only its keyed hash is stored.

    Comparing the column with plain text therefore just works. What is read back is the hash.
    """

    impl = String(64)
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or isinstance(value, Hashed):
            return value
        return _vault(dialect).index(value, self.purpose)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else Hashed(value)


def _vault(dialect: Dialect) -> Vault:
    return cast(Vault, dialect.doorstep_vault)  # type: ignore[attr-defined]
