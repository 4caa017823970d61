"""Looks for somebody in every column of the whole database: as it is stored, and with the seals opened."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import select, text

from api.db import Database
from api.models import Base


def columns_that_say(database: Database, needles: Collection[str]) -> set[str]:
    """Return the columns ("table.column") in which one of the needles stands."""
    found = set()
    with database.unit_of_work(read_only=True) as session:
        for table in Base.metadata.sorted_tables:
            stored = session.execute(text(f"SELECT * FROM {table.name}")).mappings().all()
            opened = session.execute(select(table)).mappings().all()
            for row in (*stored, *opened):
                found |= {f"{table.name}.{name}" for name, value in row.items() if _says(value, needles)}
    return found


def _says(value: Any, needles: Collection[str]) -> bool:
    # JSON may have written a text with escapes.
    written = f"{value} {str(value).encode().decode('unicode_escape', 'ignore')}"
    return any(needle in written for needle in needles)
