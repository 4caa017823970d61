"""A PostgreSQL whose disk is full: writing ends, reading goes on, and no restart is needed afterwards."""

from collections.abc import Iterator

import pytest

from api.db import Database
from api.models import Wait
from api.settings import Settings
from tests.fakes import settings_for
from tests.faults.fullness import DOORS, many_arrivals, only_writing_has_ended
from tests.faults.own_postgres import SmallDisk, own_postgres, small_disk
from tests.rounds import Round, rows

DISK_MEGABYTES = 64

pytestmark = pytest.mark.slow


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with small_disk(DISK_MEGABYTES) as disk:
        yield disk


@pytest.fixture
def settings(disk: SmallDisk) -> Iterator[Settings]:
    """Those of a database of which the tables lie on that disk."""
    with own_postgres() as postgres:
        postgres.make_tablespace("small", disk.for_tables)
        postgres.make_database("doorstep", "TABLESPACE small")
        yield settings_for(postgres.url)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    database = Database.connect(settings.database_url, settings.vault())
    yield database
    database.close()


def test_fault_15_a_full_disk_of_postgresql_ends_writing_and_not_reading(
    database: Database, disk: SmallDisk, round_: Round
) -> None:
    batch = many_arrivals(database, round_)

    disk.fill()
    refused = round_.phone.client.post("/v1/field-events", json=batch)
    only_writing_has_ended(database, round_, refused)
    disk.empty()
    repeated = round_.phone.client.post("/v1/field-events", json=batch)

    assert {result["outcome"] for result in repeated.json["results"]} == {"applied"}
    assert len(rows(database, Wait)) == DOORS
