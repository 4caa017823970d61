"""Reminders of visits: the evening's list, the morning's, an hour before a time, and what climbs."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from api import services
from api.domain.principal import Principal
from api.domain.visit_cadence import VisitPlan
from api.domain.vocabulary import DeliveryState, Locale, Role, VisitState
from api.models import Absence, Delivery, Notice, Visit
from jobs.plan_visits import plan_visits
from jobs.remind_of_visits import remind_of_visits
from tests.factories import make_branch, make_customer, make_device, make_staff, make_visit
from tests.fakes import NOW
from tests.shipping import TODAY

A_DAY = timedelta(days=1)
TOMORROW = TODAY + A_DAY


@pytest.fixture
def branch(database):
    with database.unit_of_work() as session:
        return make_branch(session)


@pytest.fixture
def rep(database, branch):
    with database.unit_of_work() as session:
        return make_staff(session, branch, role=Role.SALES_REP)


@pytest.fixture
def visit(database, branch, rep):
    """Adds an accepted visit to a customer of its own: `visit(planned_on=TOMORROW)`."""

    def visit(**columns):
        with database.unit_of_work() as session:
            customer = make_customer(session, branch, owner_id=rep.id)
            return make_visit(session, customer, **{"rep": rep, "planned_on": TODAY, **columns})

    return visit


@pytest.fixture
def at(clock):
    """Moves the clock on to a local time in Shanghai: `at("18:00")`, `at("08:30", TOMORROW)`."""

    def at(clock_time, day=TODAY):
        wanted = datetime.fromisoformat(f"{day}T{clock_time}:00+08:00").astimezone(UTC)
        clock.tick(seconds=(wanted - clock.now()).total_seconds())

    return at


def told(database, kind=None):
    """Return what was told, oldest first, as (kind, whom, variables)."""
    rows = select(Notice).order_by(Notice.decided_at, Notice.dedupe_key)
    with database.unit_of_work(read_only=True) as session:
        return [
            (one.kind, one.staff_id, one.variables)
            for one in session.scalars(rows)
            if kind is None or one.kind == kind
        ]


class TestLists:
    def test_in_the_morning_a_rep_hears_how_many_wait_today_those_left_over_among_them(
        self, database, job_context, visit, rep
    ):
        for day in (TODAY - 2 * A_DAY, TODAY, TOMORROW):
            visit(planned_on=day)

        remind_of_visits(job_context)

        assert told(database) == [("visit_reminder", rep.id, {"count": 2})]

    def test_in_the_evening_he_hears_of_tomorrow(self, database, job_context, visit, rep, at):
        visit(), visit(planned_on=TOMORROW), visit(planned_on=TOMORROW, state=VisitState.PROPOSED)
        at("17:59")
        remind_of_visits(job_context)
        at("18:00")

        remind_of_visits(job_context)

        assert told(database, "visits_tomorrow") == [("visits_tomorrow", rep.id, {"count": 2})]

    def test_each_list_comes_once(self, database, job_context, visit, at):
        visit(), visit(planned_on=TOMORROW)
        for clock_time in ("09:30", "10:00", "18:00", "18:01", "23:59"):
            at(clock_time)
            remind_of_visits(job_context)

        assert [kind for kind, *_ in told(database)] == ["visit_reminder", "visits_tomorrow"]

    def test_it_comes_at_half_past_eight_and_not_before(self, database, job_context, visit, at):
        visit(planned_on=TOMORROW)
        at("08:29", TOMORROW)

        assert remind_of_visits(job_context) == 0
        at("08:30", TOMORROW)
        assert remind_of_visits(job_context) == 1

    @pytest.mark.parametrize(
        "half_past_eight_in_berlin",
        [datetime(2027, 3, 27, 7, 30, tzinfo=UTC), datetime(2027, 3, 30, 6, 30, tzinfo=UTC)],
        ids=["before the clock change", "after it"],
    )
    def test_each_branch_has_its_own_morning(self, database, job_context, clock, half_past_eight_in_berlin):
        with database.unit_of_work() as session:
            berlin = make_branch(session, timezone="Europe/Berlin")
            rep = make_staff(session, berlin, role=Role.SALES_REP)
            customer = make_customer(session, berlin, owner_id=rep.id)
            make_visit(session, customer, rep=rep, planned_on=half_past_eight_in_berlin.date())
        clock.tick(seconds=(half_past_eight_in_berlin - clock.now()).total_seconds() - 1)

        assert remind_of_visits(job_context) == 0
        clock.tick(seconds=1)
        assert remind_of_visits(job_context) == 1

    def test_a_rep_abroad_has_his_own_morning(self, database, job_context, visit, branch, at):
        with database.unit_of_work() as session:
            abroad = make_staff(session, branch, role=Role.SALES_REP, timezone="Europe/London")
        visit(rep=abroad)
        at("16:29")

        assert remind_of_visits(job_context) == 0
        at("16:30")
        assert remind_of_visits(job_context) == 1

    def test_a_visit_that_was_moved_away_is_on_neither_list(self, database, job_context, visit, rep, at):
        planned = visit(planned_on=TOMORROW)
        move(database, planned, rep, TODAY + 5 * A_DAY)
        at("18:00")

        assert remind_of_visits(job_context) == 0

    def test_on_a_closed_day_what_was_left_over_waits(self, database, job_context, visit, at):
        visit()
        at("08:30", date(2026, 11, 22))  # A Sunday.

        assert remind_of_visits(job_context) == 0

    def test_who_has_nothing_to_visit_is_left_in_peace(self, job_context, rep):
        assert remind_of_visits(job_context) == 0

    def test_proposals_of_the_morning_are_on_the_list_of_the_morning(
        self, database, job_context, branch, rep
    ):
        with database.unit_of_work() as session:
            make_customer(session, branch, owner_id=rep.id, created_at=NOW - 60 * A_DAY)
        plan_visits(job_context)

        remind_of_visits(job_context)

        assert told(database) == [("visit_reminder", rep.id, {"count": 1})]

    def test_the_stand_in_hears_of_the_visits_of_who_is_away(self, database, job_context, visit, branch, rep):
        with database.unit_of_work() as session:
            stand_in = make_staff(session, branch, role=Role.SALES_REP)
            session.add(
                Absence(
                    branch_id=branch.id,
                    staff_id=rep.id,
                    stand_in_id=stand_in.id,
                    first_on=TODAY,
                    last_on=TODAY,
                    begins_at=NOW - A_DAY,
                    ends_at=NOW + A_DAY,
                    entered_by_id=rep.id,
                    entered_at=NOW,
                )
            )
        visit(), visit(rep=stand_in), visit(starts_at=NOW + timedelta(minutes=50))

        remind_of_visits(job_context)

        assert told(database) == [
            ("visit_reminder", stand_in.id, {"count": 3}),
            ("visit_soon", stand_in.id, {"minutes": 50}),
        ]


class TestFixedTimes:
    def test_a_rep_is_reminded_an_hour_before(self, database, job_context, visit, rep, at):
        visit(planned_on=TOMORROW, starts_at=NOW + A_DAY)
        at("08:29", TOMORROW)

        remind_of_visits(job_context)
        assert told(database, "visit_soon") == []
        at("08:30", TOMORROW)
        remind_of_visits(job_context)
        at("08:31", TOMORROW)
        remind_of_visits(job_context)
        assert told(database, "visit_soon") == [("visit_soon", rep.id, {"minutes": 60})]

    def test_a_moved_time_has_its_own_reminder_and_the_old_one_is_taken_back(
        self, database, job_context, visit, rep, at
    ):
        with database.unit_of_work() as session:
            make_device(session, rep)
        planned = visit(starts_at=NOW + timedelta(minutes=50))
        remind_of_visits(job_context)
        move(database, planned, rep, TODAY, NOW + timedelta(hours=5))
        at("13:35")

        remind_of_visits(job_context)

        assert [variables for *_, variables in told(database, "visit_soon")] == [
            {"minutes": 50},
            {"minutes": 55},
        ]
        with database.unit_of_work(read_only=True) as session:
            states = select(Delivery.state).join(Notice).where(Notice.kind == "visit_soon")
            assert set(session.scalars(states.order_by(Notice.decided_at))) == {
                DeliveryState.SUPERSEDED,
                DeliveryState.PENDING,
            }

    def test_within_quiet_hours_the_evening_list_must_do(self, database, job_context, visit, at):
        visit(planned_on=TOMORROW, starts_at=NOW + A_DAY - timedelta(minutes=45))
        for clock_time in ("07:45", "08:00", "08:40"):
            at(clock_time, TOMORROW)
            remind_of_visits(job_context)

        assert told(database, "visit_soon") == []

    def test_a_proposal_has_no_hour_to_be_reminded_of(self, database, job_context, visit):
        visit(state=VisitState.PROPOSED, starts_at=NOW + timedelta(minutes=50))
        remind_of_visits(job_context)

        assert told(database, "visit_soon") == []


class TestClimbing:
    @pytest.fixture
    def manager(self, database, branch):
        with database.unit_of_work() as session:
            return make_staff(session, branch, role=Role.MANAGER)

    def test_after_three_working_days_the_manager_hears_one_number_for_each_rep(
        self, database, job_context, visit, manager
    ):
        # Saturday is worked, Sunday is not: Wednesday is the third working day after it.
        for day in (4, 5, 2):
            visit(planned_on=TODAY - day * A_DAY)

        remind_of_visits(job_context)

        assert told(database, "visits_overdue") == [("visits_overdue", manager.id, {"count": 2})]

    def test_of_each_visit_he_hears_once(self, database, job_context, visit, manager, clock):
        visit(planned_on=TODAY - 9 * A_DAY)
        for _ in range(4):
            remind_of_visits(job_context)
            clock.tick(days=1)

        assert len(told(database, "visits_overdue")) == 1

    def test_a_visit_that_is_moved_may_become_overdue_anew(
        self, database, job_context, visit, manager, rep, clock
    ):
        planned = visit(planned_on=TODAY - 9 * A_DAY)
        remind_of_visits(job_context)
        move(database, planned, rep, TOMORROW)
        clock.tick(days=9)

        remind_of_visits(job_context)

        assert len(told(database, "visits_overdue")) == 2

    @pytest.mark.parametrize("state", [VisitState.PROPOSED, VisitState.COMPLETED, VisitState.MISSED])
    def test_only_what_was_accepted_and_not_done_climbs(self, database, job_context, visit, manager, state):
        visit(planned_on=TODAY - 9 * A_DAY, state=state)
        remind_of_visits(job_context)

        assert told(database, "visits_overdue") == []


def move(database, visit: Visit, rep, day, starts_at=None):
    by = Principal(rep.id, rep.branch_id, rep.role, Locale.ZH_CN, session_id=None)
    with database.unit_of_work() as session:
        plan = VisitPlan(day, starts_at)
        services.visits.reschedule(session, visit_id=visit.id, plan=plan, by=by, now=NOW)
