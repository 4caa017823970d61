"""Something bad happens to a customer by day: he is judged again at once, and his alert says why."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from api import services
from api.domain.shipments import ShipmentReport
from api.domain.vocabulary import Band, FieldReportKind, HouseFinding, Role, ShipmentFailure
from api.models import ChurnAlert, ChurnScore
from api.services.field_reports import Found
from jobs.score_churn_risk import score_branch
from tests.factories import make_branch, make_customer, make_site, make_staff
from tests.fakes import NOW
from tests.shipping import TODAY, ship

LATER = NOW + timedelta(hours=6)


@pytest.fixture
def customer(database, job_context):
    """A weekly shipper who has been silent for 30 days, scored the last two nights."""
    with database.unit_of_work() as session:
        branch = make_branch(session)
        rep = make_staff(session, branch, role=Role.SALES_REP)
        customer = make_customer(session, branch, owner_id=rep.id)
        ship(session, customer, range(30, 120, 7))
    for days_ago in (1, 0):
        score_branch(job_context, branch.id, TODAY - timedelta(days=days_ago))
    return customer


def reasons_of(database, customer):
    with database.unit_of_work(read_only=True) as session:
        alert = session.scalars(select(ChurnAlert).where(ChurnAlert.customer_id == customer.id)).one()
        return [reason["code"] for reason in alert.reasons], [step["step"] for step in alert.playbook]


def report(code, *, failure=None):
    return ShipmentReport(
        waybill="SF1",
        customer_code=code,
        picked_up_at=NOW - timedelta(days=30),
        revenue_minor=3_000,
        failure=failure,
    )


def test_a_damaged_parcel_shows_in_the_alert_at_once(database, customer):
    with database.unit_of_work() as session:
        bad = report(customer.code, failure=ShipmentFailure.DAMAGED)
        services.shipments.record_reports(session, [bad], branch_id=customer.branch_id, now=LATER)

    reasons, steps = reasons_of(database, customer)

    assert reasons[:2] == ["silence", "failures"]
    assert "settle_claims" in steps


def test_a_parcel_that_arrived_well_changes_nothing(database, customer):
    before = reasons_of(database, customer)

    with database.unit_of_work() as session:
        services.shipments.record_reports(
            session, [report(customer.code)], branch_id=customer.branch_id, now=LATER
        )

    assert reasons_of(database, customer) == before


def test_what_the_house_found_shows_at_once(database, customer):
    with database.unit_of_work() as session:
        site = make_site(session, customer)
        found = Found(site.id, FieldReportKind.CUSTOMER_UNHAPPY, HouseFinding.PROMISES_BROKEN, {})
        services.field_reports.open_by_house(session, found, now=LATER)

    assert reasons_of(database, customer)[0][:2] == ["silence", "customer_unhappy"]


def test_the_nights_score_is_replaced_and_not_doubled(database, customer):
    with database.unit_of_work() as session:
        assert services.churn_rescoring.rescore(session, [(customer.branch_id, customer.id)], now=LATER) == 1

    with database.unit_of_work(read_only=True) as session:
        scores = session.scalars(select(ChurnScore).where(ChurnScore.scored_on == TODAY)).all()
    assert [(score.band, score.scored_at) for score in scores] == [(Band.HIGH, LATER)]


def test_a_branch_that_was_never_scored_waits_for_its_first_night(database):
    with database.unit_of_work() as session:
        customer = make_customer(session)
        ship(session, customer, range(30, 120, 7))

        assert services.churn_rescoring.rescore(session, [(customer.branch_id, customer.id)], now=NOW) == 0
        assert session.scalars(select(ChurnAlert)).all() == []
