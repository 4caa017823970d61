"""Field reports over HTTP: who reads them, and taking note of one."""

import pytest

from api import services
from api.domain.vocabulary import FieldReportKind, HouseFinding, Role
from api.services.field_reports import Found
from tests import factories
from tests.fakes import NOW

REPORTS = "/v1/field-reports"
KEYS = {
    "id",
    "kind",
    "state",
    "customer_id",
    "customer_name",
    "site_id",
    "site_name",
    "reported_by_id",
    "finding",
    "figures",
    "reported_at",
    "acknowledged_at",
    "acknowledged_by_id",
    "closed_at",
    "version",
}


@pytest.fixture
def report_at(database):
    """Lets the house report that promises were broken at a site."""

    def report_at(site):
        figures = {"promised": 9, "kept": 3}
        found = Found(site.id, FieldReportKind.OTHER, HouseFinding.PROMISES_BROKEN, figures)
        with database.unit_of_work() as session:
            return services.field_reports.open_by_house(session, found, now=NOW)

    return report_at


def test_the_owner_reads_what_was_found(signed_in, rep, customer, site, report_at):
    report_at(site)

    (shown,) = signed_in(rep).get(REPORTS).json["items"]

    assert shown.keys() == KEYS
    assert (shown["customer_name"], shown["site_name"]) == (customer.name, site.name)
    assert (shown["finding"], shown["figures"]) == ("promises_broken", {"promised": 9, "kept": 3})
    assert shown["reported_by_id"] is None


def test_b4_a_rep_reads_about_his_own_customers_only(signed_in, hire, site, report_at):
    report = report_at(site)
    stranger = signed_in(hire(Role.SALES_REP))

    assert stranger.get(REPORTS).json["items"] == []
    assert stranger.post(f"{REPORTS}/{report.id}/acknowledgement").status_code == 404


def test_b4_another_branchs_reports_are_not_there(database, dispatcher, report_at):
    with database.unit_of_work() as session:
        foreign = factories.make_site(session)
    report_at(foreign)

    assert dispatcher.get(REPORTS).json["items"] == []


@pytest.mark.parametrize("role", [Role.COURIER, Role.INTEGRATION])
def test_b7_roles_without_business_there_are_refused(signed_in, hire, role):
    assert signed_in(hire(role)).get(REPORTS).status_code == 403


def test_taking_note_is_kept_once(signed_in, rep, hire, site, clock, report_at):
    report = report_at(site)
    acknowledgement = f"{REPORTS}/{report.id}/acknowledgement"
    first = signed_in(rep).post(acknowledgement)
    clock.tick(minutes=5)

    again = signed_in(hire(Role.MANAGER)).post(acknowledgement)

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json["state"] == "acknowledged"
    assert again.json["acknowledged_by_id"] == str(rep.id)
    assert again.json["acknowledged_at"] == first.json["acknowledged_at"]


def test_the_list_is_narrowed_to_a_state(signed_in, rep, site, report_at):
    report_at(site)
    client = signed_in(rep)

    assert len(client.get(f"{REPORTS}?state=open").json["items"]) == 1
    assert client.get(f"{REPORTS}?state=closed").json["items"] == []
    assert client.get(f"{REPORTS}?state=lost").status_code == 422


def test_a_closed_report_is_not_acknowledged(database, signed_in, rep, site, report_at):
    report = report_at(site)
    with database.unit_of_work() as session:
        session.merge(report).state = "closed"

    answer = signed_in(rep).post(f"{REPORTS}/{report.id}/acknowledgement")

    assert (answer.status_code, answer.json["code"]) == (409, "report_not_open")
