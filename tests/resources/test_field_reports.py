"""Field reports over HTTP: reporting and confirming, who reads them, taking note, and the outcome."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from api import queries, services
from api.domain.vocabulary import FieldReportKind, HouseFinding, Role
from api.models import Notice
from api.services.field_reports import Found
from tests import factories
from tests.fakes import NOW
from tests.pictures import hash_of, picture, send
from tests.statements import counted

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
    "confirmations",
    "reported_at",
    "acknowledge_by_at",
    "acknowledged_at",
    "acknowledged_by_id",
    "outcome",
    "outcome_note",
    "closed_at",
    "closed_by_id",
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


SIGHTING_KEYS = {"id", "seen_by_id", "site_id", "pickup_id", "note", "photo_sha256", "seen_at"}
OWN_KEYS = {
    "id",
    "report_id",
    "kind",
    "customer_name",
    "site_id",
    "site_name",
    "pickup_id",
    "note",
    "photo_sha256",
    "seen_at",
    "state",
    "outcome",
    "outcome_note",
    "closed_at",
}


def told(database, staff):
    """The kinds of notices that somebody got, in turn."""
    with database.unit_of_work(read_only=True) as session:
        mine = select(Notice.kind).where(Notice.staff_id == staff.id)
        return session.scalars(mine.order_by(Notice.decided_at, Notice.id)).all()


class TestReporting:
    def test_two_taps_at_a_pickup_reach_the_owner_at_once(self, database, signed_in, rep, courier, pickup_of):
        pickup = pickup_of(courier)

        answer = signed_in(courier).post(
            REPORTS, json={"kind": "competitor_seen", "pickup_id": str(pickup.id)}
        )

        assert answer.status_code == 201
        assert answer.json.keys() == OWN_KEYS
        assert told(database, rep) == ["field_report"]
        (report,) = signed_in(rep).get(REPORTS).json["items"]
        assert report["reported_by_id"] == str(courier.id)
        assert report["acknowledge_by_at"] == "2026-11-18T05:30:00+00:00"

    def test_the_same_by_a_colleague_confirms_it_and_tells_nobody_again(
        self, database, signed_in_for_long, hire, rep, courier, pickup_of, clock
    ):
        first = signed_in_for_long(courier).post(
            REPORTS, json={"kind": "competitor_seen", "pickup_id": str(pickup_of(courier).id)}
        )
        clock.tick(days=6)
        colleague = hire(Role.COURIER)

        again = signed_in_for_long(colleague).post(
            REPORTS,
            json={
                "kind": "competitor_seen",
                "pickup_id": str(pickup_of(colleague).id),
                "note": "两辆竞品货车",
            },
        )

        assert again.json["report_id"] == first.json["report_id"]
        assert told(database, rep) == ["field_report"]
        client = signed_in_for_long(rep)
        report = client.get(f"{REPORTS}/{first.json['report_id']}").json
        assert report["confirmations"] == 1
        seen = client.get(f"{REPORTS}/{report['id']}/sightings").json["items"]
        assert [one["seen_by_id"] for one in seen] == [str(courier.id), str(colleague.id)]
        assert seen[1].keys() == SIGHTING_KEYS
        assert seen[1]["note"] == "两辆竞品货车"

    @pytest.mark.parametrize("days", [7, 30])
    def test_a_week_later_it_is_news_again(
        self, database, signed_in_for_long, rep, courier, pickup_of, clock, days
    ):
        body = {"kind": "customer_unhappy", "pickup_id": str(pickup_of(courier).id)}
        phone = signed_in_for_long(courier)
        first = phone.post(REPORTS, json=body)
        clock.tick(days=days)

        again = phone.post(REPORTS, json=body)

        assert again.json["report_id"] != first.json["report_id"]
        assert told(database, rep) == ["field_report"] * 2

    def test_a_site_where_he_had_a_pickup_is_named_as_well(self, signed_in, courier, site, pickup_of):
        pickup_of(courier)

        answer = signed_in(courier).post(REPORTS, json={"kind": "new_shipper", "site_id": str(site.id)})

        assert answer.status_code == 201

    def test_b1_a_courier_reports_nothing_of_places_where_he_never_was(
        self, signed_in, hire, courier, site, pickup_of
    ):
        pickup = pickup_of(courier)
        stranger = signed_in(hire(Role.COURIER))

        for place in ({"pickup_id": str(pickup.id)}, {"site_id": str(site.id)}):
            assert stranger.post(REPORTS, json={"kind": "other", **place}).status_code == 404

    @pytest.mark.parametrize("place", [{}, {"pickup_id": str(UUID(int=1)), "site_id": str(UUID(int=2))}])
    def test_a_report_is_about_one_place(self, signed_in, courier, place):
        answer = signed_in(courier).post(REPORTS, json={"kind": "other", **place})

        assert answer.status_code == 422
        assert "site_id" in answer.json["errors"]

    def test_without_an_owner_the_managers_are_told(self, database, signed_in, hire, branch, courier):
        manager = hire(Role.MANAGER)
        with database.unit_of_work() as session:
            site = factories.make_site(session, factories.make_customer(session, branch))
            factories.make_pickup(session, site, courier=courier)

        signed_in(courier).post(REPORTS, json={"kind": "volume_drop", "site_id": str(site.id)})

        assert told(database, manager) == ["field_report"]


class TestPhotos:
    def test_the_owner_sees_the_photo_of_a_report_and_a_stranger_does_not(
        self, signed_in, hire, rep, courier, site, pickup_of
    ):
        pickup_of(courier)
        phone = signed_in(courier)
        data = picture()
        assert send(phone, data).status_code == 200
        name = hash_of(data)

        phone.post(REPORTS, json={"kind": "other", "site_id": str(site.id), "photo_sha256": name})

        viewing = f"/v1/proofs/{name}/viewing"
        assert signed_in(rep).post(viewing).status_code == 200
        assert signed_in(hire(Role.SALES_REP)).post(viewing).status_code == 404

    def test_a_photo_past_its_time_is_awaited_no_more(
        self, signed_in, rep, courier, site, pickup_of, clock, job_context
    ):
        pickup_of(courier)
        signed_in(courier).post(
            REPORTS, json={"kind": "other", "site_id": str(site.id), "photo_sha256": "0" * 64}
        )
        with job_context.unit_of_work() as session:
            queries.field_reports.forget_photos(
                session, site.branch_id, before=NOW + timedelta(days=1), limit=10
            )

        client = signed_in(rep)
        (report,) = client.get(REPORTS).json["items"]
        (seen,) = client.get(f"{REPORTS}/{report['id']}/sightings").json["items"]

        assert seen["photo_sha256"] is None


class TestOutcome:
    @pytest.fixture
    def reported(self, signed_in, courier, pickup_of):
        body = {"kind": "customer_unhappy", "pickup_id": str(pickup_of(courier).id), "note": "前台很生气"}
        return signed_in(courier).post(REPORTS, json=body).json["report_id"]

    def test_the_outcome_goes_back_to_everybody_who_saw_it(
        self, database, signed_in, hire, rep, courier, reported, pickup_of
    ):
        colleague = hire(Role.COURIER)
        signed_in(colleague).post(
            REPORTS, json={"kind": "customer_unhappy", "pickup_id": str(pickup_of(colleague).id)}
        )

        answer = signed_in(rep).post(
            f"{REPORTS}/{reported}/outcome", json={"outcome": "settled", "note": "已上门致歉"}
        )

        assert answer.json["state"] == "closed"
        assert answer.json["acknowledged_by_id"] == answer.json["closed_by_id"] == str(rep.id)
        assert told(database, courier) == told(database, colleague) == ["field_report_outcome"]
        (mine,) = signed_in(courier).get("/v1/me/field-reports").json["items"]
        assert (mine["outcome"], mine["outcome_note"]) == ("settled", "已上门致歉")

    def test_a_report_ends_once(self, signed_in, rep, reported):
        client = signed_in(rep)
        client.post(f"{REPORTS}/{reported}/outcome", json={"outcome": "settled"})

        again = client.post(f"{REPORTS}/{reported}/outcome", json={"outcome": "customer_lost"})

        assert (again.status_code, again.json["code"]) == (409, "report_not_open")

    def test_b4_nobody_else_ends_it_nor_reads_who_saw_it(self, signed_in, hire, reported):
        stranger = signed_in(hire(Role.SALES_REP))

        assert stranger.get(f"{REPORTS}/{reported}").status_code == 404
        assert stranger.get(f"{REPORTS}/{reported}/sightings").status_code == 404
        assert stranger.post(f"{REPORTS}/{reported}/outcome", json={"outcome": "settled"}).status_code == 404

    def test_what_was_of_use_counts_on_the_scorecard(self, signed_in, rep, courier, site, reported):
        phone = signed_in(courier)
        phone.post(REPORTS, json={"kind": "other", "site_id": str(site.id)})
        signed_in(rep).post(f"{REPORTS}/{reported}/outcome", json={"outcome": "visit_planned"})

        card = phone.get("/v1/me/scorecard?from=2026-11-18&to=2026-11-18").json

        assert card["field_reports"] == {"reported": 2, "of_use": 1}

    def test_nothing_to_it_is_no_credit(self, signed_in, rep, courier, reported):
        signed_in(rep).post(f"{REPORTS}/{reported}/outcome", json={"outcome": "nothing_to_it"})

        card = signed_in(courier).get("/v1/me/scorecard?from=2026-11-18&to=2026-11-18").json

        assert card["field_reports"] == {"reported": 1, "of_use": 0}


def test_a_long_list_costs_no_more_statements_than_a_short_one(
    database, signed_in, rep, courier, site, pickup_of
):
    pickup_of(courier)
    phone, client = signed_in(courier), signed_in(rep)

    def statements():
        with counted(database) as said:
            assert client.get(REPORTS).status_code == 200
        return len(said)

    phone.post(REPORTS, json={"kind": "other", "site_id": str(site.id)})
    with_one = statements()
    for _ in range(5):
        phone.post(REPORTS, json={"kind": "other", "site_id": str(site.id)})

    assert statements() == with_one
