"""The dispatcher's alarms in the live view, and the review of a leave whose place was not proven."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from api.domain.vocabulary import Role
from api.models import Customer, EventRecord, Notice, Pickup, Wait
from tests import factories
from tests.fakes import NOW
from tests.phones import FAR_AWAY
from tests.rounds import Round, make_round, rows


@pytest.fixture
def round_(database, signed_in, clock) -> Round:
    return make_round(database, signed_in, clock)


@pytest.fixture
def dispatcher(signed_in, round_):
    return signed_in(round_.dispatcher)


@pytest.fixture
def owner(database, round_):
    with database.unit_of_work() as session:
        owner = factories.make_staff(session, round_.branch, role=Role.SALES_REP)
        session.get_one(Customer, round_.first.customer_id).owner_id = owner.id
        return owner


@pytest.fixture
def unproven(round_, clock) -> dict:
    """A leave after the deadline, with a cause, from nowhere near the site."""
    round_.phone.report(round_.first, "arrived")
    clock.tick(minutes=6)
    return round_.phone.report(round_.first, "left", position=FAR_AWAY, data={"cause": "goods_not_ready"})[
        "wait"
    ]


def listed(dispatcher):
    return {wait["pickup_id"]: wait["alarms"] for wait in dispatcher.get("/v1/waits").json["items"]}


def review(client, wait_id, protected=True):
    return client.post(f"/v1/waits/{wait_id}/review", json={"protected": protected})


def told(database):
    return {(row["kind"], row["staff_id"] or row["contact_id"]) for row in rows(database, Notice)}


class TestAlarms:
    def test_a_wait_that_goes_well_raises_none(self, dispatcher, round_):
        round_.phone.report(round_.first, "arrived")

        assert listed(dispatcher) == {str(round_.first.id): []}

    def test_who_is_far_away_and_undecided_is_alarming(self, dispatcher, round_, clock):
        round_.phone.report(round_.first, "arrived", position=FAR_AWAY)
        clock.tick(minutes=7)

        assert listed(dispatcher) == {str(round_.first.id): ["undecided", "low_trust"]}

    def test_a_request_for_time_alarms_for_as_long_as_it_can_be_decided(
        self, database, dispatcher, round_, clock
    ):
        with database.unit_of_work() as session:
            session.get_one(Pickup, round_.second.id).window_end = NOW + timedelta(minutes=5, seconds=30)
        round_.phone.report(round_.first, "arrived")
        round_.phone.client.post(f"/v1/pickups/{round_.first.id}/extension", json={"minutes": 3})

        asked = listed(dispatcher)
        clock.tick(seconds=60)

        assert asked == {str(round_.first.id): ["extension_requested"]}
        assert listed(dispatcher) == {str(round_.first.id): []}

    def test_a_leave_to_be_reviewed_stays_in_the_list_until_it_is(self, dispatcher, unproven):
        before = listed(dispatcher)
        review(dispatcher, unproven["id"])

        assert before == {unproven["pickup_id"]: ["needs_review"]}
        assert listed(dispatcher) == {}


class TestReview:
    def test_an_unproven_leave_has_no_consequence_yet(self, database, owner, unproven):
        assert (unproven["protected"], unproven["needs_review"]) == (False, True)
        assert told(database) & {("protected_leave", owner.id)} == set()

    def test_believed_it_is_protected_and_owner_and_contact_hear(
        self, database, dispatcher, owner, round_, unproven
    ):
        wait = review(dispatcher, unproven["id"]).json

        assert (wait["protected"], wait["needs_review"], wait["alarms"]) == (True, False, [])
        assert told(database) >= {
            ("protected_leave", owner.id),
            ("wait_left", round_.first.contact_id),
        }

    def test_not_believed_nothing_follows_for_the_customer(self, database, dispatcher, owner, unproven):
        before = told(database)

        wait = review(dispatcher, unproven["id"], protected=False).json

        assert (wait["protected"], wait["needs_review"]) == (False, False)
        assert told(database) == before

    def test_who_decided_what_is_a_fact(self, database, dispatcher, round_, unproven):
        review(dispatcher, unproven["id"])

        (fact,) = [row for row in rows(database, EventRecord) if row["name"] == "wait.reviewed"]
        assert (fact["actor_id"], str(fact["subject_id"])) == (round_.dispatcher.id, unproven["id"])
        assert fact["data"]["protected"] is True

    def test_it_is_decided_once(self, dispatcher, unproven):
        review(dispatcher, unproven["id"])

        again = review(dispatcher, unproven["id"], protected=False)

        assert (again.status_code, again.json["code"]) == (409, "wait_not_under_review")

    def test_of_two_reviews_at_once_one_counts(self, database, signed_in, round_, unproven):
        clients = [signed_in(round_.dispatcher) for _ in range(2)]
        start = Barrier(2)

        def decide(client):
            start.wait()
            return review(client, unproven["id"]).status_code

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(decide, clients)) == [200, 409]

        assert len([row for row in rows(database, EventRecord) if row["name"] == "wait.reviewed"]) == 1

    def test_a_wait_that_runs_is_not_reviewed(self, database, dispatcher, round_):
        round_.phone.report(round_.first, "arrived")
        (wait,) = rows(database, Wait)

        assert review(dispatcher, wait["id"]).json["code"] == "wait_not_under_review"

    @pytest.mark.parametrize("role", [Role.COURIER, Role.SALES_REP, Role.SERVICE_AGENT, Role.INTEGRATION])
    def test_b8_only_dispatchers_and_managers_review(self, database, signed_in, round_, unproven, role):
        with database.unit_of_work() as session:
            member = factories.make_staff(session, round_.branch, role=role)

        assert review(signed_in(member), unproven["id"]).status_code == 403

    def test_b4_another_branch_does_not_find_it(self, database, signed_in, unproven):
        with database.unit_of_work() as session:
            stranger = factories.make_staff(session, role=Role.MANAGER)

        assert review(signed_in(stranger), unproven["id"]).status_code == 404

    @pytest.mark.parametrize("protected", ["yes", 1, None])
    def test_a_decision_is_yes_or_no(self, dispatcher, unproven, protected):
        assert review(dispatcher, unproven["id"], protected).status_code == 422
