"""What a database holds at one moment, counted, whatever revision it is at."""

from sqlalchemy import (
    Connection,
    Engine,
    NullPool,
    create_engine,
    func,
    inspect,
    make_url,
    select,
    table,
    text,
)
from sqlalchemy.orm import Session

from api import queries
from api.backups.manifest import Contents
from api.backups.refusal import BackupRefused


def engine_of(url: str) -> Engine:
    """Return an engine without a pool and without limits of time: this takes as long as it takes."""
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return create_engine(parsed, poolclass=NullPool, hide_parameters=True)


def contents_of(connection: Connection) -> Contents:
    """Count the rows of each table, and name the keys of what is sealed in them."""
    names = sorted(inspect(connection).get_table_names())
    if "alembic_version" not in names:
        raise BackupRefused("This database was never migrated: there is nothing to back up.")
    revision: str = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    rows = {
        name: connection.execute(select(func.count()).select_from(table(name))).scalar_one() for name in names
    }
    return Contents(revision, rows, tuple(sorted(_keys_in(connection))))


def _keys_in(connection: Connection) -> set[str]:
    """Ask the columns that this revision has: a backup is often made just before an upgrade."""
    known = inspect(connection)
    found: set[str] = set()
    for column in queries.keys.sealed_columns():
        table_name, name = column.values.table.name, column.values.name
        if known.has_table(table_name) and name in {one["name"] for one in known.get_columns(table_name)}:
            found.update(queries.keys.values_by_key(Session(connection), column))
    return found


def is_empty(connection: Connection) -> bool:
    return not inspect(connection).get_table_names()
