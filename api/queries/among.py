"""`column IN (ids)` for hundreds of ids, in the statements that a sweep hands to `driver`."""

from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Dialect, Uuid, any_, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeDecorator


def among(column: InstrumentedAttribute[Any], name: str) -> ColumnElement[bool]:
    """Tell whether the column is one of the ids that `driver` is given by this name.

    On PostgreSQL they are one array, which makes the same statement for any number of them: psycopg takes
    ten times as long over a thousand parameters. SQLite gets each by itself, for it looks into a column's
    index only where it can count the list.
    """
    return _Among(column, name)


class _Among(ColumnElement[bool]):
    inherit_cache = False  # The driver keeps such a statement in words.

    def __init__(self, column: InstrumentedAttribute[Any], name: str) -> None:
        self.column, self.name = column, name


@compiles(_Among, "sqlite")
def _each(element: _Among, compiler: Any, **context: Any) -> str:
    return str(compiler.process(element.column.in_(bindparam(element.name, expanding=True)), **context))


@compiles(_Among, "postgresql")
def _in_array(element: _Among, compiler: Any, **context: Any) -> str:
    ids = bindparam(element.name, type_=_Ids())
    return str(compiler.process(element.column == any_(ids), **context))


class _Ids(TypeDecorator[Collection[UUID]]):
    """An array of ids, written by ourselves: the driver looks at each of them by itself."""

    impl = ARRAY(Uuid)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        return lambda ids: "{" + ",".join([one.hex for one in ids]) + "}"
