"""Hands statements to the database's driver itself: for those that are asked at every request or every sweep.

What SQLAlchemy does anew for each statement (find its text, describe its rows, watch over them) takes it
longer than SQLite needs to answer. So a statement is put into words once; types are encoded and decoded by
the same converters as ever, and a failure is the same exception.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import Connection, Dialect, Enum, Float, Select, Update
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Converter: TypeAlias = Callable[[Any], Any]
Parameters: TypeAlias = Mapping[str, Any]
AnySelect: TypeAlias = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class _Wording:
    """A statement in the words of one engine, for lists of certain lengths.

    `order` is that of the parameters on SQLite, where they have no names; `fixed` are those that the
    statement brings along; `lists` tells how the elements of a list are named.
    """

    text: str
    order: Sequence[str] | None
    fixed: Parameters
    lists: Mapping[str, Sequence[str]]
    encoders: Mapping[str, Converter]
    decoders: Sequence[Converter | None]

    def encoded(self, parameters: Parameters) -> Any:
        """Return the parameters as the driver takes them."""
        given = {**self.fixed, **parameters}
        for name, encode in self.encoders.items():
            value = given[name]
            given[name] = list(map(encode, value)) if name in self.lists else encode(value)
        for name, elements in self.lists.items():
            given.update(zip(elements, given.pop(name), strict=True))
        return given if self.order is None else tuple([given[name] for name in self.order])

    def decoded(self, rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """Return the rows with their values as we know them, decoded column by column."""
        columns = zip(self.decoders, zip(*rows, strict=True), strict=False)  # Without rows none is there.
        return list(
            zip(*[one if decode is None else map(decode, one) for decode, one in columns], strict=True)
        )


def rows(session: Session, statement: AnySelect, parameters: Parameters) -> list[tuple[Any, ...]]:
    """Ask a statement that was built once, as a module's constant; return its rows, column by column.

    It does not find what the session has yet to flush.
    """
    connection, wording, given = _worded(session, statement, parameters)
    return wording.decoded(execute(connection, wording.text, given, returns_rows=True))


def change(session: Session, statement: Update, parameters: Parameters) -> None:
    """Run such an update once, for all rows that it finds."""
    connection, wording, given = _worded(session, statement, parameters)
    execute(connection, wording.text, given)


def update(session: Session, statement: Update, each: Sequence[Parameters]) -> None:
    """Run such an update for each of these parameters."""
    if each:
        connection = session.connection()
        wording = _wording_of_update(statement, connection.dialect, tuple(each[0]))
        encoded = [wording.encoded(parameters) for parameters in each]
        execute(connection, wording.text, encoded[0] if len(encoded) == 1 else encoded)


def execute(
    connection: Connection, text: str, parameters: Any, *, returns_rows: bool = False
) -> Sequence[Sequence[Any]]:
    """Execute a text with parameters as the driver takes them; a list of them stands for many executions."""
    cursor = _cursor_of(connection)
    many = isinstance(parameters, list)
    for listen in connection.dispatch.before_cursor_execute:  # Whoever counts statements counts this one.
        listen(connection, cursor, text, parameters, None, many)
    try:
        (cursor.executemany if many else cursor.execute)(text, parameters)
        return cursor.fetchall() if returns_rows else ()
    except Exception as failure:
        # Callers know SQLAlchemy's exceptions, and a connection that broke must leave the pool.
        connection._handle_dbapi_exception(failure, text, parameters, None, None)


def _cursor_of(connection: Connection) -> Any:
    """Return the one cursor of a raw connection: to make a new one takes psycopg as long as to use it."""
    kept = connection.info
    if "cursor" not in kept:
        kept["cursor"] = connection.connection.cursor()
    return kept["cursor"]


def encoder(kind: TypeEngine[Any], dialect: Dialect) -> Converter | None:
    return _remembering(kind, kind.dialect_impl(dialect).bind_processor(dialect))


def decoder(kind: TypeEngine[Any], dialect: Dialect) -> Converter | None:
    if isinstance(kind, Float):
        return None  # Both drivers give floats; SQLAlchemy would first look at what this one column has.
    return _remembering(kind, kind.dialect_impl(dialect).result_processor(dialect, None))


def _remembering(kind: TypeEngine[Any], convert: Converter | None) -> Converter | None:
    """Return a converter that remembers what a word of a vocabulary becomes: there are but a few."""
    return lru_cache(convert) if convert is not None and isinstance(kind, Enum) else convert


def _worded(
    session: Session, statement: AnySelect | Update, parameters: Parameters
) -> tuple[Connection, _Wording, Any]:
    connection = session.connection()
    given = {name: _filled(value) if isinstance(value, list) else value for name, value in parameters.items()}
    lengths = tuple([(name, len(value)) for name, value in given.items() if isinstance(value, list)])
    wording = _wording_with_lists(statement, connection.dialect, lengths)
    return connection, wording, wording.encoded(given)


def _filled(listed: list[Any]) -> list[Any]:
    """Repeat the last value up to a power of two, so that a statement with a list has but a few wordings."""
    return listed + listed[-1:] * ((1 << (len(listed) - 1).bit_length()) - len(listed))


# By the dialect itself, not by its name: with the dialect come the keys of its application.
@lru_cache(maxsize=256)
def _wording_with_lists(
    statement: AnySelect | Update, dialect: Dialect, lengths: tuple[tuple[str, int], ...]
) -> _Wording:
    compiled = statement.compile(dialect=dialect)
    lists = {name: [None] * length for name, length in lengths}
    expanded = compiled.construct_expanded_state({**compiled.params, **lists})
    return _Wording(
        text=expanded.statement,
        order=expanded.positiontup,
        fixed=_fixed(compiled),
        lists=expanded.parameter_expansion,
        encoders=_encoders(compiled),
        decoders=[decoder(column.type, dialect) for column in statement.exported_columns],
    )


@lru_cache(maxsize=256)
def _wording_of_update(statement: Update, dialect: Dialect, names: tuple[str, ...]) -> _Wording:
    compiled = statement.compile(dialect=dialect, column_keys=names)
    return _Wording(str(compiled), compiled.positiontup, _fixed(compiled), {}, _encoders(compiled), ())


def _fixed(compiled: SQLCompiler) -> Parameters:
    # Without those that have yet to be given: one that is forgotten must not become NULL.
    return {name: value for name, value in compiled.params.items() if value is not None}


def _encoders(compiled: SQLCompiler) -> dict[str, Converter]:
    return {
        name: encode
        for bind, name in compiled.bind_names.items()
        if (encode := encoder(bind.type, compiled.dialect)) is not None
    }
