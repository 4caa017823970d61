"""How Alembic reaches the database: one transaction per migration, foreign keys off on SQLite meanwhile."""

from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text

from api.models import Base
from api.models.types import KeyedHash, Sealed, SealedDate, UtcDateTime
from migrations import runner

# Any number: all that matters is that two upgrades at once ask for the same lock.
UPGRADE_LOCK = 7_305_001
BUSY_TIMEOUT_MS = 30_000


def render_item(kind: str, thing: object, _autogen: object) -> str | bool:
    """Write house types as what they are in the database: migrations must not change when they do."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, Sealed | SealedDate):
        return "sa.Text()"
    if kind == "type" and isinstance(thing, KeyedHash):
        return "sa.String(length=64)"
    return False


def note_served(ctx: MigrationContext, heads: set[str], **_: Any) -> None:
    """Leave word for servers of earlier versions, in the migration's transaction: may they go on?"""
    connection = ctx.connection
    assert connection is not None
    if not inspect(connection).has_table("served_revisions"):
        return
    served = [{"revision": revision} for head in heads for revision in runner.served_at(head)]
    connection.execute(text("DELETE FROM served_revisions"))
    connection.execute(text("INSERT INTO served_revisions (revision) VALUES (:revision)"), served)


def run(connection: Connection) -> None:
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        connection.execute(text("SET lock_timeout = '10s'"))
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": UPGRADE_LOCK})
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=sqlite,
        render_item=render_item,
        transaction_per_migration=True,
        compare_type=True,
        on_version_apply=note_served,
    )
    with context.begin_transaction():
        context.run_migrations()
    if sqlite:
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        assert not broken, f"the migration left dangling references: {broken[:5]}"
    else:
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": UPGRADE_LOCK})
    connection.commit()


def make_transactional(engine: Engine) -> None:
    """Let SQLite take the write lock before it looks, and undo a migration that fails half way.

    The driver by itself begins late and reads first: a server that writes at that moment makes it fail.
    """

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        # Batch mode rebuilds tables: with foreign keys on, dropping the old one would cascade.
        connection.execute("PRAGMA foreign_keys=OFF")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def main() -> None:
    given = context.config.attributes.get("connection")
    if given is not None:
        run(given)
        return
    url = make_url(context.config.attributes["url"])
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    engine = create_engine(url)
    if url.get_backend_name() == "sqlite":
        make_transactional(engine)
    with engine.connect() as connection:
        run(connection)
    engine.dispose()


main()
