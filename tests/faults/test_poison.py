"""What fails each time it is tried, or kills the process that tries it: it comes to an end, others go on."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import update

from api import queries
from api.db import Database
from api.domain.delivery_policy import LEASE, MAX_ATTEMPTS
from api.models import Branch, Delivery, Notice, StaffMember
from api.settings import Settings
from demo.fcm_stand_in import StandIn
from jobs.context import JobContext, run_job
from jobs.deliver_notices import deliver_notices
from jobs.fire_wait_timers import fire_wait_timers
from jobs.set_aside import TRIED_AGAIN_AFTER
from tests.fakes import FrozenClock
from tests.faults import children
from tests.faults.children import KILLED, Child, Point
from tests.rounds import Round, make_round, rows

DEATHS = 2
"""Of the allowance of twenty; the deaths before them are written into the row."""


def test_fault_34_what_kills_its_process_each_time_ends_dead_and_its_neighbours_are_sent(
    settings: Settings,
    database: Database,
    job_context: JobContext,
    worker: JobContext,
    google: StandIn,
    fcm: tuple[Path, str],
    clock: FrozenClock,
    round_: Round,
) -> None:
    round_.phone.report(round_.first, "arrived")
    clock.tick(seconds=300)
    fire_wait_timers(job_context)
    (poison,) = rows(database, Notice)
    make_nearly_worn_out(database)

    for _ in range(DEATHS):
        child = Child(settings, clock.now(), fcm, Point.BEFORE_SENDING)
        assert children.exit_code(children.do_jobs, child, deliver_notices) == KILLED
        clock.tick(seconds=LEASE.total_seconds())
    round_.phone.report(round_.second, "arrived")
    clock.tick(seconds=300)
    fire_wait_timers(job_context)
    deliver_notices(worker)

    asked = [row for row in rows(database, Notice) if row["kind"] == "wait_expired"]
    states = {row["id"]: row["state"] for row in asked}
    assert states.pop(poison["id"]) == "dead"
    assert set(states.values()) == {"accepted"}
    with database.unit_of_work(read_only=True) as session:
        (letter,) = queries.outbox.dead(session, now=clock.now())
    assert (letter.notice_id, letter.attempts) == (poison["id"], MAX_ATTEMPTS)


def make_nearly_worn_out(database: Database) -> None:
    with database.unit_of_work() as session:
        for delivery in session.query(Delivery):
            delivery.attempts = MAX_ATTEMPTS - DEATHS
            delivery.expires_at = delivery.next_at.replace(year=2030)


def test_fault_33_a_timer_that_fails_each_time_holds_up_no_other_and_fires_once_that_is_mended(
    database: Database,
    job_context: JobContext,
    clock: FrozenClock,
    signed_in: Callable[[StaffMember], FlaskClient],
    alarms: Callable[[], list[str]],
) -> None:
    poisoned, *sound = [make_round(database, signed_in, clock) for _ in range(4)]
    for one in (poisoned, *sound):
        one.phone.report(one.first, "arrived")
    move_to(database, poisoned, "Mars/Olympus Mons")
    clock.tick(seconds=240)

    fired = [run_job(fire_wait_timers, job_context) for _ in range(3)]
    warned = branches_told(database, "wait_warn")
    move_to(database, poisoned, "Asia/Shanghai")
    clock.tick(seconds=TRIED_AGAIN_AFTER.total_seconds())
    run_job(fire_wait_timers, job_context)

    assert fired == [3, 0, 0]
    assert warned == {one.branch.id for one in sound}
    assert branches_told(database, "wait_expired") == {one.branch.id for one in (poisoned, *sound)}
    assert alarms().count("timers.set_aside") == 1


def move_to(database: Database, round_: Round, timezone: str) -> None:
    """Write a time zone past all checks, as a mistake of ours would."""
    with database.unit_of_work() as session:
        session.execute(update(Branch).where(Branch.id == round_.branch.id).values(timezone=timezone))


def branches_told(database: Database, kind: str) -> set[UUID]:
    return {row["branch_id"] for row in rows(database, Notice) if row["kind"] == kind}
