"""Pickups over HTTP: booked by those who plan, read by whom they concern."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from api.domain.vocabulary import ReadinessAnswer, Role
from api.models import Notice
from tests.factories import make_contact, make_customer, make_pickup, make_site, make_wait
from tests.fakes import NOW
from tests.statements import counted, short

KEYS = {
    "id",
    "external_ref",
    "state",
    "customer_id",
    "customer_name",
    "contact_id",
    "contact_name",
    "site_id",
    "site",
    "courier_id",
    "window_start",
    "window_end",
    "eta_at",
    "parcels_expected",
    "parcels_collected",
    "readiness",
    "promises",
    "proposed_step",
    "cancel_reason",
    "rescheduled_from_id",
    "created_at",
    "version",
    "server_now",
}


@pytest.fixture
def booking(site, contact):
    return {
        "external_ref": "R-1",
        "site_id": str(site.id),
        "contact_id": str(contact.id),
        "window_start": "2026-11-18T10:00:00+08:00",
        "window_end": "2026-11-18T11:00:00+08:00",
    }


def told(database, staff):
    """The kinds of notices that a staff member has been sent."""
    with database.unit_of_work(read_only=True) as session:
        return list(
            session.scalars(
                select(Notice.kind)
                .where(Notice.staff_id == staff.id)
                .order_by(Notice.decided_at, Notice.dedupe_key)
            )
        )


def _promises(database, courier, pickup_of, *, waited, count):
    """The site said "ready" some days ago, and the courier had to wait all the same."""
    for day in range(1, count + 1):
        arrived_at = NOW - timedelta(days=day)
        pickup = pickup_of(
            courier,
            state="collected",
            readiness_answer=ReadinessAnswer.READY,
            readiness_answered_at=arrived_at - timedelta(minutes=10),
        )
        with database.unit_of_work() as session:
            make_wait(
                session,
                pickup,
                arrived_at=arrived_at,
                state="closed",
                outcome="collected",
                avoidable_wait_seconds=waited,
            )


class TestBookPickup:
    @pytest.mark.parametrize("role", [Role.COURIER, Role.SALES_REP, Role.SERVICE_AGENT])
    def test_those_who_do_not_plan_do_not_book(self, signed_in, hire, booking, role):
        assert signed_in(hire(role)).post("/v1/pickups", json=booking).status_code == 403

    def test_a_pickup_is_booked_without_a_courier(self, dispatcher, booking, site):
        answer = dispatcher.post("/v1/pickups", json=booking)

        assert (answer.status_code, answer.json.keys()) == (201, KEYS)
        assert answer.json["state"] == "booked"
        assert answer.json["window_start"] == "2026-11-18T02:00:00+00:00"
        assert answer.json["site"] == {
            "name": site.name,
            "address": site.address,
            "latitude": site.latitude,
            "longitude": site.longitude,
            "radius_m": site.radius_m,
            "papers": None,
        }
        assert (answer.json["readiness"]["answer"], answer.json["readiness"]["colour"]) == (None, "grey")

    def test_a_pickup_booked_for_a_courier_is_his_and_he_is_told(
        self, dispatcher, booking, courier, database
    ):
        body = {**booking, "courier_id": str(courier.id), "parcels_expected": 3}

        answer = dispatcher.post("/v1/pickups", json=body)

        assert (answer.json["state"], answer.json["courier_id"]) == ("assigned", str(courier.id))
        assert told(database, courier) == ["pickup_assigned"]

    def test_the_same_booking_again_is_the_same_pickup(self, dispatcher, booking):
        first = dispatcher.post("/v1/pickups", json=booking)
        elsewhere = {**booking, "window_start": "2026-11-18T02:00:00Z"}

        again = dispatcher.post("/v1/pickups", json=elsewhere)

        assert (again.status_code, again.json) == (201, first.json)

    def test_a_repeated_booking_shows_the_pickup_as_it_stands(self, dispatcher, booking, courier):
        first = dispatcher.post("/v1/pickups", json=booking).json
        dispatcher.post(f"/v1/pickups/{first['id']}/assignment", json={"courier_id": str(courier.id)})

        again = dispatcher.post("/v1/pickups", json=booking)

        assert (again.status_code, again.json["state"]) == (201, "assigned")

    def test_another_booking_under_the_same_reference_is_refused(self, dispatcher, booking):
        dispatcher.post("/v1/pickups", json=booking)

        other = dispatcher.post("/v1/pickups", json={**booking, "parcels_expected": 9})

        assert (other.status_code, other.json["code"]) == (409, "external_ref_taken")

    def test_b5_places_and_people_of_another_branch_do_not_exist(self, dispatcher, booking, database):
        with database.unit_of_work() as session:
            stranger = make_customer(session)
            site, contact = make_site(session, stranger), make_contact(session, stranger)

        for change in ({"site_id": str(site.id)}, {"contact_id": str(contact.id)}):
            assert dispatcher.post("/v1/pickups", json={**booking, **change}).status_code == 404

    def test_the_contact_belongs_to_the_sites_customer(self, dispatcher, booking, database, branch):
        with database.unit_of_work() as session:
            other = make_contact(session, make_customer(session, branch))

        answer = dispatcher.post("/v1/pickups", json={**booking, "contact_id": str(other.id)})

        assert (answer.status_code, answer.json["code"]) == (422, "contact_of_another_customer")

    def test_only_couriers_drive(self, dispatcher, booking, rep):
        answer = dispatcher.post("/v1/pickups", json={**booking, "courier_id": str(rep.id)})

        assert (answer.status_code, answer.json["code"]) == (422, "not_a_courier")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"window_end": "2026-11-18T10:00:00+08:00"}, "window_end"),
            ({"window_end": "2026-11-20T10:00:00+08:00"}, "window_end"),
            ({"window_start": "2026-11-18T10:00:00"}, "window_start"),
            ({"window_start": 1763431200}, "window_start"),
            ({"external_ref": ""}, "external_ref"),
            ({"site_id": "here"}, "site_id"),
            ({"parcels_expected": -1}, "parcels_expected"),
            ({"parcels_expected": 1.5}, "parcels_expected"),
            ({"eta_at": "soon"}, "eta_at"),
        ],
    )
    def test_what_is_malformed_is_refused_by_name(self, dispatcher, booking, change, field):
        answer = dispatcher.post("/v1/pickups", json={**booking, **change})

        assert answer.status_code == 422
        assert set(answer.json["errors"]) == {field}


class TestReadPickups:
    def test_b1_courier_reads_anothers_pickup(self, signed_in, hire, courier, pickup_of):
        pickup = pickup_of(courier)
        other = signed_in(hire(Role.COURIER))

        theirs, none = other.get(f"/v1/pickups/{pickup.id}"), other.get(f"/v1/pickups/{uuid4()}")

        assert theirs.status_code == none.status_code == 404
        assert {**theirs.json, "request_id": None} == {**none.json, "request_id": None}
        assert other.get("/v1/pickups").json["items"] == []

    def test_b1_a_courier_no_longer_reads_what_went_to_a_colleague(
        self, signed_in, hire, dispatcher, courier, pickup_of
    ):
        pickup, colleague = pickup_of(courier), hire(Role.COURIER)

        dispatcher.post(f"/v1/pickups/{pickup.id}/assignment", json={"courier_id": str(colleague.id)})

        assert signed_in(courier).get(f"/v1/pickups/{pickup.id}").status_code == 404
        assert signed_in(colleague).get(f"/v1/pickups/{pickup.id}").status_code == 200

    def test_b4_a_rep_reads_the_pickups_of_his_own_customers(self, signed_in, hire, rep, pickup_of):
        pickup = pickup_of()

        own = signed_in(rep).get(f"/v1/pickups/{pickup.id}")
        others = signed_in(hire(Role.SALES_REP)).get(f"/v1/pickups/{pickup.id}")

        assert (own.status_code, others.status_code) == (200, 404)

    def test_b9_every_role_gets_the_same_keys(self, signed_in, hire, rep, courier, pickup_of):
        pickup = pickup_of(courier)
        others = (Role.DISPATCHER, Role.SERVICE_AGENT, Role.MANAGER, Role.ADMIN, Role.INTEGRATION)

        for staff in (rep, courier, *map(hire, others)):
            assert signed_in(staff).get(f"/v1/pickups/{pickup.id}").json.keys() == KEYS

    def test_b9_a_courier_sees_the_contacts_family_name_only(self, signed_in, courier, dispatcher, pickup_of):
        path = f"/v1/pickups/{pickup_of(courier).id}"

        assert signed_in(courier).get(path).json["contact_name"] == "李**"
        assert dispatcher.get(path).json["contact_name"] == "李小芳"

    def test_the_contacts_answer_is_shown_with_its_colour_and_age(self, signed_in, courier, pickup_of):
        pickup = pickup_of(
            courier,
            readiness_answer=ReadinessAnswer.READY,
            readiness_answered_at=NOW - timedelta(minutes=2),
            promised_ready_at=NOW - timedelta(minutes=2),
            goods_packed=True,
            papers_printed=True,
        )

        readiness = signed_in(courier).get(f"/v1/pickups/{pickup.id}").json["readiness"]

        assert (readiness["answer"], readiness["colour"], readiness["age_seconds"]) == ("ready", "green", 120)

    @pytest.mark.parametrize(
        ("answer", "minutes", "step"),
        [
            (None, None, None),
            (ReadinessAnswer.READY, 0, None),
            (ReadinessAnswer.IN_MINUTES, 15, None),
            (ReadinessAnswer.IN_MINUTES, 20, "rebooking"),
            (ReadinessAnswer.ANOTHER_TIME, None, "rebooking"),
            (ReadinessAnswer.NOTHING_TODAY, None, "cancellation"),
        ],
    )
    def test_an_answer_proposes_what_to_do_with_the_pickup(
        self, dispatcher, pickup_of, answer, minutes, step
    ):
        pickup = pickup_of(
            readiness_answer=answer,
            readiness_answered_at=answer and NOW,
            promised_ready_at=None if minutes is None else NOW + timedelta(minutes=minutes),
        )

        assert dispatcher.get(f"/v1/pickups/{pickup.id}").json["proposed_step"] == step

    def test_nothing_is_proposed_once_the_courier_is_there(self, dispatcher, pickup_of):
        pickup = pickup_of(
            state="at_door",
            readiness_answer=ReadinessAnswer.NOTHING_TODAY,
            readiness_answered_at=NOW,
        )

        assert dispatcher.get(f"/v1/pickups/{pickup.id}").json["proposed_step"] is None

    @pytest.mark.parametrize(("waited", "often_broken"), [(60, False), (61, True)])
    def test_the_courier_is_warned_where_promises_are_often_broken(
        self, signed_in, courier, database, pickup_of, waited, often_broken
    ):
        pickup_of(courier)
        _promises(database, courier, pickup_of, waited=waited, count=5)

        (listed,) = signed_in(courier).get("/v1/pickups?state=assigned").json["items"]

        kept = 0 if often_broken else 5
        assert listed["promises"] == {
            "promised": 5,
            "kept": kept,
            "share": kept / 5,
            "often_broken": often_broken,
        }

    def test_a_list_asks_the_database_as_often_for_many_sites_as_for_one(
        self, database, signed_in, courier, customer, contact
    ):
        with database.unit_of_work() as session:
            for _ in range(5):
                make_pickup(session, make_site(session, customer), contact, courier=courier)
        client = signed_in(courier)

        with counted(database) as statements:
            client.get("/v1/pickups?state=assigned")

        # The session, the pickups, what stands beside them, the policy, their promises.
        assert len(statements) == 5, short(statements)

    def test_the_papers_of_a_site_are_shown_to_its_courier(
        self, database, signed_in, courier, customer, contact
    ):
        with database.unit_of_work() as session:
            site = make_site(session, customer, papers=["发票", "装箱单"])
            pickup = make_pickup(session, site, contact, courier=courier)

        shown = signed_in(courier).get(f"/v1/pickups/{pickup.id}").json

        assert shown["site"]["papers"] == ["发票", "装箱单"]

    @pytest.mark.parametrize(
        ("window_start", "listed"),
        [
            ("2026-11-17T15:59:59+00:00", False),
            ("2026-11-17T16:00:00+00:00", True),
            ("2026-11-18T15:59:59+00:00", True),
            ("2026-11-18T16:00:00+00:00", False),
        ],
    )
    def test_a_day_is_the_branchs_day(self, signed_in, courier, pickup_of, window_start, listed):
        start = NOW.fromisoformat(window_start)
        pickup_of(courier, window_start=start, window_end=start + timedelta(hours=1))

        found = signed_in(courier).get("/v1/pickups?day=2026-11-18").json["items"]

        assert bool(found) is listed

    def test_pickups_are_listed_by_state_in_the_order_of_their_windows(self, dispatcher, courier, pickup_of):
        later = pickup_of(courier, window_start=NOW + timedelta(hours=1), window_end=NOW + timedelta(hours=2))
        sooner = pickup_of(courier)
        pickup_of()

        found = dispatcher.get("/v1/pickups?state=assigned").json["items"]

        assert [item["id"] for item in found] == [str(sooner.id), str(later.id)]

    def test_pages_follow_each_other_even_where_windows_are_equal(self, dispatcher, pickup_of):
        made = {str(pickup_of().id) for _ in range(5)}
        path, seen = "/v1/pickups?day=2026-11-18&limit=2", []

        while path:
            page = dispatcher.get(path).json
            seen += [item["id"] for item in page["items"]]
            path = page["next"]

        assert (len(seen), set(seen)) == (5, made)

    @pytest.mark.parametrize(
        "query", ["state=lost", "day=today", "day=2026-02-30", "courier_id=1", "sort=id"]
    )
    def test_f3_only_known_filters_with_checked_values_are_taken(self, dispatcher, query):
        assert dispatcher.get(f"/v1/pickups?{query}").status_code == 422
