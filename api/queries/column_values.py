"""Hands many rows to an engine column by column. What is inserted, and what if it exists, is in `insertion`.

Row by row a driver takes longer over the parameters than the engine over the rows. So a column is encoded as
a whole; PostgreSQL gets each as one array, SQLite a thousand rows and more in one statement.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any
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
    bindparam,
    cast,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine

from api.models.base import new_digits
from api.models.types import Id
from api.queries import driver
from api.queries.driver import Converter

PARAMETERS_A_STATEMENT = 16_000
"""On SQLite, which takes no more than 32,766 and prepares its CHECKs anew for each statement."""

_BEFORE_ROW_AFTER = re.compile(r"(.* VALUES )(\([^()]*\))(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Source:
    """Where the values of a column come from, a default of ours or the rows, and how they are encoded."""

    name: str
    default: Callable[[], Any] | None
    encode: Converter | None

    def values(self, rows: Sequence[Mapping[str, Any]]) -> Sequence[Any]:
        default = self.default
        values = list(map(itemgetter(self.name), rows)) if default is None else [default() for _ in rows]
        return values if self.encode is None else _each(self.encode, values)


@dataclass(frozen=True, slots=True)
class _Wording:
    """An insert in the words of one engine, for rows that have certain columns.

    `text` takes arrays by name on PostgreSQL; on SQLite it is in three parts, one row in their middle.
    """

    sources: Sequence[_Source]
    text: Sequence[str]
    decode: Converter | None
    returns_rows: bool


def insert(connection: Connection, statement: Insert, rows: Sequence[Mapping[str, Any]]) -> Sequence[Any]:
    """Insert rows that all have the same columns; return the values of the RETURNING, if there is one."""
    on_sqlite = connection.dialect.name == "sqlite"
    wording = _wording(statement, connection.dialect, tuple(rows[0]))
    columns = [source.values(rows) for source in wording.sources]
    send = _send_values if on_sqlite else _send_arrays
    told = [value for (value,) in send(connection, wording, columns)]
    return told if wording.decode is None else [wording.decode(value) for value in told]


def _send_values(connection: Connection, wording: _Wording, columns: Sequence[Sequence[Any]]) -> list[Any]:
    before, one_row, after = wording.text
    rows = list(zip(*columns, strict=True))
    at_once = PARAMETERS_A_STATEMENT // len(columns)
    told: list[Any] = []
    for start in range(0, len(rows), at_once):
        some = rows[start : start + at_once]
        text = before + ", ".join([one_row] * len(some)) + after
        parameters = tuple(chain.from_iterable(some))
        told += driver.execute(connection, text, parameters, returns_rows=wording.returns_rows)
    return told


def _send_arrays(
    connection: Connection, wording: _Wording, columns: Sequence[Sequence[Any]]
) -> Sequence[Any]:
    arrays = {
        source.name: _array_text(values) for source, values in zip(wording.sources, columns, strict=True)
    }
    (text,) = wording.text
    return driver.execute(connection, text, arrays, returns_rows=wording.returns_rows)


@lru_cache(maxsize=256)  # By the dialect itself: with it come the keys of its application.
def _wording(statement: Insert, dialect: Dialect, names: tuple[str, ...]) -> _Wording:
    assert isinstance(statement.table, Table)
    sources = {source.name: source for source in _sources(statement.table, dialect, names)}
    told = [driver.decoder(column.type, dialect) for column in statement.exported_columns]
    decode, returns_rows = (told[0], True) if told else (None, False)
    if dialect.name == "sqlite":
        compiled = statement.compile(dialect=dialect, column_keys=list(sources))
        parts = _BEFORE_ROW_AFTER.fullmatch(str(compiled))
        assert parts is not None and compiled.positiontup is not None
        return _Wording(
            [sources[name] for name in compiled.positiontup], parts.groups(), decode, returns_rows
        )
    text = str(_from_arrays(statement, list(sources)).compile(dialect=dialect))
    return _Wording(list(sources.values()), [text], decode, returns_rows)


def _sources(table: Table, dialect: Dialect, names: tuple[str, ...]) -> Iterator[_Source]:
    """Yield the columns that are given, and those that a default of ours fills in; SQL fills in its own."""
    for column in table.columns:
        encode = _encoder(column, dialect)
        if column.name in names:
            yield _Source(column.name, None, encode)
        elif isinstance(column.type, Id) and column.default is not None:
            yield _Source(column.name, new_digits, None)  # The one default of an id is a new one.
        elif default := _default(column):
            yield _Source(column.name, default, encode)


def _default(column: Column[Any]) -> Callable[[], Any] | None:
    default = column.default
    if not isinstance(default, ColumnDefault):
        return None
    if default.is_callable:
        return lambda: default.arg(None)
    return (lambda: default.arg) if default.is_scalar else None


def _encoder(column: Column[Any], dialect: Dialect) -> Converter | None:
    if isinstance(column.type, JSON):
        return json.dumps  # As text on both engines: no driver's wrapper fits into an array of ours.
    return driver.encoder(column.type, dialect)


def _each(change: Converter, values: Sequence[Any]) -> list[Any]:
    """Change every value; one that all rows share (an instant, a word, None) only once."""
    first = values[0]
    for value in values:
        if value is not first:
            return list(map(change, values))
    return [change(first)] * len(values)


def _from_arrays(statement: Insert, names: Sequence[str]) -> Insert:
    assert isinstance(statement.table, Table)
    columns = [statement.table.columns[name] for name in names]
    arrays = [
        func.unnest(cast(bindparam(column.name, type_=Text()), ARRAY(_element_type(column))))
        for column in columns
    ]
    return statement.from_select(names, select(*arrays))


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
