"""Sites over HTTP."""

import pytest

from api.domain.branch_policy import BranchPolicy
from api.domain.vocabulary import Role
from tests.factories import make_site

KEYS = {
    "id",
    "customer_id",
    "name",
    "address",
    "latitude",
    "longitude",
    "radius_m",
    "wait_limit_seconds",
    "papers",
    "created_at",
    "version",
}
DOOR = {"name": "东门", "address": "世纪大道 100 号", "latitude": 31.2335, "longitude": 121.5055}


@pytest.fixture
def site(database, customer):
    with database.unit_of_work() as session:
        return make_site(session, customer, **DOOR)


class TestAddSite:
    def test_a_site_has_the_branchs_radius_unless_it_has_its_own(self, signed_in, rep, customer):
        client, path = signed_in(rep), f"/v1/customers/{customer.id}/sites"

        usual = client.post(path, json=DOOR)
        own = client.post(path, json={**DOOR, "name": "西门", "radius_m": 250})

        assert (usual.status_code, usual.json.keys()) == (201, KEYS)
        assert usual.json.items() >= {**DOOR, "radius_m": BranchPolicy().site_radius_m}.items()
        assert own.json["radius_m"] == 250

    def test_a_site_lists_its_papers_or_none(self, signed_in, rep, customer):
        client, path = signed_in(rep), f"/v1/customers/{customer.id}/sites"
        listed = client.post(path, json={**DOOR, "papers": ["invoice", "packing list"]}).json

        none = client.patch(
            f"/v1/sites/{listed['id']}", json={"papers": None}, headers={"If-Match": '"1"'}
        ).json

        assert (listed["papers"], none["papers"]) == (["invoice", "packing list"], None)

    def test_two_sites_of_a_customer_do_not_share_a_name(self, signed_in, rep, customer, site):
        answer = signed_in(rep).post(f"/v1/customers/{customer.id}/sites", json=DOOR)

        assert (answer.status_code, answer.json["code"]) == (409, "site_name_taken")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"latitude": 90.1}, "latitude"),
            ({"longitude": -180.5}, "longitude"),
            ({"latitude": None}, "latitude"),
            ({"latitude": "north"}, "latitude"),
            ({"radius_m": 0}, "radius_m"),
            ({"radius_m": 99.5}, "radius_m"),
            ({"radius_m": True}, "radius_m"),
            ({"address": ""}, "address"),
            ({"papers": []}, "papers"),
            ({"papers": ["x" * 41]}, "papers"),
            ({"papers": [""]}, "papers"),
            ({"papers": ["invoice"] * 11}, "papers"),
            ({"papers": "invoice"}, "papers"),
            ({"name": "x" * 201}, "name"),
        ],
    )
    def test_what_is_malformed_is_refused_by_name(self, signed_in, rep, customer, change, field):
        answer = signed_in(rep).post(f"/v1/customers/{customer.id}/sites", json={**DOOR, **change})

        assert answer.status_code == 422
        assert set(answer.json["errors"]) == {field}

    def test_b4_a_colleagues_customer_is_not_found(self, signed_in, hire, customer):
        rep = signed_in(hire(Role.SALES_REP))

        assert rep.post(f"/v1/customers/{customer.id}/sites", json=DOOR).status_code == 404


class TestReadSites:
    @pytest.mark.parametrize("role", [Role.DISPATCHER, Role.SERVICE_AGENT, Role.INTEGRATION])
    def test_b9_a_site_is_listed_and_shown_with_the_same_keys(self, signed_in, hire, customer, site, role):
        client = signed_in(hire(role))

        listed = client.get(f"/v1/customers/{customer.id}/sites").json["items"]
        shown = client.get(f"/v1/sites/{site.id}").json

        assert listed == [shown]
        assert shown.keys() == KEYS

    def test_b4_a_colleagues_site_is_not_found(self, signed_in, hire, site):
        assert signed_in(hire(Role.SALES_REP)).get(f"/v1/sites/{site.id}").status_code == 404


class TestChangeSite:
    def test_a_site_moves(self, signed_in, rep, site):
        moved = {"latitude": 31.24, "longitude": 121.51, "radius_m": 50}

        answer = signed_in(rep).patch(f"/v1/sites/{site.id}", json=moved, headers={"If-Match": '"1"'})

        assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
        assert answer.json.items() >= {**moved, "name": DOOR["name"]}.items()

    def test_a_site_does_not_take_anothers_name(self, signed_in, rep, customer, site, database):
        with database.unit_of_work() as session:
            make_site(session, customer, name="西门")

        answer = signed_in(rep).patch(
            f"/v1/sites/{site.id}", json={"name": "西门"}, headers={"If-Match": '"1"'}
        )

        assert (answer.status_code, answer.json["code"]) == (409, "site_name_taken")

    def test_b11_a_stale_change_is_refused(self, signed_in, rep, site):
        client, path = signed_in(rep), f"/v1/sites/{site.id}"

        assert client.patch(path, json={"radius_m": 50}).status_code == 428
        assert client.patch(path, json={"radius_m": 50}, headers={"If-Match": '"9"'}).status_code == 412
