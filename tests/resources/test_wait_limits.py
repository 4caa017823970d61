"""How long a courier waits where customers and sites have their own limits, and what no policy changes."""

from datetime import datetime, timedelta

import pytest

from api.domain.vocabulary import Role
from api.models import BranchPolicyVersion, Customer, Site, WaitTimer
from tests import factories
from tests.fakes import NOW
from tests.rounds import Round, make_round, rows


@pytest.fixture
def round_(database, signed_in, clock) -> Round:
    return make_round(database, signed_in, clock)


@pytest.fixture
def manager(database, signed_in, round_):

    with database.unit_of_work() as session:
        manager = factories.make_staff(session, round_.branch, role=Role.MANAGER)
    return signed_in(manager)


def set_policy(database, branch, version, **settings):
    with database.unit_of_work() as session:
        session.add(
            BranchPolicyVersion(branch_id=branch.id, version=version, settings=settings, created_at=NOW)
        )


@pytest.mark.parametrize(
    ("of_site", "of_customer", "limit"),
    [(None, None, 600), (None, 450, 450), (120, 450, 120), (120, None, 120)],
)
def test_the_nearest_limit_wins(database, round_, of_site, of_customer, limit):
    set_policy(database, round_.branch, 1, wait_limit_seconds_by_grade={"B": 600})
    with database.unit_of_work() as session:
        session.get_one(Site, round_.first.site_id).wait_limit_seconds = of_site
        session.get_one(Customer, round_.first.customer_id).wait_limit_seconds = of_customer

    wait = round_.phone.report(round_.first, "arrived")["wait"]

    assert wait["limit_seconds"] == limit
    assert datetime.fromisoformat(wait["deadline_at"]) == NOW + timedelta(seconds=limit)


@pytest.mark.parametrize("kind", ["customers", "sites"])
def test_a_limit_is_set_shown_and_taken_back(manager, round_, kind):
    path = f"/v1/{kind}/{round_.first.customer_id if kind == 'customers' else round_.first.site_id}"
    shown = []

    for limit in (900, None):
        version = manager.get(path).headers["ETag"]
        answer = manager.patch(path, json={"wait_limit_seconds": limit}, headers={"If-Match": version})
        shown.append((answer.status_code, answer.json["wait_limit_seconds"]))

    assert shown == [(200, 900), (200, None)]


def test_new_customers_and_sites_may_have_a_limit(manager, round_):
    customer = manager.post(
        "/v1/customers", json={"code": "N-1", "name": "新", "wait_limit_seconds": 60}
    ).json
    site = manager.post(
        f"/v1/customers/{customer['id']}/sites",
        json={
            "name": "A",
            "address": "B",
            "latitude": 31.0,
            "longitude": 121.0,
            "wait_limit_seconds": 30,
        },
    ).json

    assert (customer["wait_limit_seconds"], site["wait_limit_seconds"]) == (60, 30)


@pytest.mark.parametrize("limit", [0, 7201, -1, "300", 1.5, True])
def test_an_impossible_limit_is_refused(manager, limit):
    answer = manager.post("/v1/customers", json={"code": "N-1", "name": "新", "wait_limit_seconds": limit})

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["wait_limit_seconds"])


def test_a_running_wait_keeps_the_policy_it_began_with(database, round_, clock):
    """Limit, loading limit and the longest extension: a new version is for the waits that come."""
    began = round_.phone.report(round_.first, "arrived")["wait"]
    set_policy(
        database, round_.branch, 1, wait_limit_seconds=60, loading_limit_seconds=30, extension_max_minutes=1
    )

    asked = round_.phone.client.post(f"/v1/pickups/{round_.first.id}/extension", json={"minutes": 5})
    handing_over = round_.phone.report(round_.first, "handover_started")["wait"]

    assert (began["limit_seconds"], asked.status_code) == (300, 200)
    assert [rung["at"] for rung in handing_over["ladder"]] == [(NOW + timedelta(minutes=10)).isoformat()]
    due = {row["kind"]: row["due_at"] for row in rows(database, WaitTimer)}
    assert due["loading"] == NOW + timedelta(minutes=10)
    assert round_.phone.report(round_.second, "arrived")["wait"]["limit_seconds"] == 60
