"""The risk of a customer over HTTP: the latest score in words, the history beside it, and whose it is."""

from datetime import timedelta

import pytest

from api.domain.vocabulary import Role
from jobs.score_churn_risk import score_branch
from tests.factories import make_customer
from tests.shipping import TODAY, ship


@pytest.fixture
def rep(hire):
    return hire(Role.SALES_REP)


@pytest.fixture
def silent_customer(database, branch, rep, job_context):
    """A weekly shipper, silent for 30 days, who was scored on two nights."""
    with database.unit_of_work() as session:
        customer = make_customer(session, branch, owner_id=rep.id)
        ship(session, customer, range(30, 120, 7))
    for days_ago in (1, 0):
        score_branch(job_context, branch.id, TODAY - timedelta(days=days_ago))
    return customer


def test_it_shows_band_engine_reasons_and_history(signed_in, rep, silent_customer):
    answer = signed_in(rep).get(
        f"/v1/customers/{silent_customer.id}/risk", headers={"Accept-Language": "en-GB,en;q=0.9"}
    )

    risk = answer.json
    assert answer.status_code == 200
    assert (risk["band"], risk["engine"], risk["p_ships"]) == ("high", "rule", None)
    assert [reason["text"] for reason in risk["reasons"]] == [
        "no shipment for 30 days; usual gap 7",
        "grade B, never visited",
    ]
    assert [score["recency_days"] for score in risk["history"]] == [30, 29]


def test_before_the_first_night_there_is_no_score(signed_in, rep, database, branch):
    with database.unit_of_work() as session:
        customer = make_customer(session, branch, owner_id=rep.id)

    risk = signed_in(rep).get(f"/v1/customers/{customer.id}/risk").json

    assert (risk["band"], risk["engine"], risk["scored_on"]) == ("unrated", "none", None)
    assert (risk["reasons"], risk["history"]) == ([], [])


def test_b4_a_rep_reads_no_risk_of_another_reps_customer(signed_in, hire, silent_customer):
    path = f"/v1/customers/{silent_customer.id}/risk"

    assert signed_in(hire(Role.SALES_REP)).get(path).status_code == 404
    assert signed_in(hire(Role.MANAGER)).get(path).status_code == 200


@pytest.mark.parametrize("role", [Role.COURIER, Role.DISPATCHER, Role.SERVICE_AGENT])
def test_it_is_the_sales_peoples(signed_in, hire, silent_customer, role):
    assert signed_in(hire(role)).get(f"/v1/customers/{silent_customer.id}/risk").status_code == 403


def test_nobody_signed_in_reads_it(client, silent_customer):
    assert client.get(f"/v1/customers/{silent_customer.id}/risk").status_code == 401
