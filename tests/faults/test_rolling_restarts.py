"""Processes that are stopped politely, one after the other, while couriers arrive and timers fall due."""

from datetime import timedelta
from itertools import cycle
from pathlib import Path

import pytest
from sqlalchemy import func, select

from api.db import Database
from api.domain.vocabulary import DeliveryState
from api.models import Delivery
from api.settings import Settings
from tests.endtoend.house import House
from tests.faults import storm
from tests.faults.aftermath import Aftermath
from tests.faults.storm import Weather

pytestmark = pytest.mark.slow


def leased(database: Database) -> int:
    with database.unit_of_work(read_only=True) as session:
        return session.scalar(select(func.count()).where(Delivery.state == DeliveryState.LEASED)) or 0


def test_fault_10_a_rolling_restart_under_load_loses_repeats_and_refuses_nothing(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    """On SQLite the one process is restarted in its place; phones then try again until it is back."""
    alone = settings.is_sqlite
    exit_codes: list[int] = []
    left_leased: list[int] = []
    with House(settings, tmp_path, doors=1 if alone else 2, job_programs=0 if alone else 1) as house:
        programs = cycle([*house.jobs, *house.doors])
        house.let_google_be("slow", delay_seconds=0.5)

        def restart_the_next() -> None:
            program = next(programs)
            # So that sends are under way when it is asked to stop.
            house.until("something is being sent", lambda: leased(database))
            exit_codes.append(program.stop())
            if program in house.jobs or alone:
                left_leased.append(leased(database))
            program.launch()
            program.await_ready()

        rounds = 2 if alone else 3
        weather = Weather(strikes=rounds, waits=20 * rounds, limit=timedelta(seconds=5))
        uplink = storm.blow(house, database, weather, restart_the_next)
        figures = Aftermath.of(database, house.all_pushes()).check(uplink)

    assert set(exit_codes) == {0}
    assert set(left_leased) == {0}, "whoever stops brings to its end what it has claimed"
    assert uplink.busy == 0
    assert figures.repeated == 0
