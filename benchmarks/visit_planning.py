"""How long it takes to propose the week of a branch's reps: 600 customers, of one rep or shared by six.

Planned as the job does it: read, decide, write and commit, first into an empty week and then once more over
what stands. Every customer was visited between never and 120 days ago; each tenth has a red alert.
    python -m benchmarks.visit_planning [--engine sqlite|postgresql] [--customers 600]
"""

import argparse
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from api import services
from api.db import Database
from api.domain.vocabulary import AlertState, Band, Grade, ReasonFamily, Role, VisitState
from api.models import ChurnAlert, Customer, Site, StaffMember, Visit
from api.queries.staff import FieldRep
from api.services.visit_plans import DuePlan
from benchmarks import databases
from tests import factories
from tests.fakes import NOW, settings_for

GOAL_SECONDS = 2.0
TEAMS = (1, 6)
ZONE = ZoneInfo("Asia/Shanghai")
CUSTOMERS = 600


def main() -> None:
    options = _options()
    for engine in databases.ENGINES if options.engine == "both" else (options.engine,):
        for reps in TEAMS:
            with databases.in_folder(engine) as (url, _):
                database = Database.connect(url, settings_for(url).vault())
                measure(database, engine, reps, options.customers)
                database.close()


def measure(database: Database, engine: str, reps: int, customers: int) -> None:
    """Plan twice, in the morning and in the afternoon of one day, and print how long each took."""
    with database.unit_of_work() as session:
        team = _found(session, reps, customers)
    for name, hours in (("first", 0), ("again", 7)):
        now = NOW + timedelta(hours=hours)
        seconds = _plan_all(database, team, now)
        proposed = _proposed(database)
        verdict = "reached" if seconds <= GOAL_SECONDS else "MISSED"
        print(
            f"{engine:10} {customers} customers of {reps} reps, {name}: {seconds:5.2f} s, "
            f"{proposed} proposed; goal {GOAL_SECONDS:.0f} s {verdict}"
        )


def _plan_all(database: Database, team: Sequence[FieldRep], now: datetime) -> float:
    began = time.perf_counter()
    for rep in team:
        with database.unit_of_work() as session:
            due = DuePlan(rep, now.astimezone(ZONE).date(), now.astimezone(ZONE).time())
            assert services.visit_plans.make_due(session, due, now=now)
    return time.perf_counter() - began


def _proposed(database: Database) -> int:
    with database.unit_of_work(read_only=True) as session:
        waiting = select(func.count()).where(Visit.state == VisitState.PROPOSED)
        return session.scalar(waiting) or 0


def _found(session: Session, reps: int, customers: int) -> list[FieldRep]:
    branch, random = factories.make_branch(session), Random(7)
    team = [factories.make_staff(session, branch, role=Role.SALES_REP) for _ in range(reps)]
    rows = [_customer(branch.id, team[number % reps], number) for number in range(customers)]
    session.execute(insert(Customer), rows)
    session.execute(insert(Site), [_site(row, random) for row in rows])
    visited = [_visit(row, random) for number, row in enumerate(rows) if number % 5]
    session.execute(insert(Visit), visited)
    session.execute(insert(ChurnAlert), [_alert(row) for row in rows[::10]])
    return [FieldRep(member.id, branch.id, ZONE) for member in team]


def _customer(branch_id: UUID, rep: StaffMember, number: int) -> dict[str, object]:
    return {
        "id": uuid7(),
        "branch_id": branch_id,
        "code": f"C{number:05}",
        "name": f"客户 {number}",
        "grade": list(Grade)[number % 3],
        "owner_id": rep.id,
        "created_at": NOW - timedelta(days=200),
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
        "created_at": NOW,
    }


def _visit(customer: dict[str, object], random: Random) -> dict[str, object]:
    at = NOW - timedelta(days=random.randrange(120))
    return {
        "branch_id": customer["branch_id"],
        "customer_id": customer["id"],
        "rep_id": customer["owner_id"],
        "state": VisitState.COMPLETED,
        "planned_on": at.date(),
        "completed_at": at,
        "created_at": at,
    }


def _alert(customer: dict[str, object]) -> dict[str, object]:
    return {
        "branch_id": customer["branch_id"],
        "customer_id": customer["id"],
        "owner_id": customer["owner_id"],
        "reason_family": ReasonFamily.SILENCE,
        "spell_started_on": NOW.date() - timedelta(days=30),
        "band": Band.HIGH,
        "value_at_risk_minor": 1,
        "currency": "CNY",
        "reasons": [],
        "state": AlertState.RAISED,
        "raised_at": NOW - timedelta(days=1),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--engine", choices=("both", *databases.ENGINES), default="both")
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
