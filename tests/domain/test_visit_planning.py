"""A rep's week: who is proposed, on which day, why, and who is left out."""

from collections import Counter
from datetime import date, timedelta
from random import Random
from uuid import UUID

import pytest

from api.domain.branch_policy import BranchPolicy
from api.domain.business_hours import WorkCalendar
from api.domain.visit_cadence import MOST_VISITS_A_DAY
from api.domain.visit_planning import (
    Candidate,
    PlanWeek,
    WeekOutOfReach,
    is_wanted,
    most_urgent,
    plan,
    red_by,
)
from api.domain.visit_reasons import LeftOut
from api.domain.vocabulary import Grade, LeftOutReason, ProposalReason
from tests.visiting import CENTURY_AVENUE, north_of

MONDAY = date(2026, 11, 16)
FRIDAY = MONDAY + timedelta(days=4)
POLICY = BranchPolicy()
WORKDAYS = WorkCalendar()
WEEK = PlanWeek.of(MONDAY, today=MONDAY, calendar=WORKDAYS)


def candidate(number: int, grade: Grade | None = Grade.A, *, visited: int | None = 20, **more) -> Candidate:
    """A customer whose last visit was so many days before Monday; None: never visited."""
    last = None if visited is None else MONDAY - timedelta(days=visited)
    return Candidate(
        UUID(int=number), grade, known_on=MONDAY - timedelta(days=100), last_visited_on=last, **more
    )


def days(planned) -> dict[int, date]:
    return {proposal.customer_id.int: proposal.planned_on for proposal in planned.proposals}


class TestWhoIsWanted:
    def test_red_alerts_come_first_then_the_longest_overdue_then_by_grade(self):
        customers = [
            candidate(1, Grade.C, visited=100),
            candidate(2, Grade.A, visited=15),
            candidate(3, Grade.A, visited=42),
            candidate(4, Grade.B, visited=31),
            candidate(5, Grade.C, visited=10, red_since=MONDAY - timedelta(days=1)),
            candidate(6, Grade.C, visited=10, red_since=MONDAY - timedelta(days=2)),
        ]

        assert [one.customer_id.int for one in most_urgent(customers, MONDAY, POLICY)] == [6, 5, 3, 1, 2, 4]

    @pytest.mark.parametrize(
        ("visited", "wanted"), [(5, False), (7, False), (8, True), (9, True), (10, True), (40, True)]
    )
    def test_who_falls_due_before_the_next_monday_belongs_into_the_week(self, visited, wanted):
        # Grade A, every 14 days: visited 8 days before Monday is due on Sunday.
        assert is_wanted(candidate(1, visited=visited), WEEK, POLICY) is wanted

    def test_who_falls_due_in_a_closed_week_is_visited_before_it(self):
        festival = frozenset(MONDAY + timedelta(days=7 + later) for later in range(7))
        week = PlanWeek.of(MONDAY, today=MONDAY, calendar=WorkCalendar(holidays=festival))

        assert is_wanted(candidate(1, visited=1), week, POLICY)
        assert not is_wanted(candidate(1, visited=0), week, POLICY)

    def test_a_red_alert_wants_a_visit_whatever_the_cadence_says(self):
        planned = plan([candidate(1, visited=1, red_since=MONDAY)], {}, WEEK, POLICY)

        assert days(planned)[1] <= red_by(MONDAY, WORKDAYS) == MONDAY + timedelta(days=3)

    @pytest.mark.parametrize(
        ("starts_on", "today"),
        [
            (MONDAY + timedelta(days=1), MONDAY),
            (MONDAY - timedelta(days=7), MONDAY),
            (MONDAY + timedelta(days=35), FRIDAY),
        ],
    )
    def test_a_plan_is_for_a_monday_from_this_week_to_four_ahead(self, starts_on, today):
        with pytest.raises(WeekOutOfReach):
            PlanWeek.of(starts_on, today=today, calendar=WORKDAYS)


class TestReasons:
    @pytest.mark.parametrize(
        ("one", "code", "numbers"),
        [
            (candidate(1, visited=20), ProposalReason.OVERDUE, {"days": 6}),
            (candidate(1, visited=12), ProposalReason.DUE, {"due_on": "2026-11-18"}),
            (candidate(1, visited=None), ProposalReason.NEVER_VISITED, {"days": 100}),
            (candidate(1, visited=2, red_since=MONDAY), ProposalReason.RED_ALERT, {"by_on": "2026-11-19"}),
        ],
    )
    def test_each_proposal_says_why(self, one, code, numbers):
        [proposal] = plan([one], {}, WEEK, POLICY).proposals

        assert [(because.code, because.numbers) for because in proposal.because] == [(code, numbers)]

    def test_near_ones_say_how_near(self):
        two = [
            candidate(1, place=CENTURY_AVENUE),
            candidate(2, place=north_of(CENTURY_AVENUE, 1.0)),
        ]

        planned = plan(two, {}, WEEK, POLICY)

        metres = [proposal.because[1].numbers["metres"] for proposal in planned.proposals]
        assert all(abs(found - 1000) < 10 for found in metres)

    def test_who_is_barred_is_left_out_with_the_reason(self):
        planned = plan([candidate(1, barred=LeftOutReason.SKIPPED)], {}, WEEK, POLICY)

        assert (planned.proposals, planned.left_out) == ((), (LeftOut(UUID(int=1), LeftOutReason.SKIPPED),))

    def test_in_a_closed_week_everybody_is_left_out(self):
        festival = frozenset(MONDAY + timedelta(days=later) for later in range(7))
        week = PlanWeek.of(MONDAY, today=MONDAY, calendar=WorkCalendar(holidays=festival))

        [left_out] = plan([candidate(1)], {}, week, POLICY).left_out

        assert left_out.reason is LeftOutReason.CLOSED_DAYS


class TestDays:
    def test_five_villages_of_five_get_a_day_each(self):
        villages = [north_of(CENTURY_AVENUE, 20.0 * number) for number in range(5)]
        customers = [
            candidate(10 * village + house, place=north_of(place, 0.2 * house))
            for village, place in enumerate(villages)
            for house in range(5)
        ]
        Random(7).shuffle(customers)

        planned = plan(customers, {}, WEEK, POLICY)

        by_day = Counter((number // 10, day) for number, day in days(planned).items())
        assert sorted(by_day.values()) == [5] * 5

    def test_customers_far_from_each_other_are_spread_evenly(self):
        customers = [candidate(number, place=north_of(CENTURY_AVENUE, 5.0 * number)) for number in range(10)]

        planned = plan(customers, {}, WEEK, POLICY)

        assert set(Counter(days(planned).values()).values()) == {2}

    def test_a_new_one_joins_an_accepted_visit_next_door(self):
        wednesday = MONDAY + timedelta(days=2)
        accepted = {wednesday: [north_of(CENTURY_AVENUE, 0.5)]}

        assert days(plan([candidate(1, place=CENTURY_AVENUE)], accepted, WEEK, POLICY)) == {1: wednesday}

    def test_a_full_day_takes_nobody_however_near(self):
        accepted = {MONDAY: [CENTURY_AVENUE] * MOST_VISITS_A_DAY}

        assert days(plan([candidate(1, place=CENTURY_AVENUE)], accepted, WEEK, POLICY))[1] != MONDAY

    def test_the_least_urgent_find_no_room_in_a_full_week(self):
        customers = [candidate(number, visited=20 + number) for number in range(1, 31)]

        planned = plan(customers, {}, WEEK, POLICY)

        assert len(planned.proposals) == 25
        assert [one.customer_id.int for one in planned.left_out] == [5, 4, 3, 2, 1]
        assert {one.reason for one in planned.left_out} == {LeftOutReason.NO_ROOM}

    def test_a_red_alert_takes_the_day_of_a_proposal_that_can_wait(self):
        near = [candidate(number, proposed_on=MONDAY) for number in range(1, 6)]
        week = PlanWeek.of(MONDAY, today=MONDAY, calendar=WorkCalendar(frozenset({0, 4})))
        red = candidate(9, visited=1, red_since=MONDAY - timedelta(days=4))

        planned = plan([*near, red], {}, week, POLICY)

        assert days(planned)[9] == MONDAY
        assert Counter(days(planned).values()) == {MONDAY: 5, FRIDAY: 1}
