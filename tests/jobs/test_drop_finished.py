"""Finished notices and timers are forgotten after their time; what is open is never touched."""

import pytest
from sqlalchemy import func, select

from api import services
from api.db import Database
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.vocabulary import DeliveryState, TimerKind, TimerState
from api.models import BranchPolicyVersion, Delivery, Notice, WaitTimer
from jobs.context import JobContext
from jobs.deliver_notices import deliver_notices
from jobs.drop_finished import BATCH, drop_finished
from tests.factories import make_staff, make_wait
from tests.fakes import NOW, FrozenClock
from tests.tellings import told_courier


def rows_in(database: Database) -> tuple[int, int]:
    """How many notices and deliveries there are."""
    with database.unit_of_work(read_only=True) as session:
        return tuple(session.scalar(select(func.count()).select_from(table)) for table in (Notice, Delivery))


def test_a_finished_notice_goes_with_its_deliveries(
    job_context: JobContext, database: Database, clock: FrozenClock
) -> None:
    told_courier(database, phones=2)
    deliver_notices(job_context)
    clock.tick(days=181)

    assert drop_finished(job_context) == 1
    assert rows_in(database) == (0, 0)


def test_it_stays_until_its_time_has_come(
    job_context: JobContext, database: Database, clock: FrozenClock
) -> None:
    told_courier(database)
    deliver_notices(job_context)
    clock.tick(days=179)

    assert drop_finished(job_context) == 0
    assert rows_in(database) == (1, 1)


def test_the_branch_says_how_long(job_context: JobContext, database: Database, clock: FrozenClock) -> None:
    notice_id = told_courier(database)
    deliver_notices(job_context)
    with database.unit_of_work() as session:
        session.add(
            BranchPolicyVersion(
                branch_id=session.get_one(Notice, notice_id).branch_id,
                version=1,
                settings={"notice_keep_days": 365},
                created_at=NOW,
            )
        )
    clock.tick(days=181)

    assert drop_finished(job_context) == 0
    assert rows_in(database) == (1, 1)


def test_an_open_notice_is_never_touched_however_old(
    job_context: JobContext, database: Database, clock: FrozenClock
) -> None:
    told_courier(database)
    clock.tick(days=4000)

    assert drop_finished(job_context) == 0
    assert rows_in(database) == (1, 1)


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.LEASED])
def test_a_notice_that_ended_while_a_second_phone_still_waits_is_passed_over(
    job_context: JobContext, database: Database, clock: FrozenClock, state: DeliveryState
) -> None:
    told_courier(database, phones=2)
    deliver_notices(job_context)
    with database.unit_of_work() as session:
        second = session.scalars(select(Delivery).order_by(Delivery.id.desc()).limit(1)).one()
        second.state = state
    clock.tick(days=181)

    assert drop_finished(job_context) == 0
    assert rows_in(database) == (1, 2)


def told_often(database: Database, times: int) -> None:
    """Somebody without a phone was told so often: his notices have ended."""
    with database.unit_of_work() as session:
        rep = make_staff(session)
        kind = NoticeKind.CHURN_ALERT
        tellings = [
            Telling(kind, rep.branch_id, f"{kind}:{number}", staff_id=rep.id, customer_id=rep.id)
            for number in range(times)
        ]
        services.notices.tell_all(session, tellings, now=NOW)


def test_many_go_in_small_steps(job_context: JobContext, database: Database, clock: FrozenClock) -> None:
    told_often(database, BATCH + 1)
    clock.tick(days=181)

    assert drop_finished(job_context) == BATCH + 1
    assert rows_in(database) == (0, 0)


def test_who_is_told_to_stop_stops_after_a_step(
    job_context: JobContext, database: Database, clock: FrozenClock
) -> None:
    told_often(database, BATCH + 1)
    clock.tick(days=181)
    job_context.stopping.set()

    assert drop_finished(job_context) == BATCH
    assert rows_in(database) == (1, 0)


@pytest.mark.parametrize(("state", "left"), [(TimerState.FIRED, 0), (TimerState.ARMED, 1)])
def test_timers_go_when_they_have_fired(
    job_context: JobContext, database: Database, clock: FrozenClock, state: TimerState, left: int
) -> None:
    with database.unit_of_work() as session:
        timer = WaitTimer(
            wait_id=make_wait(session).id,
            kind=TimerKind.WARN,
            generation=1,
            due_at=NOW,
            expires_at=NOW,
            state=state,
        )
        session.add(timer)
    clock.tick(days=400)

    drop_finished(job_context)

    with database.unit_of_work(read_only=True) as session:
        assert session.scalar(select(func.count()).select_from(WaitTimer)) == left
