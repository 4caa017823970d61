"""What every table shares: the declarative base, ids, constraint names, and the types behind annotations."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Enum, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from uuid_utils import uuid7 as uuid7_in_rust
from uuid_utils.compat import uuid7

from api.models.types import Id, UtcDateTime

# Constraints need names that do not depend on the engine: migrations address them.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {
        UUID: Id(),
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[str]: JSON(),
        # Vocabularies are text with a CHECK: a native enum type cannot be changed inside a transaction.
        StrEnum: Enum(
            StrEnum,
            native_enum=False,
            create_constraint=True,
            length=32,
            values_callable=lambda words: [word.value for word in words],
        ),
    }


class HasId:
    """An id that sorts by time of creation and cannot be counted (UUIDv7)."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)


def new_digits() -> str:
    """Return such an id in the digits that both engines take, for a row whose id nobody waits for."""
    return uuid7_in_rust().hex


class HasVersion:
    """The version behind a row's ETag. A write to a stale row changes nothing and is refused."""

    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}
