"""Calendar jobs in several processes at once: one of them does the day's work, the others do nothing."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from api.domain.vocabulary import Role
from api.models import ChurnScore, Notice, Visit
from jobs.plan_visits import plan_visits
from jobs.remind_of_visits import remind_of_visits
from jobs.score_churn_risk import score_churn_risk
from tests.factories import make_branch, make_customer, make_staff
from tests.shipping import WEEKLY_UNTIL_YESTERDAY, ship

PROCESSES = 4


@pytest.fixture(autouse=True)
def customers(database):
    """A rep with three customers who ship every week."""
    with database.unit_of_work() as session:
        branch = make_branch(session)
        rep = make_staff(session, branch, role=Role.SALES_REP)
        for _ in range(3):
            ship(session, make_customer(session, branch, owner_id=rep.id), WEEKLY_UNTIL_YESTERDAY)


def at_once(job, context):
    with ThreadPoolExecutor(PROCESSES) as pool:
        return sorted(pool.map(lambda _: job(context), range(PROCESSES)))


def count(database, model):
    with database.unit_of_work(read_only=True) as session:
        return len(session.scalars(select(model)).all())


def test_fault_32_one_process_scores_the_night(database, job_context):
    assert at_once(score_churn_risk, job_context) == [0, 0, 0, 3]
    assert count(database, ChurnScore) == 3


def test_fault_32_one_process_plans_and_one_reminds(database, job_context, clock):
    clock.tick(days=20)

    assert at_once(plan_visits, job_context) == [0, 0, 0, 1]
    assert count(database, Visit) == 3
    assert at_once(remind_of_visits, job_context) == [0, 0, 0, 1]
    assert count(database, Notice) == 1
