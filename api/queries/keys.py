"""Sealed values and links by the key that made them. Values are handled as stored; nothing is opened here."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Text, bindparam, func, select, type_coerce, update
from sqlalchemy.orm import Session

from api.models import Base, CalendarLink, Link
from api.models.types import KEY_ID_LENGTH, Sealed, SealedDate


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """An encrypted column, the id of its table, and the purpose (`table.column`) of its values."""

    values: Column[Any]
    identity: Column[Any]
    purpose: str


def sealed_columns() -> list[SealedColumn]:
    """Return every encrypted column. The models are asked, so that a new column is never forgotten."""
    return [
        SealedColumn(column, table.columns["id"], column.type.purpose)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Sealed | SealedDate)
    ]


def values_by_key(session: Session, column: SealedColumn) -> dict[str, int]:
    """Count the column's values by the id of the key that sealed them."""
    key = _key_of(column)
    counted = select(key, func.count()).where(column.values.is_not(None)).group_by(key)
    return {row[0]: row[1] for row in session.execute(counted)}


def links_by_key(session: Session, *, now: datetime) -> dict[str, int]:
    """Count the links that still open something, contacts' and calendars', by the id of their key."""
    of_contacts = select(Link.key_id, func.count()).where(Link.revoked_at.is_(None), Link.expires_at > now)
    of_calendars = select(CalendarLink.key_id, func.count()).where(CalendarLink.revoked_at.is_(None))
    counts: Counter[str] = Counter()
    for key_id, count in session.execute(of_contacts.group_by(Link.key_id)):
        counts[key_id] += count
    for key_id, count in session.execute(of_calendars.group_by(CalendarLink.key_id)):
        counts[key_id] += count
    return dict(counts)


def sealed_otherwise(
    session: Session, column: SealedColumn, *, newest: str, after: Any, limit: int
) -> Sequence[tuple[Any, str]]:
    """Return id and stored value of rows that another key than `newest` sealed, in the order of ids."""
    identity = column.identity
    statement = select(identity, _stored(column)).where(column.values.is_not(None), _key_of(column) != newest)
    if after is not None:
        statement = statement.where(identity > after)
    return [(row[0], row[1]) for row in session.execute(statement.order_by(identity).limit(limit))]


def replace(session: Session, column: SealedColumn, values: Sequence[tuple[Any, str, str]]) -> None:
    """Replace stored values: id, old, new. One that was changed meanwhile stays: it is newer than ours."""
    if not values:
        return
    statement = (
        update(column.values.table)
        .where(column.identity == bindparam("row_id"), _stored(column) == bindparam("old"))
        .values({column.values.name: bindparam("new", type_=Text)})
    )
    session.execute(statement, [{"row_id": row_id, "old": old, "new": new} for row_id, old, new in values])


def _stored(column: SealedColumn) -> ColumnElement[str]:
    return type_coerce(column.values, Text)


def _key_of(column: SealedColumn) -> ColumnElement[str]:
    return func.substr(_stored(column), 1, KEY_ID_LENGTH)
