"""What holds for every table: instants are UTC, loading is explicit, migrations make what models say."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Date, DateTime
from sqlalchemy.orm import configure_mappers

from api.models import Base
from api.models.types import UtcDateTime

COLUMNS = [column for table in Base.metadata.sorted_tables for column in table.columns]

# `window_start` and `window_end` are the words of the trade; "locked until" and "as of" what people say.
INSTANTS = ("_at", "_until", "window_start", "window_end")
DAYS = ("_on", "as_of")


def test_every_instant_column_is_utc():
    naive = [str(column) for column in COLUMNS if isinstance(column.type, DateTime)]

    assert not naive, f"SQLite forgets offsets: annotate as Mapped[datetime], never name DateTime: {naive}"


def test_the_name_of_an_instant_ends_in_at_and_of_a_day_in_on():
    misnamed = [
        str(column)
        for column in COLUMNS
        if (isinstance(column.type, UtcDateTime) and not column.name.endswith(INSTANTS))
        or (isinstance(column.type, Date) and not column.name.endswith(DAYS))
    ]

    assert not misnamed, f"A name tells an instant (..._at) from a day (..._on): {misnamed}"


def test_every_relationship_is_loaded_on_purpose():
    configure_mappers()
    lazy = [
        f"{mapper.class_.__name__}.{relationship.key}"
        for mapper in Base.registry.mappers
        for relationship in mapper.relationships
        if relationship.lazy != "raise"
    ]

    assert not lazy, (
        f'A row never selects by itself: relationship(lazy="raise"), and load it in queries: {lazy}'
    )


def test_no_column_has_a_default_of_the_database():
    defaults = [str(column) for column in COLUMNS if column.server_default is not None]

    assert not defaults, f"The service says what is stored, with the clock it was given: {defaults}"


def test_models_and_migrations_agree(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)

    assert not differences, f"Draft a migration (`flask --app wsgi db draft WHAT`): {differences}"
