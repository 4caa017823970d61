"""Fault 12: PostgreSQL drops dead again and again under load; the house is soon back, nothing is lost.

The whole of it takes some six minutes: `make soak`.
"""

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from api.db import Database
from tests.endtoend.house import House
from tests.fakes import settings_for
from tests.faults import storm
from tests.faults.aftermath import Aftermath
from tests.faults.own_postgres import OwnPostgres, own_postgres
from tests.faults.storm import Weather

log = logging.getLogger("doorstep.tests.storm")

BACK_WITHIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Quakes:
    """How often PostgreSQL drops dead, and how long it lives in between at least and at most, in seconds."""

    weather: Weather
    shortest_life: float
    longest_life: float


TREMOR = Quakes(Weather(strikes=3, waits=30, limit=timedelta(seconds=5)), 0.5, 2.0)
FIVE_MINUTES = Quakes(Weather(strikes=14, waits=700, limit=timedelta(seconds=30)), 5.0, 40.0)

pytestmark = pytest.mark.slow


@pytest.fixture
def postgres() -> Iterator[OwnPostgres]:
    with own_postgres() as postgres:
        postgres.make_database("doorstep")
        yield postgres


@pytest.mark.parametrize(
    "quakes",
    [pytest.param(TREMOR, id="tremor"), pytest.param(FIVE_MINUTES, id="5min", marks=pytest.mark.soak)],
)
def test_fault_12_a_postgresql_that_crashes_under_load_loses_and_doubles_nothing(
    postgres: OwnPostgres, tmp_path: Path, quakes: Quakes
) -> None:
    settings = settings_for(postgres.url)
    database = Database.connect(settings.database_url, settings.vault())
    chance, outages = Random(12), []
    with House(settings, tmp_path, doors=1, job_programs=1) as house:

        def restart() -> None:
            postgres.restart()
            began = time.monotonic()
            house.doors[0].await_ready()
            outages.append(time.monotonic() - began)

        with ThreadPoolExecutor(1) as quake:

            def crash() -> None:
                """Return at once, so that phones report while the database is away."""
                quake.submit(time.sleep, chance.uniform(quakes.shortest_life, quakes.longest_life)).result()
                quake.submit(restart)

            uplink = storm.blow(house, database, quakes.weather, crash)
        figures = Aftermath.of(database, house.all_pushes()).check(uplink)
    database.close()

    assert len(outages) == quakes.weather.strikes
    assert max(outages) <= BACK_WITHIN_SECONDS
    log.warning(
        "%d crashes, back after %.1f s at most, %d times busy: %s",
        len(outages),
        max(outages),
        uplink.busy,
        figures,
    )
