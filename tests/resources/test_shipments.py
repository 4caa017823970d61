"""Shipments over HTTP: reported many at once, each with an outcome of its own, repeatably."""

import pytest
from sqlalchemy import func, select

from api.domain.vocabulary import Role
from api.models import Shipment
from tests.factories import make_customer, make_shipment

KEYS = {"id", "customer_id", "waybill", "picked_up_at", "revenue", "pieces", "failure"}
REPORT = {
    "waybill": "SF1",
    "customer_code": "C1",
    "picked_up_at": "2026-11-17T20:30:00+08:00",
    "revenue": {"amount_minor": 1250},
    "pieces": 2,
}


@pytest.fixture
def customer(database, branch):
    with database.unit_of_work() as session:
        return make_customer(session, branch, code="C1")


@pytest.fixture
def integration(signed_in, hire):
    return signed_in(hire(Role.INTEGRATION))


def report(client, *shipments):
    return client.post("/v1/shipments", json={"shipments": list(shipments)})


def outcomes(answer):
    return [result["outcome"] for result in answer.json["results"]]


class TestReportShipments:
    @pytest.mark.parametrize("role", [Role.COURIER, Role.SALES_REP, Role.SERVICE_AGENT, Role.DISPATCHER])
    def test_only_machines_and_leads_report(self, signed_in, hire, role):
        assert report(signed_in(hire(role)), REPORT).status_code == 403

    def test_a_shipment_is_stored_on_its_local_day_in_the_branchs_currency(
        self, integration, customer, database
    ):
        early = {**REPORT, "picked_up_at": "2026-11-17T00:30:00+08:00"}

        answer = report(integration, early)

        assert (answer.status_code, outcomes(answer)) == (200, ["created"])
        with database.unit_of_work(read_only=True) as session:
            stored = session.scalars(select(Shipment)).one()
        assert (str(stored.shipped_on), stored.revenue_minor, stored.currency) == ("2026-11-17", 1250, "CNY")

    def test_the_same_report_again_is_a_duplicate_and_changes_nothing(self, integration, customer, database):
        report(integration, REPORT)

        again = report(integration, {**REPORT, "picked_up_at": "2026-11-17T12:30:00Z"})

        assert outcomes(again) == ["duplicate"]
        with database.unit_of_work(read_only=True) as session:
            assert session.scalar(select(func.count()).select_from(Shipment)) == 1

    def test_other_values_under_a_known_waybill_are_a_conflict(self, integration, customer):
        report(integration, REPORT)

        again = report(integration, {**REPORT, "revenue": {"amount_minor": 9}})

        assert outcomes(again) == ["conflict"]
        assert again.json["results"][0]["refusal"]["code"] == "waybill_taken"

    def test_one_bad_shipment_does_not_spoil_the_others(self, integration, customer):
        unknown = {**REPORT, "waybill": "SF2", "customer_code": "NOBODY"}
        negative = {**REPORT, "waybill": "SF3", "revenue": {"amount_minor": -1}}

        answer = report(integration, unknown, REPORT, negative)

        refusals = [result["refusal"] and result["refusal"]["code"] for result in answer.json["results"]]
        assert outcomes(answer) == ["rejected", "created", "rejected"]
        assert refusals == ["customer_code_unknown", None, "revenue_negative"]

    def test_b5_a_customer_of_another_branch_is_unknown(self, integration, database):
        with database.unit_of_work() as session:
            make_customer(session, code="C1")

        assert outcomes(report(integration, REPORT)) == ["rejected"]

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"waybill": ""}, "waybill"),
            ({"picked_up_at": "2026-11-17T20:30:00"}, "picked_up_at"),
            ({"picked_up_at": "0001-01-01T00:00:00+14:00"}, "picked_up_at"),
            ({"revenue": 12.5}, "revenue"),
            ({"revenue": {"amount_minor": 12.5}}, "revenue"),
            ({"revenue": {"amount_minor": 10**16}}, "revenue"),
            ({"revenue": {"amount_minor": 1, "currency": "yuan"}}, "revenue"),
            ({"pieces": 0}, "pieces"),
            ({"failure": "eaten"}, "failure"),
        ],
    )
    def test_what_is_malformed_is_refused_by_place_and_name(self, integration, customer, change, field):
        answer = report(integration, REPORT, {**REPORT, **change})

        assert answer.status_code == 422
        assert list(answer.json["errors"]["shipments"]["1"]) == [field]

    @pytest.mark.parametrize("count", [0, 1001])
    def test_a_batch_has_one_to_a_thousand_shipments(self, integration, customer, count):
        assert report(integration, *[REPORT] * count).status_code == 422

    def test_a_thousand_shipments_fit_into_a_batch(self, integration, customer):
        batch = [{**REPORT, "waybill": f"SF{number}"} for number in range(1000)]

        assert set(outcomes(report(integration, *batch))) == {"created"}


class TestListShipments:
    def test_b9_a_customers_shipments_are_listed_newest_first(self, signed_in, hire, customer, integration):
        report(integration, REPORT, {**REPORT, "waybill": "SF2", "picked_up_at": "2026-11-18T08:00:00+08:00"})

        listed = signed_in(hire(Role.DISPATCHER)).get(f"/v1/customers/{customer.id}/shipments").json["items"]

        assert [item["waybill"] for item in listed] == ["SF2", "SF1"]
        assert listed[0].keys() == KEYS
        assert listed[0]["revenue"] == {"amount_minor": 1250, "currency": "CNY"}

    def test_pages_follow_each_other_even_where_instants_are_equal(self, signed_in, hire, customer, database):
        with database.unit_of_work() as session:
            made = {make_shipment(session, customer).waybill for _ in range(5)}
        client, path, seen = (
            signed_in(hire(Role.MANAGER)),
            f"/v1/customers/{customer.id}/shipments?limit=2",
            [],
        )

        while path:
            page = client.get(path).json
            seen += [item["waybill"] for item in page["items"]]
            path = page["next"]

        assert (len(seen), set(seen)) == (5, made)

    def test_b4_a_rep_reads_the_history_of_his_own_customers_only(self, signed_in, hire, customer):
        rep = signed_in(hire(Role.SALES_REP))

        assert rep.get(f"/v1/customers/{customer.id}/shipments").status_code == 404
