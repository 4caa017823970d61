"""The morning list: visits proposed within a day's reach, each rep told once, at half past eight."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from api.domain.vocabulary import Band, CustomerState, Grade, Role, VisitState
from api.models import Notice, Visit
from jobs.remind_of_visits import remind_of_visits
from tests.factories import make_branch, make_churn_alert, make_customer, make_staff, make_visit
from tests.fakes import NOW
from tests.shipping import TODAY

ONE_DAY = timedelta(days=1)


@pytest.fixture
def branch(database):
    with database.unit_of_work() as session:
        return make_branch(session)


@pytest.fixture
def rep(database, branch):
    with database.unit_of_work() as session:
        return make_staff(session, branch, role=Role.SALES_REP)


@pytest.fixture
def customer(database, branch, rep):
    """Adds a customer of the rep, last visited some days ago: `customer(visited=20)`."""

    def customer(*, visited=None, **columns):
        with database.unit_of_work() as session:
            made = make_customer(session, branch, **{"owner_id": rep.id, "grade": Grade.A, **columns})
            if visited is not None:
                at = NOW - visited * ONE_DAY
                make_visit(session, made, rep=rep, state=VisitState.COMPLETED, completed_at=at)
            return made

    return customer


def visits(database, state=VisitState.PROPOSED):
    with database.unit_of_work(read_only=True) as session:
        return session.scalars(select(Visit).where(Visit.state == state).order_by(Visit.id)).all()


def reminders(database):
    with database.unit_of_work(read_only=True) as session:
        notices = (
            select(Notice)
            .where(Notice.kind == "visit_reminder")
            .order_by(Notice.decided_at, Notice.dedupe_key)
        )
        return session.scalars(notices).all()


def test_the_due_are_proposed_and_the_rep_is_told_how_many(database, job_context, customer, rep):
    overdue, never = customer(visited=15), customer()
    customer(visited=3)

    assert remind_of_visits(job_context) == 1

    assert [visit.customer_id for visit in visits(database)] == [overdue.id, never.id]
    [reminder] = reminders(database)
    assert (reminder.staff_id, reminder.variables) == (rep.id, {"count": 2})


def test_planned_visits_of_today_and_overdue_ones_count(database, job_context, customer, rep):
    customers = [customer(visited=1) for _ in range(3)]
    days = (TODAY - 2 * ONE_DAY, TODAY, TODAY + ONE_DAY)
    with database.unit_of_work() as session:
        for one, planned_on in zip(customers, days, strict=True):
            make_visit(session, one, rep=rep, planned_on=planned_on)

    remind_of_visits(job_context)

    [reminder] = reminders(database)
    assert reminder.variables == {"count": 2}


def test_a_second_run_on_the_same_morning_does_nothing(database, job_context, clock, customer):
    customer()
    remind_of_visits(job_context)
    clock.tick(hours=1)

    assert remind_of_visits(job_context) == 0
    assert (len(visits(database)), len(reminders(database))) == (1, 1)


def test_it_comes_at_half_past_eight_local(database, job_context, clock, customer):
    customer()
    clock.tick(hours=22, minutes=59)

    assert remind_of_visits(job_context) == 0
    clock.tick(minutes=1)
    assert remind_of_visits(job_context) == 1


@pytest.mark.parametrize(
    "half_past_eight_in_berlin",
    [
        datetime(2027, 3, 26, 7, 30, tzinfo=UTC),
        datetime(2027, 3, 29, 6, 30, tzinfo=UTC),
    ],
    ids=["before the clock change", "after it"],
)
def test_each_branch_has_its_own_morning(database, job_context, clock, half_past_eight_in_berlin):
    with database.unit_of_work() as session:
        berlin = make_branch(session, timezone="Europe/Berlin")
        rep = make_staff(session, berlin, role=Role.SALES_REP)
        make_customer(session, berlin, owner_id=rep.id)
    clock.tick(seconds=(half_past_eight_in_berlin - clock.now()).total_seconds() - 1)

    assert remind_of_visits(job_context) == 0
    clock.tick(seconds=1)
    assert remind_of_visits(job_context) == 1


def test_five_visits_fill_a_day(database, job_context, customer, rep):
    visited_yesterday = customer(visited=1)
    with database.unit_of_work() as session:
        make_visit(session, visited_yesterday, rep=rep, planned_on=TODAY)
    for _ in range(7):
        customer()

    remind_of_visits(job_context)

    assert len(visits(database)) == 4


def test_a_red_alert_comes_before_all_others(database, job_context, customer):
    for _ in range(5):
        customer(visited=100)
    red = customer(visited=2)
    with database.unit_of_work() as session:
        make_churn_alert(session, red, band=Band.HIGH)

    remind_of_visits(job_context)

    assert red.id in {visit.customer_id for visit in visits(database)}


def test_a_proposal_without_an_answer_moves_on_and_is_not_doubled(database, job_context, clock, customer):
    customer()
    remind_of_visits(job_context)
    clock.tick(days=1)
    remind_of_visits(job_context)

    [proposal] = visits(database)
    assert proposal.planned_on == TODAY + ONE_DAY
    assert len(reminders(database)) == 2


def test_on_a_closed_day_nothing_is_proposed_and_nobody_is_told(database, job_context, clock, customer):
    customer()
    clock.tick(days=4)  # NOW is a Wednesday, and the branch is closed on Sundays.

    assert remind_of_visits(job_context) == 0
    assert visits(database) == []


def test_a_rep_with_nothing_to_visit_is_left_in_peace(database, job_context, customer, rep):
    customer(visited=1)
    customer(state=CustomerState.CLOSED_BY_US)

    assert remind_of_visits(job_context) == 0
