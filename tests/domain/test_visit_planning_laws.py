"""Laws of planning a week: whatever the customers, the calendar, and what stands already."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from api.domain.branch_policy import BranchPolicy
from api.domain.business_hours import WorkCalendar
from api.domain.geofence import Place
from api.domain.visit_cadence import MOST_VISITS_A_DAY
from api.domain.visit_days import day_for_offer
from api.domain.visit_planning import Candidate, PlanWeek, is_wanted, most_urgent, plan, red_by
from api.domain.vocabulary import Grade, LeftOutReason

MONDAY, A_DAY = date(2026, 11, 16), timedelta(days=1)
POLICY = BranchPolicy()
WORKDAYS = WorkCalendar()
WEEK = PlanWeek.of(MONDAY, today=MONDAY, calendar=WORKDAYS)

PLACES = st.one_of(
    st.none(),
    st.builds(Place, latitude=st.floats(31.0, 31.5), longitude=st.floats(121.2, 121.8)),
)
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        customer_id=st.uuids(),
        grade=st.sampled_from([None, *Grade]),
        known_on=st.dates(MONDAY - timedelta(days=400), MONDAY),
        last_visited_on=st.one_of(st.none(), st.dates(MONDAY - timedelta(days=200), MONDAY)),
        red_since=st.one_of(st.none(), st.none(), st.dates(MONDAY - timedelta(days=5), MONDAY)),
        place=PLACES,
        proposed_on=st.one_of(st.none(), st.dates(MONDAY - timedelta(days=3), MONDAY + timedelta(days=9))),
        accepted_on=st.one_of(
            st.none(), st.none(), st.dates(MONDAY + timedelta(days=1), MONDAY + timedelta(days=9))
        ),
        barred=st.sampled_from([None, None, None, LeftOutReason.SKIPPED]),
    ),
    max_size=40,
    unique_by=lambda one: one.customer_id,
)
CALENDARS = st.builds(
    WorkCalendar,
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    holidays=st.frozensets(st.dates(MONDAY, MONDAY + timedelta(days=13)), max_size=6),
    made_up_days=st.frozensets(st.dates(MONDAY, MONDAY + timedelta(days=13)), max_size=2),
)
ACCEPTED = st.dictionaries(
    st.dates(MONDAY, MONDAY + timedelta(days=6)), st.lists(PLACES, max_size=7), max_size=5
)


@settings(max_examples=150, deadline=None)
@given(CANDIDATES, ACCEPTED, CALENDARS, st.integers(0, 4))
def test_law_everybody_wanted_is_proposed_once_or_left_out(candidates, accepted, calendar, passed):
    week = PlanWeek.of(MONDAY, today=MONDAY + timedelta(days=passed), calendar=calendar)

    planned = plan(candidates, accepted, week, POLICY)

    wanted = Counter(one.customer_id for one in candidates if is_wanted(one, week, POLICY))
    answered = [one.customer_id for one in (*planned.proposals, *planned.left_out)]
    assert Counter(answered) == wanted


@settings(max_examples=150, deadline=None)
@given(CANDIDATES, ACCEPTED, CALENDARS)
def test_law_no_visit_on_a_closed_day_and_never_more_than_five(candidates, accepted, calendar):
    week = PlanWeek.of(MONDAY, today=MONDAY, calendar=calendar)

    loads = Counter(proposal.planned_on for proposal in plan(candidates, accepted, week, POLICY).proposals)

    assert all(calendar.is_working_day(day) for day in loads)
    assert all(count + len(accepted.get(day, ())) <= MOST_VISITS_A_DAY for day, count in loads.items())


@settings(max_examples=150, deadline=None)
@given(CANDIDATES, ACCEPTED, CALENDARS)
def test_law_planning_a_plan_again_changes_nothing(candidates, accepted, calendar):
    week = PlanWeek.of(MONDAY, today=MONDAY, calendar=calendar)
    first = plan(candidates, accepted, week, POLICY)
    stands_on = {proposal.customer_id: proposal.planned_on for proposal in first.proposals}

    again = plan(
        [replace(one, proposed_on=stands_on.get(one.customer_id)) for one in candidates],
        accepted,
        week,
        POLICY,
    )

    assert again == first


@settings(max_examples=150, deadline=None)
@given(CANDIDATES, ACCEPTED)
def test_law_red_alerts_are_in_time_wherever_the_days_have_room(candidates, accepted):
    planned = plan(candidates, accepted, WEEK, POLICY)

    by = {one.customer_id: red_by(one.red_since, WORKDAYS) for one in candidates if one.red_since}
    late = [
        one for one in planned.proposals if one.customer_id in by and one.planned_on > by[one.customer_id]
    ]
    for one in late:
        deadline = by[one.customer_id]
        rivals = sum(other <= deadline for other in by.values())
        room = sum(
            max(MOST_VISITS_A_DAY - len(accepted.get(day, ())), 0) for day in WEEK.days if day <= deadline
        )
        assert rivals > room


@settings(max_examples=100, deadline=None)
@given(CANDIDATES, ACCEPTED)
def test_law_nobody_more_urgent_is_left_for_want_of_room(candidates, accepted):
    planned = plan(candidates, accepted, WEEK, POLICY)

    order = [one.customer_id for one in most_urgent(candidates, MONDAY, POLICY)]
    has_a_visit = {one.customer_id for one in candidates if one.accepted_on}
    no_room = [
        one.customer_id
        for one in planned.left_out
        if one.reason is LeftOutReason.NO_ROOM and one.customer_id not in has_a_visit
    ]
    proposed = [proposal.customer_id for proposal in planned.proposals]
    if no_room and proposed:
        assert max(map(order.index, proposed)) < min(map(order.index, no_room))


@given(st.integers(1, 90), st.dictionaries(st.integers(-10, 30), st.integers(0, 5)), CALENDARS)
def test_law_the_next_visit_is_offered_on_a_worked_day_with_room(due_in, loads, calendar):
    due = MONDAY + timedelta(days=due_in)
    by_day = {due + timedelta(days=later): count for later, count in loads.items()}

    offered = day_for_offer(due, by_day, calendar, today=MONDAY)

    assert offered > MONDAY
    assert calendar.is_working_day(offered)
    assert by_day.get(offered, 0) < MOST_VISITS_A_DAY


@settings(max_examples=100, deadline=None)
@given(CANDIDATES, ACCEPTED)
def test_law_who_has_a_visit_is_offered_none_but_an_earlier_one(candidates, accepted):
    stands = {one.customer_id: one.accepted_on for one in candidates if one.accepted_on}

    for proposal in plan(candidates, accepted, WEEK, POLICY).proposals:
        assert proposal.planned_on < stands.get(proposal.customer_id, date.max)
