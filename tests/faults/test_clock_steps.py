"""Clocks that are set, drift or skip an hour: one clock decides what is due, and nothing happens twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from api.clock import JUMP, DatabaseClock, JumpDetector, SystemClock
from api.domain.vocabulary import Role
from api.models import JobSlot, Notice, WaitTimer
from jobs.fire_wait_timers import fire_wait_timers
from jobs.remind_of_visits import remind_of_visits
from tests import factories
from tests.databases import only_postgres
from tests.fakes import NOW, FrozenClock
from tests.rounds import make_round, rows

HOUR = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")


class Machine:
    """A machine with a wall clock that somebody can set and a monotonic one that nobody can."""

    def __init__(self) -> None:
        self.wall_at = NOW
        self.seconds = 1_000.0

    def wall(self) -> datetime:
        return self.wall_at

    def monotonic(self) -> float:
        return self.seconds

    def pass_by(self, seconds: float) -> None:
        self.seconds += seconds
        self.wall_at += timedelta(seconds=seconds)


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.mark.parametrize(
    "step", [pytest.param(HOUR, id="fault_26_forward"), pytest.param(-HOUR, id="fault_27_back")]
)
def test_fault_26_fault_27_a_wall_clock_that_is_set_fires_nothing_early_late_or_twice(
    database, job_context, signed_in, clock, machine, step
):
    round_ = make_round(database, signed_in, clock)
    round_.phone.report(round_.first, "arrived")
    context = replace(job_context, clock=SystemClock(machine.wall, machine.monotonic))
    fired = []

    machine.wall_at += step
    for _ in range(3):
        fired.append(fire_wait_timers(context))
        machine.pass_by(100)
    machine.wall_at -= step
    fired.append(fire_wait_timers(context))

    assert fired == [0, 0, 1, 1]
    states = {row["kind"]: row["state"] for row in rows(database, WaitTimer)}
    assert states == {"nudge": "fired", "warn": "superseded", "expire": "fired", "undecided": "armed"}
    assert sorted(row["kind"] for row in rows(database, Notice)) == ["wait_expired", "wait_nudge"]


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_fault_26_fault_27_a_step_raises_one_alarm_and_the_ticks_are_set_anew(machine, step, caplog):
    clock, watchdog = (
        SystemClock(machine.wall, machine.monotonic),
        JumpDetector(machine.wall, machine.monotonic),
    )

    machine.wall_at += step
    seen = [clock.now() for _ in range(3)]

    assert seen == [NOW] * 3
    assert [record.getMessage() for record in caplog.records] == ["clock.wall_clock_jumped"]
    assert [watchdog.jumped(), watchdog.jumped()] == [True, False]


def test_fault_28_a_host_that_is_90_s_off_reads_the_same_time_as_another(machine):
    def database() -> datetime:
        return NOW

    other = Machine()
    other.wall_at, other.seconds = NOW + timedelta(seconds=90), 77.0

    here, there = DatabaseClock(database, machine.monotonic), DatabaseClock(database, other.monotonic)

    assert here.now() == there.now() == NOW


@only_postgres
def test_fault_28_on_postgresql_the_database_tells_the_time(database):
    clock = database.clock()

    with database.engine.connect() as connection:
        said = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()

    assert isinstance(clock, DatabaseClock)
    assert abs(clock.now() - said.astimezone(UTC)) < JUMP


@pytest.mark.parametrize(
    "day",
    [
        pytest.param(datetime(2026, 3, 29, tzinfo=BERLIN), id="an hour is skipped"),
        pytest.param(datetime(2026, 10, 25, tzinfo=BERLIN), id="an hour comes twice"),
    ],
)
def test_fault_29_a_daily_job_runs_once_on_both_days_of_daylight_saving(database, job_context, day):
    with database.unit_of_work() as session:
        branch = factories.make_branch(session, timezone=BERLIN.key)
        factories.make_staff(session, branch, role=Role.SALES_REP)
    began = (day - timedelta(days=1)).replace(hour=12).astimezone(UTC)
    clock = FrozenClock(began)
    context = replace(job_context, clock=clock)

    for _ in range(48 * 4):
        remind_of_visits(context)
        clock.tick(minutes=15)

    slots = [row["slot"].split(":") for row in rows(database, JobSlot)]
    mornings = [day for which, _, day in slots if which == "morning"]
    ended = clock.now().astimezone(BERLIN).date()
    expected = {(began.astimezone(BERLIN) + timedelta(days=number)).date() for number in range(3)}
    assert sorted(mornings) == sorted(one.isoformat() for one in expected if one <= ended)


def test_fault_29_a_branch_that_moves_to_another_zone_gets_each_day_once(database, job_context):
    with database.unit_of_work() as session:
        branch = factories.make_branch(session)
    clock = FrozenClock(datetime(2026, 11, 18, 1, 0, tzinfo=UTC))  # 09:00 in Shanghai
    context = replace(job_context, clock=clock)
    remind_of_visits(context)

    with database.unit_of_work() as session:
        session.merge(branch).timezone = BERLIN.key
    for _ in range(12):
        clock.tick(hours=1)
        remind_of_visits(context)

    assert len(rows(database, JobSlot)) == 1
