"""Whom a rep ought to visit in a week, the most urgent first, and why. Pure: rows are the service's.

On which day each comes is decided in `visit_days`. A plan can be made again at any time: what was accepted
stands outside it, and what was proposed keeps its day as long as nothing speaks against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from api.domain.branch_policy import BranchPolicy
from api.domain.business_hours import WorkCalendar
from api.domain.errors import RuleBroken
from api.domain.geofence import Place
from api.domain.visit_cadence import MOST_VISITS_A_DAY, cadence, due_on, times_over
from api.domain.visit_days import Caller, Company, spread
from api.domain.visit_reasons import Because, LeftOut
from api.domain.vocabulary import Grade, LeftOutReason, ProposalReason

RED_WITHIN_WORKING_DAYS = 3
WEEKS_AHEAD = 4
A_WEEK = timedelta(days=7)


class WeekOutOfReach(RuleBroken):
    """A plan is made for a week that begins on a Monday, from this one to four weeks ahead."""

    code = "week_out_of_reach"


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the planner knows of one customer of a rep who has no accepted visit in time.

    `red_since`: the day his red alert was raised. `proposed_on`: where the present plan has him.
    `accepted_on`: his visit that stands, which a red alert wants to be earlier; a proposal comes before it.
    `barred`: why he is not to be proposed, whatever else holds.
    """

    customer_id: UUID
    grade: Grade | None
    known_on: date
    last_visited_on: date | None = None
    red_since: date | None = None
    place: Place | None = None
    proposed_on: date | None = None
    accepted_on: date | None = None
    barred: LeftOutReason | None = None


@dataclass(frozen=True, slots=True)
class PlanWeek:
    """The days of a week that can still be planned, none of them before `today`."""

    starts_on: date
    today: date
    days: tuple[date, ...]
    due_before: date
    """Who falls due before this day is wanted: the first day worked after the week."""
    calendar: WorkCalendar

    @classmethod
    def of(cls, starts_on: date, *, today: date, calendar: WorkCalendar) -> PlanWeek:
        """Lay out a week from `today` on. Raises WeekOutOfReach."""
        this_monday = monday_of(today)
        if starts_on.weekday() or not this_monday <= starts_on <= this_monday + WEEKS_AHEAD * A_WEEK:
            raise WeekOutOfReach()
        days = calendar.working_days(max(starts_on, today), starts_on + timedelta(days=6))
        return cls(starts_on, today, days, calendar.next_working_day(starts_on + A_WEEK), calendar)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A visit worth making on that day, and why."""

    customer_id: UUID
    planned_on: date
    because: tuple[Because, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """What comes of planning: everybody who is wanted is proposed or left out with a reason."""

    proposals: tuple[Proposal, ...]
    left_out: tuple[LeftOut, ...]


def plan(
    candidates: Iterable[Candidate],
    accepted: Mapping[date, Sequence[Place | None]],
    week: PlanWeek,
    policy: BranchPolicy,
) -> Planned:
    """Propose visits for a week; `accepted` are the places of those that stand already, by day.

    At most five a day, those included. Whoever finds no room, or is barred, is left out with the reason.
    The same input gives the same plan, and planning its result anew changes nothing.
    """
    wanted = most_urgent((one for one in candidates if is_wanted(one, week, policy)), week.today, policy)
    open_to = [one for one in wanted if one.barred is None and _can_come_sooner(one, week)]
    room = sum(max(MOST_VISITS_A_DAY - len(accepted.get(day, ())), 0) for day in week.days)
    chosen = open_to[:room]
    companies = spread(
        [_caller(one, week) for one in chosen],
        [Company(day, list(accepted.get(day, ()))) for day in week.days],
    )
    company_of = {caller_id: company for company in companies for caller_id in company.callers}
    proposals = {
        one.customer_id: _proposal(one, company_of[one.customer_id], week, policy)
        for one in chosen
        if one.customer_id in company_of
    }
    return Planned(
        tuple(proposals.values()),
        tuple(
            LeftOut(one.customer_id, one.barred or _why_no_room(week))
            for one in wanted
            if one.customer_id not in proposals
        ),
    )


def most_urgent(candidates: Iterable[Candidate], today: date, policy: BranchPolicy) -> list[Candidate]:
    """Order by what is lost if a visit is left: red alerts, the oldest first, then by cadences waited.

    Within equals grade A comes before B before C.
    """

    def urgency(one: Candidate) -> tuple[bool, date, float, str, UUID]:
        waited = times_over(one.last_visited_on, one.known_on, today, cadence(policy, one.grade))
        return (
            one.red_since is None,
            one.red_since or date.max,
            -waited,
            one.grade or Grade.C,
            one.customer_id,
        )

    return sorted(candidates, key=urgency)


def is_wanted(one: Candidate, week: PlanWeek, policy: BranchPolicy) -> bool:
    """Tell whether a visit belongs into this week: there is a red alert, or it falls due before the next."""
    return one.red_since is not None or _due_on(one, policy) < week.due_before


def monday_of(day: date) -> date:
    """Return the first day of the week."""
    return day - timedelta(days=day.weekday())


def red_by(red_since: date, calendar: WorkCalendar) -> date:
    """Return the last day for a visit after a red alert: the third working day."""
    return calendar.add_working_days(red_since, RED_WITHIN_WORKING_DAYS)


def _due_on(one: Candidate, policy: BranchPolicy) -> date:
    return due_on(one.last_visited_on, one.known_on, cadence(policy, one.grade))


def _caller(one: Candidate, week: PlanWeek) -> Caller:
    by_on = None if one.red_since is None else red_by(one.red_since, week.calendar)
    # One has been accepted already: only a sooner one is of use.
    return Caller(one.customer_id, one.place, by_on, before=one.accepted_on, stands_on=one.proposed_on)


def _can_come_sooner(one: Candidate, week: PlanWeek) -> bool:
    """Tell whether the week has a day before the visit that was accepted; another one is of no use."""
    return one.accepted_on is None or any(day < one.accepted_on for day in week.days)


def _proposal(one: Candidate, company: Company, week: PlanWeek, policy: BranchPolicy) -> Proposal:
    because = [_main_reason(one, week, policy)]
    metres = company.metres_to_another(one.customer_id, one.place)
    if metres is not None:
        because.append(Because(ProposalReason.NEAR_ANOTHER, {"metres": metres}))
    return Proposal(one.customer_id, company.day, tuple(because))


def _main_reason(one: Candidate, week: PlanWeek, policy: BranchPolicy) -> Because:
    if one.red_since is not None:
        by_on = red_by(one.red_since, week.calendar).isoformat()
        return Because(ProposalReason.RED_ALERT, {"by_on": by_on})
    if one.last_visited_on is None:
        return Because(ProposalReason.NEVER_VISITED, {"days": (week.today - one.known_on).days})
    due = _due_on(one, policy)
    if due < week.today:
        return Because(ProposalReason.OVERDUE, {"days": (week.today - due).days})
    return Because(ProposalReason.DUE, {"due_on": due.isoformat()})


def _why_no_room(week: PlanWeek) -> LeftOutReason:
    return LeftOutReason.NO_ROOM if week.days else LeftOutReason.CLOSED_DAYS
