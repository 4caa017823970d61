"""Inserts many rows at once and passes over those that exist already.

Both engines spell this alike, but SQLAlchemy keeps it in a dialect for each.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.models import Base

Told = TypeVar("Told")


def insert_missing(
    session: Session,
    model: type[Base],
    rows: Sequence[dict[str, Any]],
    *,
    unique: Sequence[str],
    told: InstrumentedAttribute[Told],
) -> set[Told]:
    """Insert the rows that do not collide on the `unique` columns; return the `told` column of those.

    A row that another process inserts at this very moment counts as existing, once it is committed.
    """
    if not rows:
        return set()
    statement = insert(session, model).on_conflict_do_nothing(index_elements=list(unique)).returning(told)
    return set(session.scalars(statement, rows))


def insert(session: Session, model: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """Return an insert that knows ON CONFLICT, in the dialect of the session's engine."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(model)
    return postgresql.insert(model)
