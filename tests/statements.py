"""Counts what is said to the database, so that a test can pin it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from api.db import Database

ENGINE_TALK = ("PRAGMA", "BEGIN")


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Collect the statements sent inside the block, without those that only open a transaction."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(ENGINE_TALK):
            statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def short(statements: list[str]) -> str:
    """Return the beginnings of the statements, for the message of a failed assertion."""
    return "\n".join(" ".join(statement.split())[:100] for statement in statements)
