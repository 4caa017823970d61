"""A quarter of six reps and 600 customers in Shanghai, and of one rep in Berlin: what was promised holds.

All of them live in `make soak`; the suite looks at two months of one rep in each city.
"""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from api.domain.business_hours import local_day
from api.domain.vocabulary import Grade, VisitState
from api.models import Branch, Customer, Notice, Visit, WeekPlan
from api.queries import work_calendars
from tests.databases import only_sqlite
from tests.simulation import quarter
from tests.simulation.quarter import FIRST, LAST, LAST_OF_TWO_MONTHS, Quarter

pytestmark = pytest.mark.slow

BEGINNING = datetime(2026, 8, 31, 12, 0, tzinfo=UTC)
VISITS_A_WEEK, FIXED_TIMES_A_WEEK = 25, 3.3
"""Of one rep, in the mean, holidays and all."""
OFFERED_OR_PLANNED = (VisitState.PROPOSED, VisitState.PLANNED, VisitState.COMPLETED, VisitState.MISSED)


@only_sqlite
@pytest.mark.parametrize(
    ("reps", "last"),
    [
        pytest.param(1, LAST_OF_TWO_MONTHS, id="one rep"),
        pytest.param(6, LAST, id="six reps", marks=pytest.mark.soak),
    ],
)
def test_a_quarter_of_reps_with_100_customers_each(job_context, clock, database, record_property, reps, last):
    clock.tick(seconds=(BEGINNING - clock.now()).total_seconds())
    shanghai = quarter.found(job_context, clock, reps=reps, customers=100 * reps, timezone="Asia/Shanghai")
    berlin = quarter.found(job_context, clock, reps=1, customers=10 * reps, timezone="Europe/Berlin")
    lived = Quarter(job_context, clock, Random(2026), [*shanghai, *berlin], last)

    lived.run()

    with database.unit_of_work(read_only=True) as session:
        judged = Judged(session, lived)
        judged.no_visit_lies_on_a_closed_day()
        judged.no_day_has_more_than_five()
        judged.nobody_is_visited_twice_at_once()
        judged.every_grade_a_customer_is_visited_in_time_or_explained()
        judged.red_alerts_are_seen_within_three_working_days_or_explained()
        judged.every_list_came_once_at_its_local_time()
        judged.every_fixed_time_rang_once_an_hour_before()
        done = judged.count(VisitState.COMPLETED)
        record_property(
            "measured", f"{reps + 1} reps and {110 * reps} customers until {last}: {done} visits made"
        )
    assert done > VISITS_A_WEEK * reps * lived.weeks


class Judged:
    """Looks at what is in the database after the quarter, and knows nothing of how it came about."""

    def __init__(self, session, lived: Quarter) -> None:
        self.lived = lived
        self.visits = session.scalars(select(Visit)).all()
        self.notices = session.scalars(select(Notice)).all()
        self.plans = session.scalars(select(WeekPlan)).all()
        self.customers = {one.id: one for one in session.scalars(select(Customer))}
        branches = session.scalars(select(Branch)).all()
        self.zones = {one.id: ZoneInfo(one.timezone) for one in branches}
        around = datetime(2026, 10, 1, tzinfo=UTC)
        self.calendars = {one.id: work_calendars.of_branch(session, one, around=around) for one in branches}

    def count(self, state: VisitState) -> int:
        return sum(visit.state is state for visit in self.visits)

    def no_visit_lies_on_a_closed_day(self) -> None:
        closed = [
            visit.planned_on
            for visit in self.visits
            if not self.calendars[visit.branch_id].is_working_day(visit.planned_on)
        ]
        assert closed == []

    def no_day_has_more_than_five(self) -> None:
        counted = (VisitState.PROPOSED, VisitState.PLANNED, VisitState.COMPLETED, VisitState.MISSED)
        loads = Counter((one.rep_id, one.planned_on) for one in self.visits if one.state in counted)
        assert max(loads.values()) == 5

    def nobody_is_visited_twice_at_once(self) -> None:
        kept = [one for one in self.visits if one.state in OFFERED_OR_PLANNED]
        assert max(Counter((one.customer_id, one.planned_on) for one in kept).values()) == 1
        open_now = Counter(one.customer_id for one in kept if one.state is VisitState.PROPOSED)
        assert max(open_now.values()) == 1

    def every_grade_a_customer_is_visited_in_time_or_explained(self) -> None:
        """A gap longer than the cadence and a week of grace needs a reason in a plan, or the rep's answer."""
        for customer in self.customers.values():
            if customer.grade is Grade.A:
                for begins, ends in self._gaps(customer):
                    if (ends - begins).days > 14 + 7:
                        assert self._is_explained(customer, begins, ends), (customer.code, begins, ends)

    def _gaps(self, customer):
        zone = self.zones[customer.branch_id]
        days = sorted(
            local_day(one.completed_at, zone)
            for one in self.visits
            if one.customer_id == customer.id and one.completed_at
        )
        # The first weeks go to those who were never visited, all 600 of them.
        start = [FIRST + timedelta(days=28)] if not days or days[0] > FIRST + timedelta(days=28) else []
        edges = [*start, *days, self.lived.last]
        return list(pairwise(edges))

    def _is_explained(self, customer, begins: date, ends: date) -> bool:
        left_out = any(
            begins <= plan.week_starts_on + timedelta(days=6) and plan.week_starts_on <= ends
            for plan in self.plans
            for one in plan.left_out
            if one["customer_id"] == str(customer.id)
        )
        answered = any(
            begins < one.planned_on <= ends + timedelta(days=7)
            for one in self.visits
            if one.customer_id == customer.id and one.state is not VisitState.COMPLETED
        )
        festival = any(begins <= date(2026, 10, day) <= ends for day in range(1, 8))
        return left_out or answered or festival

    def red_alerts_are_seen_within_three_working_days_or_explained(self) -> None:
        late = 0
        for customer_id, raised_at in self.lived.red.items():
            customer = self.customers[customer_id]
            calendar = self.calendars[customer.branch_id]
            raised_on = local_day(raised_at, self.zones[customer.branch_id])
            by_on = calendar.add_working_days(raised_on, 3)
            offered = [
                one
                for one in self.visits
                if one.customer_id == customer_id and raised_on <= one.planned_on <= by_on
            ]
            late += not offered and not self._is_explained(customer, raised_on, by_on)
        # A proposal that the rep leaves without an answer moves on past the day.
        assert late <= len(self.lived.red) // 20

    def every_list_came_once_at_its_local_time(self) -> None:
        lists = defaultdict(list)
        for notice in self.notices:
            if notice.kind in ("visit_reminder", "visits_tomorrow"):
                lists[notice.kind, notice.staff_id].append(notice)
        for (kind, _), told in lists.items():
            zone = self.zones[told[0].branch_id]
            times = {one.decided_at.astimezone(zone).time() for one in told}
            days = Counter(local_day(one.decided_at, zone) for one in told)
            assert times == {time(8, 30) if kind == "visit_reminder" else time(18)}
            assert set(days.values()) == {1}
        assert len(lists) == 2 * len(self.lived.rounds)

    def every_fixed_time_rang_once_an_hour_before(self) -> None:
        rang = [one for one in self.notices if one.kind == "visit_soon"]
        instants = Counter((one.staff_id, one.customer_id, one.useful_until) for one in rang)
        assert set(instants.values()) == {1}
        assert all(one.useful_until - one.decided_at == timedelta(hours=1) for one in rang)
        kept = {
            (one.rep_id, one.customer_id, one.starts_at)
            for one in self.visits
            if one.starts_at and one.state in (VisitState.COMPLETED, VisitState.MISSED)
        }
        assert kept <= set(instants)
        assert len(kept) > FIXED_TIMES_A_WEEK * self.lived.weeks * len(self.lived.rounds)
