"""Hands many rows to an engine column by column. What is inserted, and what if it exists, is in `insertion`.

Row by row a driver takes longer over the parameters than the engine over the rows. So a column is encoded as
a whole; PostgreSQL gets each as one array, SQLite a thousand rows and more in one statement.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import (
    JSON,
    Column,
    ColumnDefault,
    Connection,
    Dialect,
    Insert,
    String,
    Table,
    Text,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

Columns: TypeAlias = Mapping[Column[Any], Sequence[Any]]

PARAMETERS_A_STATEMENT = 16_000
"""On SQLite, which takes no more than 32,766 and prepares its CHECKs anew for each statement."""

_BEFORE_ROW_AFTER = re.compile(r"(.* VALUES )(\([^()]*\))(.*)", re.DOTALL)


def insert(connection: Connection, statement: Insert, rows: Sequence[Mapping[str, Any]]) -> Sequence[Any]:
    """Insert rows that all have the same columns; return the values of the RETURNING, if there is one."""
    assert isinstance(statement.table, Table)
    turned = _turned(statement.table, rows)
    columns = {column: _encoded(column, values, connection.dialect) for column, values in turned}
    if connection.dialect.name == "sqlite":
        return _insert_values(connection, statement, columns)
    done = connection.execute(_from_arrays(statement, columns))
    return done.scalars().all() if done.returns_rows else ()


def _turned(table: Table, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Column[Any], Sequence[Any]]]:
    """Turn rows into columns, with those that a default of ours fills in; SQL fills in its own."""
    for column in table.columns:
        default = column.default
        if column.name in rows[0]:
            yield column, [row[column.name] for row in rows]
        elif isinstance(default, ColumnDefault) and default.is_callable:
            yield column, [default.arg(None) for _ in rows]
        elif isinstance(default, ColumnDefault) and default.is_scalar:
            yield column, [default.arg] * len(rows)


def _encoded(column: Column[Any], values: Sequence[Any], dialect: Dialect) -> Sequence[Any]:
    encode = _encoder(column, dialect)
    return values if encode is None else _each(encode, values)


def _encoder(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    if isinstance(column.type, JSON):
        return json.dumps  # As text on both engines: no driver's wrapper fits into an array of ours.
    return column.type.dialect_impl(dialect).bind_processor(dialect)


def _each(change: Callable[[Any], Any], values: Sequence[Any]) -> list[Any]:
    """Change every value; one that all rows share (an instant, a word, None) only once."""
    first = values[0]
    if all(value is first for value in values):
        return [change(first)] * len(values)
    return [change(value) for value in values]


def _insert_values(connection: Connection, statement: Insert, columns: Columns) -> Sequence[Any]:
    by_name = {column.name: values for column, values in columns.items()}
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(by_name))
    parts = _BEFORE_ROW_AFTER.fullmatch(str(compiled))
    assert parts is not None and compiled.positiontup is not None
    before, one_row, after = parts.groups()
    rows = list(zip(*(by_name[name] for name in compiled.positiontup), strict=True))
    at_once = PARAMETERS_A_STATEMENT // len(columns)
    told: list[Any] = []
    for start in range(0, len(rows), at_once):
        some = rows[start : start + at_once]
        text = before + ", ".join([one_row] * len(some)) + after
        done = connection.exec_driver_sql(text, tuple(chain.from_iterable(some)))
        told += done.scalars() if done.returns_rows else ()
    return _decoded(statement, told, connection.dialect)


def _decoded(statement: Insert, told: list[Any], dialect: Dialect) -> list[Any]:
    for column in statement.exported_columns:
        if decode := column.type.dialect_impl(dialect).result_processor(dialect, None):
            return [decode(value) for value in told]
    return told


def _from_arrays(statement: Insert, columns: Columns) -> Insert:
    arrays = [
        func.unnest(cast(literal(_array_text(values), Text), ARRAY(_element_type(column))))
        for column, values in columns.items()
    ]
    return statement.from_select([column.name for column in columns], select(*arrays))


def _element_type(column: Column[Any]) -> TypeEngine[Any]:
    # A cast to a text's length would cut off what is too long; without, the insert refuses it.
    return Text() if isinstance(column.type, String) else column.type


def _array_text(values: Sequence[Any]) -> str:
    # The driver's own looks through every value for what needs quotes, which takes longer than to set them.
    return "{" + ",".join(_each(_element, values)) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, UUID):
        return value.hex
    assert not isinstance(value, bytes), "bytes have another spelling in an array"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
