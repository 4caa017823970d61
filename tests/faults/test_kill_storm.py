"""Fault 7: real processes are killed with -9 while timers fall due; nothing is lost, nothing doubled.

The whole storm takes some ten minutes for each engine: `make soak`.
"""

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from api.db import Database
from api.settings import Settings
from tests.endtoend.house import House
from tests.faults import storm
from tests.faults.aftermath import Aftermath
from tests.faults.storm import Weather

log = logging.getLogger("doorstep.tests.storm")

SQUALL = Weather(strikes=6, waits=52, limit=timedelta(seconds=5), longest_life=0.5)
STORM = Weather(strikes=150, waits=2_000, limit=timedelta(seconds=30), longest_life=2.0)

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("weather", "repeated_a_kill"),
    [
        # What is on its way at one moment is repeated together: only over many kills is it one at most.
        pytest.param(SQUALL, 5, id="squall"),
        pytest.param(STORM, 1, id="storm", marks=pytest.mark.soak),
    ],
)
def test_fault_7_a_storm_of_kill_9_loses_and_doubles_nothing(
    settings: Settings, database: Database, tmp_path: Path, weather: Weather, repeated_a_kill: int
) -> None:
    one_process = settings.is_sqlite
    with House(settings, tmp_path, doors=1, job_programs=0 if one_process else 2) as house:
        uplink = storm.blow(house, database, weather)
        aftermath = Aftermath.of(database, house.all_pushes())

        figures = aftermath.check(uplink)

    assert figures.repeated <= repeated_a_kill * weather.strikes
    assert figures.timers >= weather.waits
    log.warning("%s, %d kills: %s", database.engine.dialect.name, weather.strikes, figures)
