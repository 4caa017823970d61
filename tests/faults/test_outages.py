"""Real processes that are gone, or hang, while a wait reaches its deadline: one prompt, late and true."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from api.db import Database
from api.models import WaitTimer
from api.settings import Settings
from tests.databases import only_sqlite
from tests.endtoend.house import House, Program
from tests.faults import storm
from tests.faults.storm import DOOR, Door
from tests.rounds import rows

LIMIT = timedelta(seconds=40)
WAITED_ALREADY = timedelta(seconds=30)
"""The nudge came at 16 s; the warning at 32 s and the deadline at 40 s fall into the outage."""

LEFT = (LIMIT - WAITED_ALREADY).total_seconds()
IS_BACK_AFTER_SECONDS = 10.0

pytestmark = pytest.mark.slow


def test_fault_6_processes_that_are_dead_across_the_deadline_prompt_once(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    def die(program: Program) -> Callable[[], None]:
        program.kill()
        return program.launch

    go_through_an_outage(settings, database, tmp_path, die)


@only_sqlite
def test_fault_8_a_server_that_hangs_across_the_deadline_prompts_once(
    settings: Settings, database: Database, tmp_path: Path
) -> None:
    def hang(program: Program) -> Callable[[], None]:
        program.stop_short()
        return program.go_on

    go_through_an_outage(settings, database, tmp_path, hang)


def go_through_an_outage(
    settings: Settings, database: Database, folder: Path, fail: Callable[[Program], Callable[[], None]]
) -> None:
    """Let every process `fail` before the warning; what that returns brings it back after the deadline."""
    with House(settings, folder, doors=1, job_programs=0 if settings.is_sqlite else 1) as house:
        people = storm.hire(database, LIMIT, 1)
        programs = [*house.doors, *house.jobs]
        for program in programs:
            program.start()
        (door,) = storm.sign_in(house, people)
        arrive(door)

        come_back = [fail(program) for program in programs]
        time.sleep(LEFT)
        for program, again in zip(programs, come_back, strict=True):
            again()
            program.await_ready()
        back_at = time.monotonic()
        house.until("the courier is asked to decide", lambda: house.pushes("wait_expired"))
        settled_within = time.monotonic() - back_at

        assert settled_within <= IS_BACK_AFTER_SECONDS
        assert len(house.pushes("wait_expired")) == 1
        assert house.pushes("wait_warn") == []
    timers = {row["kind"]: row for row in rows(database, WaitTimer)}
    assert (timers["warn"]["state"], timers["expire"]["state"]) == ("superseded", "fired")
    assert timers["expire"]["due_at"] - timers["nudge"]["due_at"] == LIMIT * 3 / 5
    assert timers["expire"]["fired_at"] >= timers["expire"]["due_at"]


def arrive(door: Door) -> None:
    """Report an arrival of a while ago, from a phone that had no signal in between."""
    event = door.phone.event(str(door.pickup_id), "arrived", DOOR)
    event["monotonic_ms"] -= int(WAITED_ALREADY.total_seconds() * 1000)
    (result,) = door.phone.send(event)
    assert result["outcome"] == "applied", result
