"""The proposed order of stops over HTTP: who sees it, who decides, and that nothing moves by itself."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest

from api import services
from api.domain.link_policy import LinkVerb
from api.domain.readiness import Said
from api.domain.vocabulary import PickupState, ReadinessAnswer, Role
from api.models import EventRecord, Notice, Pickup, StopProposal
from tests import factories
from tests.fakes import NOW
from tests.rounds import rows

MINUTE = timedelta(minutes=1)


@pytest.fixture
def dispatcher_staff(hire):
    return hire(Role.DISPATCHER)


@pytest.fixture
def dispatcher(signed_in, dispatcher_staff):
    return signed_in(dispatcher_staff)


@pytest.fixture
def stops(database, customer, courier, dispatcher_staff):
    """Two stops of a courier, the first expected at once, the second 600 m further on."""
    with database.unit_of_work() as session:
        sites = [factories.make_site(session, customer, latitude=31.2335 + north) for north in (0, 0.0054)]
        return [
            factories.make_pickup(session, site, courier=courier, window_end=NOW + (61 + place) * MINUTE)
            for place, site in enumerate(sites)
        ]


@pytest.fixture
def says(database):
    """Lets the contact of a pickup answer: `says(pickup, 15)`, or ready."""

    def says(pickup, minutes=None, *, at=NOW):
        answer = ReadinessAnswer.READY if minutes is None else ReadinessAnswer.IN_MINUTES
        with database.unit_of_work() as session:
            token = services.links.token(session, factories.make_link(session, pickup))
            opened = services.links.open_by_token(
                session, token=token, verb=LinkVerb.ANSWER_READINESS, now=at
            )
            services.readiness.answer(session, through=opened, said=Said(answer, minutes), now=at)

    return says


@pytest.fixture
def proposed(stops, says):
    """Two stops, and the goods at the first are ready in a quarter of an hour."""
    says(stops[0], 15)
    return stops


def path(pickup, decision=""):
    return f"/v1/pickups/{pickup.id}/proposal{decision}"


def etas(database, stops):
    with database.unit_of_work(read_only=True) as session:
        return [session.get_one(Pickup, stop.id).eta_at for stop in stops]


def told(database, kind):
    return {row["staff_id"] for row in rows(database, Notice) if row["kind"] == kind}


class TestProposing:
    def test_the_other_stop_goes_first(self, signed_in, courier, proposed):
        shown = signed_in(courier).get(path(proposed[0])).json

        assert [stop["pickup_id"] for stop in shown["stops"]] == [str(proposed[1].id), str(proposed[0].id)]
        assert (shown["state"], shown["reason"]) == ("proposed", "ready_later")
        assert (shown["server_now"], shown["pickup_id"]) == (NOW.isoformat(), str(proposed[0].id))

    def test_courier_and_dispatcher_are_told_and_nothing_moves(
        self, database, courier, dispatcher_staff, proposed
    ):
        assert told(database, "stops_proposed") == {courier.id, dispatcher_staff.id}
        assert told(database, "late_ready") == set()
        assert etas(database, proposed) == [None, None]

    @pytest.mark.parametrize("minutes", [None, 5, 20])
    def test_a_promise_in_time_and_one_for_another_day_propose_no_order(self, database, stops, says, minutes):
        says(stops[0], minutes)

        assert rows(database, StopProposal) == []

    def test_where_no_order_keeps_every_window_the_courier_hears_how_late(
        self, database, courier, stops, says
    ):
        with database.unit_of_work() as session:
            session.get_one(Pickup, stops[0].id).window_end = NOW + 16 * MINUTE
            session.get_one(Pickup, stops[1].id).window_start = NOW + 14 * MINUTE

        says(stops[0], 15)

        assert rows(database, StopProposal) == []
        assert told(database, "late_ready") == {courier.id}
        (fact,) = [row for row in rows(database, EventRecord) if row["name"] == "stops.not_proposed"]
        assert fact["data"] == {"reason": "ready_later", "why_not": "windows_too_tight"}

    def test_a_newer_answer_supersedes_the_older_proposal(self, dispatcher, proposed, says, clock):
        says(proposed[0], at=clock.tick(minutes=1))

        shown = dispatcher.get(path(proposed[0])).json
        answer = dispatcher.post(path(proposed[0], "/acceptance"))

        assert shown["state"] == "superseded"
        assert (answer.status_code, answer.json["code"], answer.json["state"]) == (
            409,
            "proposal_not_open",
            "superseded",
        )

    def test_a_courier_has_one_open_proposal(self, database, proposed, says, clock):
        says(proposed[0], 15, at=clock.tick(minutes=1))

        assert [row["state"] for row in rows(database, StopProposal)] == ["superseded", "proposed"]


class TestAccepting:
    @pytest.mark.parametrize("who", ["courier", "dispatcher"])
    def test_either_accepts_and_the_stops_get_their_etas(
        self, database, signed_in, courier, dispatcher_staff, proposed, who
    ):
        decider = courier if who == "courier" else dispatcher_staff

        shown = signed_in(decider).post(path(proposed[0], "/acceptance")).json

        assert (shown["state"], shown["decided_by_id"]) == ("accepted", str(decider.id))
        planned = {stop["pickup_id"]: datetime.fromisoformat(stop["eta_at"]) for stop in shown["stops"]}
        assert etas(database, proposed) == [planned[str(stop.id)] for stop in proposed]
        assert etas(database, proposed)[1] < etas(database, proposed)[0]

    def test_the_others_are_told(self, database, signed_in, courier, dispatcher_staff, proposed):
        signed_in(courier).post(path(proposed[0], "/acceptance"))

        assert told(database, "proposal_decided") == {dispatcher_staff.id}

    def test_the_pings_follow_the_etas(self, database, dispatcher, proposed):
        dispatcher.post(path(proposed[0], "/acceptance"))

        with database.unit_of_work(read_only=True) as session:
            answered, silent = [session.get_one(Pickup, stop.id).ping_due_at for stop in proposed]
        assert (answered, silent) == (None, NOW)

    def test_accepting_again_changes_nothing(self, database, dispatcher, proposed, clock):
        first = dispatcher.post(path(proposed[0], "/acceptance")).json
        clock.tick(seconds=5)

        again = dispatcher.post(path(proposed[0], "/acceptance"))

        assert again.status_code == 200
        assert again.json | {"server_now": None} == first | {"server_now": None}
        facts = [row for row in rows(database, EventRecord) if row["name"] == "stops.accepted"]
        assert len(facts) == 1

    def test_what_nobody_accepted_in_time_is_superseded(self, dispatcher, proposed, clock):
        clock.tick(minutes=5)

        assert dispatcher.get(path(proposed[0])).json["state"] == "superseded"
        assert dispatcher.post(path(proposed[0], "/acceptance")).status_code == 409

    @pytest.mark.parametrize("state", [PickupState.AT_DOOR, PickupState.COLLECTED])
    def test_a_round_that_has_gone_on_is_another_round(self, database, dispatcher, proposed, state):
        with database.unit_of_work() as session:
            session.get_one(Pickup, proposed[1].id).state = state

        answer = dispatcher.post(path(proposed[0], "/acceptance"))

        assert (answer.status_code, answer.json["code"]) == (409, "proposal_out_of_date")
        assert etas(database, proposed) == [None, None]

    @pytest.mark.parametrize("change", ["assignment", "cancellation"])
    def test_a_stop_taken_from_the_round_takes_the_proposal_along(self, dispatcher, hire, proposed, change):
        body = {"courier_id": str(hire(Role.COURIER).id)} if change == "assignment" else {}
        dispatcher.post(f"/v1/pickups/{proposed[1].id}/{change}", json=body)

        assert dispatcher.get(path(proposed[0])).json["state"] == "superseded"

    def test_of_two_who_decide_at_once_one_wins(self, database, signed_in, courier, dispatcher, proposed):
        start = Barrier(2)

        def decide(client, decision):
            start.wait()
            return client.post(path(proposed[0], decision)).status_code

        with ThreadPoolExecutor(2) as pool:
            answers = [
                pool.submit(decide, signed_in(courier), "/acceptance"),
                pool.submit(decide, dispatcher, "/decline"),
            ]

        assert sorted(answer.result() for answer in answers) == [200, 409]


class TestDeclining:
    def test_the_stops_stay_as_they_are(self, database, dispatcher, courier, proposed):
        shown = dispatcher.post(path(proposed[0], "/decline")).json

        assert shown["state"] == "declined"
        assert etas(database, proposed) == [None, None]
        assert told(database, "proposal_decided") == {courier.id}

    def test_what_was_declined_cannot_be_accepted(self, dispatcher, proposed):
        dispatcher.post(path(proposed[0], "/decline"))

        assert dispatcher.post(path(proposed[0], "/decline")).status_code == 200
        assert dispatcher.post(path(proposed[0], "/acceptance")).json["state"] == "declined"


class TestAccess:
    @pytest.mark.parametrize("decision", ["", "/acceptance", "/decline"])
    def test_b1_another_courier_does_not_find_it(self, signed_in, hire, proposed, decision):
        client = signed_in(hire(Role.COURIER))
        answer = client.post(path(proposed[0], decision)) if decision else client.get(path(proposed[0]))

        assert answer.status_code == 404

    @pytest.mark.parametrize("role", [Role.SALES_REP, Role.SERVICE_AGENT, Role.INTEGRATION, Role.MANAGER])
    def test_b8_only_courier_and_dispatcher_decide(self, signed_in, hire, proposed, role):
        assert signed_in(hire(role)).post(path(proposed[0], "/acceptance")).status_code == 403

    def test_b4_another_branch_does_not_find_it(self, database, signed_in, proposed):
        with database.unit_of_work() as session:
            stranger = factories.make_staff(session, role=Role.DISPATCHER)

        assert signed_in(stranger).post(path(proposed[0], "/acceptance")).status_code == 404

    def test_a_pickup_without_a_proposal_has_none(self, dispatcher, stops):
        assert dispatcher.get(path(stops[0])).status_code == 404
