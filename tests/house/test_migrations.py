"""Migrations lead forwards and back, on both databases."""

import pytest
from sqlalchemy import create_engine, inspect, select

from api.models import ServedRevision
from migrations import runner
from tests import databases
from tests.fakes import settings_for


@pytest.fixture(params=["sqlite", "postgres"])
def fresh_url(request, tmp_path, postgres_url, sqlite_template, testrun_uid, worker_id):
    """The URL of a database of the test's own, at the newest revision."""
    if request.param == "sqlite":
        file = tmp_path / "fresh" / "doorstep.db"
        databases.renew(file, sqlite_template)
        yield f"sqlite:///{file}"
        return
    with databases.postgres_database(f"doorstep_there_and_back_{testrun_uid[:8]}_{worker_id}") as url:
        yield url


def test_the_newest_revision_is_read_off_the_files_as_alembic_finds_it():
    assert runner.head() == runner.scripts().get_current_head()


def test_every_migration_can_be_taken_back_and_made_again(fresh_url):
    before = _tables(fresh_url)

    runner.downgrade(fresh_url, "base")
    at_the_bottom = _tables(fresh_url)
    runner.upgrade(fresh_url)

    assert set(at_the_bottom) <= {"alembic_version"}
    assert _tables(fresh_url) == before


def test_every_migration_leaves_word_which_versions_it_serves(fresh_url):
    at_the_top = _served(fresh_url)
    runner.downgrade(fresh_url, "0009")

    assert at_the_top == set(runner.served_at(runner.head()))
    assert _served(fresh_url) == set(runner.served_at("0009"))
    assert "0006" in at_the_top, "migrations only add: `takes_away = True` ends that for versions before"


def _served(url):
    engine = create_engine(settings_for(url).database_url)
    try:
        with engine.connect() as connection:
            return set(connection.execute(select(ServedRevision.revision)).scalars())
    finally:
        engine.dispose()


def _tables(url):
    engine = create_engine(settings_for(url).database_url)
    try:
        found = inspect(engine)
        return {
            name: {column["name"] for column in found.get_columns(name)} for name in found.get_table_names()
        }
    finally:
        engine.dispose()
