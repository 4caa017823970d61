"""The list of customers by what is at stake: whose it is, what it is narrowed to, and who may not see it."""

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
def scored(database, branch, rep, job_context):
    """Three customers of the rep: red and dear, amber, active; and one who never shipped. Scored twice."""
    with database.unit_of_work() as session:
        for code, silent, revenue in (("AMBER", 15, 100), ("RED", 40, 9_000), ("ACTIVE", 1, 50)):
            customer = make_customer(session, branch, code=code, owner_id=rep.id)
            ship(session, customer, range(silent, silent + 84, 7), revenue_minor=revenue)
        make_customer(session, branch, code="NEVER", owner_id=rep.id)
    for days_ago in (1, 0):
        score_branch(job_context, branch.id, TODAY - timedelta(days=days_ago))


def codes(answer):
    return [item["code"] for item in answer.json["items"]]


def test_the_most_value_at_risk_comes_first(signed_in, rep, scored):
    answer = signed_in(rep).get("/v1/customers?sort=-value_at_risk")

    values = [item["risk"]["value_at_risk_minor"] for item in answer.json["items"]]
    assert codes(answer)[:2] == ["RED", "AMBER"]
    assert values == sorted(values, reverse=True)
    assert len(values) == 3


@pytest.mark.parametrize(
    ("query", "expected"), [("band=high", ["RED"]), ("band=medium&sort=-value_at_risk", ["AMBER"])]
)
def test_a_band_narrows_the_list(signed_in, rep, scored, query, expected):
    assert codes(signed_in(rep).get(f"/v1/customers?{query}")) == expected


def test_pages_follow_each_other_without_a_gap(signed_in, rep, scored):
    client, link, seen = signed_in(rep), "/v1/customers?sort=-value_at_risk&limit=1", []

    while link:
        page = client.get(link)
        seen += codes(page)
        link = page.json["next"]

    assert seen == ["RED", "AMBER", "ACTIVE"]


def test_by_code_everybody_is_listed_with_his_risk(signed_in, rep, scored):
    items = signed_in(rep).get("/v1/customers").json["items"]

    bands = {item["code"]: item["risk"] and item["risk"]["band"] for item in items}
    assert bands == {"ACTIVE": "low", "AMBER": "medium", "NEVER": None, "RED": "high"}


def test_b4_a_rep_finds_no_customer_of_another(signed_in, hire, scored):
    assert codes(signed_in(hire(Role.SALES_REP)).get("/v1/customers?sort=-value_at_risk")) == []


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.SERVICE_AGENT, Role.INTEGRATION])
def test_risk_is_for_sales(signed_in, hire, scored, role):
    client = signed_in(hire(role))

    refused = [client.get(f"/v1/customers?{query}") for query in ("sort=-value_at_risk", "band=high")]
    items = client.get("/v1/customers").json["items"]

    assert {(one.status_code, one.json["code"]) for one in refused} == {(403, "risk_is_for_sales")}
    assert {item["risk"] for item in items} == {None}


def test_before_the_first_night_the_list_is_empty(signed_in, rep):
    assert codes(signed_in(rep).get("/v1/customers?sort=-value_at_risk")) == []


@pytest.mark.parametrize(
    "query", ["sort=value_at_risk", "band=red", "sort=-value_at_risk&cursor=WyJhIiwiYiJd"]
)
def test_what_is_malformed_is_refused(signed_in, rep, scored, query):
    assert signed_in(rep).get(f"/v1/customers?{query}").status_code == 422
