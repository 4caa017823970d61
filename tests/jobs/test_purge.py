"""What was kept long enough goes; what is open, young, or the last that is known, is never touched."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api import services
from api.db import Database
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.vocabulary import DeliveryState, TimerKind, TimerState
from api.models import BranchPolicyVersion, Delivery, Notice, WaitTimer
from jobs import purge as job
from jobs.context import JobContext
from jobs.deliver_notices import deliver_notices
from jobs.purge import Rule, purge
from tests.factories import make_link, make_staff, make_wait
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

    purge(job_context)

    assert rows_in(database) == (0, 0)


def test_it_stays_until_its_time_has_come(
    job_context: JobContext, database: Database, clock: FrozenClock
) -> None:
    told_courier(database)
    deliver_notices(job_context)
    clock.tick(days=179)

    purge(job_context)

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

    purge(job_context)

    assert rows_in(database) == (1, 1)


def test_an_open_notice_is_never_touched_however_old(
    job_context: JobContext, database: Database, clock: FrozenClock
) -> None:
    told_courier(database)
    clock.tick(days=4000)

    purge(job_context)

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

    purge(job_context)

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
    told_often(database, 501)
    clock.tick(days=181)

    purge(job_context)

    assert rows_in(database) == (0, 0)


def test_who_is_told_to_stop_takes_up_nothing_new(
    job_context: JobContext, database: Database, clock: FrozenClock
) -> None:
    told_often(database, 501)
    clock.tick(days=181)
    job_context.stopping.set()

    purge(job_context)

    assert rows_in(database) == (501, 0)


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

    purge(job_context)

    with database.unit_of_work(read_only=True) as session:
        assert session.scalar(select(func.count()).select_from(WaitTimer)) == left


def test_one_run_is_bounded_and_the_next_goes_on(
    job_context: JobContext, database: Database, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "BATCHES_PER_RUN", 1)
    told_often(database, 501)
    clock.tick(days=181)

    purge(job_context)
    assert rows_in(database) == (1, 0)

    purge(job_context)
    assert rows_in(database) == (0, 0)


def test_one_rule_that_fails_does_not_stop_the_others(
    job_context: JobContext, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(session: Session, **_: Any) -> int:
        raise RuntimeError("broken")

    with database.unit_of_work() as session:
        make_link(session, expires_at=NOW - timedelta(days=91))
    monkeypatch.setattr(job, "RULES", (Rule("changes", timedelta(1), breaks), *job.RULES))

    assert purge(job_context) == 1
