"""A simulated quarter of sales reps: the house plans, reminds and hears their reports, day after day.

All of it goes through the services and jobs, on simulated time. What came of it is judged elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from uuid_utils.compat import uuid7

from api import services
from api.domain.business_hours import local_instant
from api.domain.principal import Principal
from api.domain.visit_cadence import VisitPlan, VisitReport
from api.domain.vocabulary import Band, Grade, Locale, Role, VisitObstacle, VisitState
from api.models import Branch, Customer, Site, StaffMember, Visit
from jobs.context import JobContext
from jobs.plan_visits import plan_visits
from jobs.remind_of_visits import remind_of_visits
from tests import factories
from tests.fakes import FrozenClock

FIRST, LAST = date(2026, 9, 1), date(2026, 11, 30)
LAST_OF_TWO_MONTHS = date(2026, 10, 31)
"""Mid-Autumn and National Day with their made-up days lie before, and the end of summer time in Europe."""

TICKS = tuple(time.fromisoformat(clock) for clock in "07:30 08:30 09:00 13:00 16:00 17:00 18:00".split())
"""The times at which something is due, or somebody does something."""
DESK_TIME = time(17)
GRADES = (Grade.A,) * 2 + (Grade.B,) * 4 + (Grade.C,) * 14
ACCEPTED, SKIPPED, MISSED, FORGOTTEN = 0.92, 0.03, 0.04, 0.02
FIXED_TIMES = 0.3
ALERTS_A_WEEK = 4


@dataclass(frozen=True, slots=True)
class Round:
    """One rep, his branch, and the clock he lives by."""

    rep: Principal
    zone: ZoneInfo
    customer_ids: tuple[UUID, ...]


@dataclass(slots=True)
class Quarter:
    """`context` is that of the jobs, whose clock is everybody's."""

    context: JobContext
    clock: FrozenClock
    random: Random
    rounds: Sequence[Round]
    last: date = LAST
    red: dict[UUID, datetime] = field(default_factory=dict)
    """Which customers got a red alert, and when."""
    skipped: set[tuple[UUID, date]] = field(default_factory=set)

    @property
    def weeks(self) -> float:
        return ((self.last - FIRST).days + 1) / 7

    def run(self) -> None:
        for instant in self._instants():
            self.clock.tick(seconds=(instant - self.clock.now()).total_seconds())
            for _ in range(self.random.choice((1, 1, 2))):  # Nobody must be able to tell how often.
                plan_visits(self.context)
                remind_of_visits(self.context)
            self._live()

    def _instants(self) -> Iterator[datetime]:
        zones = {one.zone for one in self.rounds}
        days = (FIRST + timedelta(days=later) for later in range((self.last - FIRST).days + 1))
        yield from sorted({local_instant(day, at, zone) for day in days for zone in zones for at in TICKS})

    def _live(self) -> None:
        """What people do at this hour: at five they answer the plan and report the day's visits."""
        for one in self.rounds:
            local = self.clock.now().astimezone(one.zone)
            if local.time() == DESK_TIME:
                self._answer_proposals(one, local.date())
                self._report(one, local.date())
            if local.time() == time(7, 30) and local.weekday() == 1:
                self._raise_alerts(one)

    def _answer_proposals(self, one: Round, today: date) -> None:
        now = self.clock.now()
        for visit in self._open(one, VisitState.PROPOSED):
            chance = self.random.random()
            if visit.planned_on <= today or chance > ACCEPTED + SKIPPED:
                continue  # He has not got round to it: the planner moves it on.
            with self.context.unit_of_work() as session:
                if chance > ACCEPTED:
                    services.visits.cancel(session, visit_id=visit.id, reason="以后再说", by=one.rep, now=now)
                    self.skipped.add((visit.customer_id, visit.planned_on))
                elif self.random.random() < FIXED_TIMES:
                    plan = VisitPlan(visit.planned_on, self._free_time(one, visit))
                    services.visits.reschedule(session, visit_id=visit.id, plan=plan, by=one.rep, now=now)
                else:
                    services.visits.accept(session, visit_id=visit.id, by=one.rep, now=now)

    def _report(self, one: Round, today: date) -> None:
        now = self.clock.now()
        for visit in self._open(one, VisitState.PLANNED):
            chance = self.random.random()
            if visit.planned_on > today or chance < FORGOTTEN:
                continue
            with self.context.unit_of_work() as session:
                if chance < FORGOTTEN + MISSED:
                    services.visits.miss(
                        session,
                        visit_id=visit.id,
                        obstacle=VisitObstacle.NOBODY_THERE,
                        reason=None,
                        by=one.rep,
                        now=now,
                    )
                else:
                    report = VisitReport("一切顺利")
                    services.visit_reports.complete(
                        session, visit_id=visit.id, report=report, by=one.rep, now=now
                    )

    def _raise_alerts(self, one: Round) -> None:
        with self.context.unit_of_work() as session:
            for customer_id in self.random.sample(one.customer_ids, ALERTS_A_WEEK):
                if customer_id not in self.red:
                    customer = session.get_one(Customer, customer_id)
                    factories.make_churn_alert(session, customer, band=Band.HIGH, raised_at=self.clock.now())
                    self.red[customer_id] = self.clock.now()

    def _open(self, one: Round, state: VisitState) -> Sequence[Visit]:
        with self.context.database.unit_of_work(read_only=True) as session:
            mine = select(Visit).where(Visit.rep_id == one.rep.staff_id, Visit.state == state)
            return session.scalars(mine.order_by(Visit.planned_on, Visit.id)).all()

    def _free_time(self, one: Round, visit: Visit) -> datetime | None:
        """Return an hour of the day that none of his other visits has."""
        with self.context.database.unit_of_work(read_only=True) as session:
            taken = set(
                session.scalars(
                    select(Visit.starts_at).where(
                        Visit.rep_id == one.rep.staff_id, Visit.planned_on == visit.planned_on
                    )
                )
            )
        hours = (local_instant(visit.planned_on, time(hour), one.zone) for hour in (10, 14))
        return next((hour for hour in hours if hour not in taken), None)


def found(
    context: JobContext, clock: FrozenClock, *, reps: int, customers: int, timezone: str
) -> list[Round]:
    """Open a branch whose reps share the customers, spread over a city and known for two months."""
    random = Random(timezone)
    with context.unit_of_work() as session:
        branch = factories.make_branch(session, timezone=timezone)
        team = [factories.make_staff(session, branch, role=Role.SALES_REP) for _ in range(reps)]
        factories.make_staff(session, branch, role=Role.MANAGER)
        known = local_instant(FIRST - timedelta(days=60), time(9), ZoneInfo(timezone))
        rows = [_customer(branch, team[number % reps], number, known) for number in range(customers)]
        session.execute(insert(Customer), rows)
        session.execute(insert(Site), [_site(row, random) for row in rows])
    return [
        Round(
            Principal(member.id, branch.id, member.role, Locale.ZH_CN, session_id=None),
            ZoneInfo(timezone),
            tuple(row["id"] for row in rows if row["owner_id"] == member.id),
        )
        for member in team
    ]


def _customer(branch: Branch, rep: StaffMember, number: int, known: datetime) -> dict[str, object]:
    return {
        "id": uuid7(),
        "branch_id": branch.id,
        "code": f"Q{number:04}",
        "name": f"客户 {number}",
        "grade": GRADES[number // 6 % len(GRADES)],
        "owner_id": rep.id,
        "created_at": known,
    }


def _site(customer: dict[str, object], random: Random) -> dict[str, object]:
    return {
        "branch_id": customer["branch_id"],
        "customer_id": customer["id"],
        "name": "仓库",
        "address": "世纪大道",
        "latitude": 31.2 + random.random() / 5,
        "longitude": 121.4 + random.random() / 5,
        "radius_m": 100,
        "created_at": customer["created_at"],
    }
