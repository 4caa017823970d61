"""The house plans by itself: at 07:30 and 16:00 where each rep works, and only what is not agreed yet."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from api.domain.vocabulary import Band, CustomerState, Grade, Role, VisitState
from api.models import Visit, WeekPlan
from jobs.plan_visits import plan_visits
from tests.factories import make_branch, make_churn_alert, make_customer, make_staff, make_visit
from tests.fakes import NOW
from tests.shipping import TODAY

A_DAY = timedelta(days=1)


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
                at = NOW - visited * A_DAY
                make_visit(
                    session, made, rep=rep, state=VisitState.COMPLETED, completed_at=at, planned_on=at.date()
                )
            return made

    return customer


def proposals(database):
    with database.unit_of_work(read_only=True) as session:
        rows = select(Visit).where(Visit.state == VisitState.PROPOSED).order_by(Visit.planned_on, Visit.id)
        return session.scalars(rows).all()


def plans(database):
    with database.unit_of_work(read_only=True) as session:
        return session.scalars(select(WeekPlan).order_by(WeekPlan.week_starts_on)).all()


def test_the_due_are_proposed_from_today_on(database, job_context, customer):
    overdue, never = customer(visited=15), customer(created_at=NOW - 30 * A_DAY)
    customer(visited=1)

    assert plan_visits(job_context) == 1

    assert {visit.customer_id for visit in proposals(database)} == {overdue.id, never.id}
    assert {visit.planned_on for visit in proposals(database)} <= {
        TODAY + later * A_DAY for later in range(4)
    }


def test_a_second_run_does_nothing_and_the_afternoon_doubles_nothing(database, job_context, clock, customer):
    customer(visited=15)
    plan_visits(job_context)
    clock.tick(hours=1)

    assert plan_visits(job_context) == 0
    clock.tick(hours=7)
    assert plan_visits(job_context) == 1
    assert len(proposals(database)) == 1


def test_at_the_end_of_the_week_the_next_one_is_planned(database, job_context, clock, customer):
    customer(visited=15)
    clock.tick(days=3, hours=7)  # Saturday, 16:30: the branch is closed on Sundays.

    plan_visits(job_context)

    [plan] = plans(database)
    assert plan.week_starts_on == TODAY + 5 * A_DAY
    assert [visit.planned_on for visit in proposals(database)] == [plan.week_starts_on]


def test_before_a_festival_the_first_week_after_it_is_planned(database, job_context, clock, customer):
    customer(visited=15)
    last_day_worked = datetime(2027, 2, 4, 9, 0, tzinfo=UTC)  # 5 to 11 February 2027 are Spring Festival.
    clock.tick(seconds=(last_day_worked - clock.now()).total_seconds())

    plan_visits(job_context)

    [visit] = proposals(database)
    assert visit.planned_on.isoformat() >= "2027-02-10"


@pytest.mark.parametrize(
    "half_past_seven_in_berlin",
    [datetime(2027, 3, 26, 6, 30, tzinfo=UTC), datetime(2027, 3, 29, 5, 30, tzinfo=UTC)],
    ids=["before the clock change", "after it"],
)
def test_each_rep_has_his_own_morning(database, job_context, clock, half_past_seven_in_berlin):
    with database.unit_of_work() as session:
        berlin = make_branch(session, timezone="Europe/Berlin")
        make_staff(session, berlin, role=Role.SALES_REP)
    clock.tick(seconds=(half_past_seven_in_berlin - clock.now()).total_seconds() - 1)

    assert plan_visits(job_context) == 0
    clock.tick(seconds=1)
    assert plan_visits(job_context) == 1


def test_a_rep_abroad_is_planned_for_by_his_own_clock(database, job_context, branch):
    with database.unit_of_work() as session:
        make_staff(session, branch, role=Role.SALES_REP, timezone="America/New_York")

    assert plan_visits(job_context) == 1  # 20:30 of the day before, where he is.
    assert plan_visits(job_context) == 0


def test_five_visits_fill_a_day_those_accepted_among_them(database, job_context, customer, branch, rep):
    for _ in range(30):
        customer(visited=20)
    with database.unit_of_work() as session:
        for _ in range(4):
            make_visit(session, make_customer(session, branch), rep=rep, planned_on=TODAY)

    plan_visits(job_context)

    days = [visit.planned_on for visit in proposals(database)]
    assert (days.count(TODAY), max(days.count(day) for day in set(days))) == (1, 5)


def test_a_red_alert_comes_before_all_others(database, job_context, customer):
    for _ in range(30):
        customer(visited=100)
    red = customer(visited=2)
    with database.unit_of_work() as session:
        make_churn_alert(session, red, band=Band.HIGH)

    plan_visits(job_context)

    days = {visit.customer_id: visit.planned_on for visit in proposals(database)}
    assert days[red.id] <= TODAY + 3 * A_DAY


def test_a_proposal_without_an_answer_moves_on(database, job_context, clock, customer):
    customer(visited=20)
    plan_visits(job_context)
    [before] = proposals(database)
    clock.tick(days=1)

    plan_visits(job_context)

    [after] = proposals(database)
    assert (before.id, before.planned_on, after.planned_on) == (after.id, TODAY, TODAY + A_DAY)


def test_an_accepted_visit_is_never_moved(database, job_context, clock, customer, rep):
    booked = customer(visited=30)
    with database.unit_of_work() as session:
        kept = make_visit(session, booked, rep=rep, planned_on=TODAY + A_DAY)
    for _ in range(40):
        customer(visited=100)
    for _ in range(4):
        plan_visits(job_context)
        clock.tick(hours=8)

    with database.unit_of_work(read_only=True) as session:
        visit = session.get_one(Visit, kept.id)
        assert (visit.planned_on, visit.state, visit.version) == (kept.planned_on, kept.state, 1)


def test_who_was_closed_by_us_is_left_in_peace(database, job_context, customer):
    customer(state=CustomerState.CLOSED_BY_US)
    plan_visits(job_context)

    assert proposals(database) == []
