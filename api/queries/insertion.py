"""Inserts many rows at once, and can pass over those that exist already.

Both engines spell that alike, but SQLAlchemy keeps it in a dialect for each.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnDefault, CursorResult, Insert, Table, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.models import Base

Told = TypeVar("Told")
Row = Mapping[str, Any]

MANY = 20
"""From so many rows on PostgreSQL is quicker with arrays; for fewer they take longer to put together."""


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
    table = _table_of(model)
    fresh = insert(session, table).on_conflict_do_nothing(index_elements=unique)
    return set(_execute(session, fresh.returning(table.c[told.key]), rows).scalars())


def insert(session: Session, model: type[Base] | Table) -> postgresql.Insert | sqlite.Insert:
    """Return an insert that knows ON CONFLICT, in the dialect of the session's engine."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(model)
    return postgresql.insert(model)


def _table_of(model: type[Base]) -> Table:
    assert isinstance(model.__table__, Table)
    return model.__table__


def _execute(session: Session, statement: Insert, rows: Sequence[Row]) -> CursorResult[Any]:
    session.flush()  # Rows may refer to what the session has yet to write.
    # The connection takes rows as they are; the session's mapper would take each of them apart once more.
    connection = session.connection()
    if connection.dialect.name == "sqlite" or len(rows) < MANY:
        return connection.execute(statement, rows)
    return connection.execute(_from_arrays(statement, rows))


def _from_arrays(statement: Insert, rows: Sequence[Row]) -> Insert:
    """Hand PostgreSQL each column as one array.

    A statement with parameters for a thousand rows takes the driver longer to read than the server to do.
    """
    table = statement.table
    made = {
        column.name: [column.default.arg(None) for _ in rows]
        for column in table.columns
        if isinstance(column.default, ColumnDefault) and column.default.is_callable
        if column.name not in rows[0]
    }
    values = made | {name: [row[name] for row in rows] for name in rows[0]}
    arrays = [literal(column, ARRAY(table.c[name].type)) for name, column in values.items()]
    return statement.from_select(list(values), select(*(func.unnest(array) for array in arrays)))
