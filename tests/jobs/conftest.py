"""Shippers for the nights of churn scoring: weekly ones, daily ones, a branch after its first night."""

from datetime import timedelta

import pytest

from api.domain.vocabulary import Role
from jobs.score_churn_risk import score_branch
from tests.factories import make_customer, make_staff
from tests.shipping import TODAY, ship


@pytest.fixture
def rep(database, branch):
    with database.unit_of_work() as session:
        return make_staff(session, branch, role=Role.SALES_REP)


@pytest.fixture
def shipper(database, branch, rep):
    """Adds a weekly shipper who has been silent for some days: `shipper(silent=30)`."""

    def shipper(*, silent, rhythm=7, **columns):
        with database.unit_of_work() as session:
            customer = make_customer(session, branch, **{"owner_id": rep.id, **columns})
            ship(session, customer, range(silent, silent + 12 * rhythm, rhythm))
            return customer

    return shipper


@pytest.fixture
def already_scored(database, branch, shipper, clock, job_context):
    """The branch has had its first night: what falls silent from now on is news."""
    shipper(silent=1)
    score_branch(job_context, branch.id, TODAY - timedelta(days=1))


@pytest.fixture
def daily(database, branch, rep):
    """Adds somebody who shipped six parcels a day for twelve weeks, and then so many: `daily(now=3)`."""

    def daily(*, now, days=14, until=1):
        with database.unit_of_work() as session:
            customer = make_customer(session, branch, owner_id=rep.id)
            for _ in range(6):
                ship(session, customer, range(days + until, 96))
            for _ in range(now):
                ship(session, customer, range(until, days + until))
            return customer

    return daily
