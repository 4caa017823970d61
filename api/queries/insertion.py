"""Inserts many rows at once, and can pass over those that exist already.

Both engines spell that alike, but SQLAlchemy keeps it in a dialect for each. How many rows travel to an
engine is in `column_values`.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.models import Base
from api.queries import column_values

Told = TypeVar("Told")
Row = Mapping[str, Any]


def insert_rows(session: Session, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows that are new, all with the same columns; defaults fill in the others."""
    if rows:
        _execute(session, insert(session, _table_of(model)), rows)


def insert_missing(
    session: Session,
    model: type[Base],
    rows: Sequence[Row],
    *,
    unique: Sequence[str] | None,
    told: InstrumentedAttribute[Told],
) -> set[Told]:
    """Insert the rows that do not collide on the `unique` columns; return the `told` column of those.

    Without `unique`, a collision on any key counts. A row that another process inserts at this very moment
    counts as existing, once it is committed.
    """
    if not rows:
        return set()
    dialect = session.get_bind().dialect.name
    fresh = _insert_missing(dialect, _table_of(model), unique and tuple(unique), told.key)
    return set(_execute(session, fresh, rows))


def insert(session: Session, model: type[Base] | Table) -> postgresql.Insert | sqlite.Insert:
    """Return an insert that knows ON CONFLICT, in the dialect of the session's engine."""
    return _insert(session.get_bind().dialect.name, model)


# Always the same statements: it is then known at once that they have been compiled before.
@cache
def _insert(dialect: str, model: type[Base] | Table) -> postgresql.Insert | sqlite.Insert:
    return _new_insert(dialect, model)


@cache
def _insert_missing(dialect: str, table: Table, unique: tuple[str, ...] | None, told: str) -> Insert:
    fresh = _new_insert(dialect, table).on_conflict_do_nothing(index_elements=unique)
    return fresh.returning(table.c[told])


def _new_insert(dialect: str, model: type[Base] | Table) -> postgresql.Insert | sqlite.Insert:
    return sqlite.insert(model) if dialect == "sqlite" else postgresql.insert(model)


def _table_of(model: type[Base]) -> Table:
    assert isinstance(model.__table__, Table)
    return model.__table__


def _execute(session: Session, statement: Insert, rows: Sequence[Row]) -> Sequence[Any]:
    """Run the insert; return the values of its RETURNING, if there is one."""
    session.flush()  # Rows may refer to what the session has yet to write.
    return column_values.insert(session.connection(), statement, rows)
