"""POST /v1/field-events: who may send, what is readable, and how a replay is answered."""

import gzip
import json
from datetime import datetime
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from api.domain.vocabulary import PickupState, Role
from api.models import FieldEvent, Pickup, PickupAssignment, Wait
from tests import factories
from tests.fakes import NOW
from tests.phones import Phone
from tests.rounds import Round, everything, make_round, rows, state_of
from tests.statements import counted, short


@pytest.fixture
def round_(database, signed_in, clock) -> Round:
    return make_round(database, signed_in, clock)


class TestAccess:
    def test_events_need_a_signed_in_courier(self, client):
        assert client.post("/v1/field-events", json={}).status_code == 401

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.COURIER])
    def test_only_couriers_report_events(self, database, signed_in, role):
        with database.unit_of_work() as session:
            member = factories.make_staff(session, role=role)

        assert signed_in(member).post("/v1/field-events", json={}).status_code == 403

    def test_b2_an_event_at_anothers_pickup_is_rejected_as_not_found_and_the_rest_applied(
        self, database, round_
    ):
        with database.unit_of_work() as session:
            foreign = factories.make_pickup(session, courier=factories.make_staff(session, round_.branch))

        of_other, of_nobody, own = round_.phone.send(
            round_.phone.event(foreign, "arrived"),
            round_.phone.event(uuid4(), "arrived"),
            round_.phone.event(round_.first, "arrived"),
        )

        assert [of_other["outcome"], of_nobody["outcome"], own["outcome"]] == [
            "rejected", "rejected", "applied"
        ]  # fmt: skip
        assert of_other["problem"] == of_nobody["problem"]
        assert of_other["problem"]["status"] == 404

    def test_b2_a_pickup_of_another_branch_is_not_found(self, database, round_):
        with database.unit_of_work() as session:
            foreign = factories.make_pickup(session, courier=factories.make_staff(session))

        assert round_.phone.report(foreign, "arrived")["problem"]["code"] == "not_found"

    def test_b3_what_happened_before_a_reassignment_is_kept_and_flagged(self, database, round_, clock):
        offline = round_.phone.event(round_.first, "arrived")
        reassign(database, round_, clock.tick(minutes=5))

        result = round_.phone.send(offline)[0]

        assert (result["outcome"], result["conflict"]) == ("conflict", "reassigned")
        assert state_of(database, round_.first) is PickupState.ASSIGNED
        assert [row["outcome"] for row in rows(database, FieldEvent)] == ["conflict"]
        assert rows(database, Wait) == []

    def test_b3_what_happens_after_a_reassignment_is_refused(self, database, round_, clock):
        reassign(database, round_, clock.tick(minutes=5))
        clock.tick(seconds=1)

        result = round_.phone.report(round_.first, "arrived")

        assert (result["outcome"], result["problem"]["code"]) == ("rejected", "not_assignee")
        assert result["problem"]["status"] == 409
        assert rows(database, FieldEvent) == []


class TestInput:
    @pytest.mark.parametrize("missing", ["sent_at", "events"])
    def test_the_envelope_must_be_whole(self, round_, missing):
        envelope = round_.phone.envelope()
        del envelope[missing]

        answer = round_.phone.client.post("/v1/field-events", json=envelope)

        assert answer.status_code == 422
        assert list(answer.json["errors"]) == [missing]

    @pytest.mark.parametrize(
        ("bad", "field"),
        [
            ({"pickup_id": "x"}, "pickup_id"),
            ({"type": "slept"}, "type"),
            ({"occurred_at": "2026-11-18T09:00:00"}, "occurred_at"),
            ({"seq": -1}, "seq"),
            ({"position": {"latitude": 91, "longitude": 0}}, "position"),
            ({"data": {"cause": "bored"}}, "data"),
            ({"state": "collected"}, "state"),
        ],
    )
    def test_c9_a_malformed_event_is_rejected_alone(self, round_, bad, field):
        poison = round_.phone.event(round_.first, "arrived", **bad)

        rejected, applied = round_.phone.send(poison, round_.phone.event(round_.second, "arrived"))

        assert (rejected["event_id"], rejected["outcome"]) == (poison["event_id"], "rejected")
        assert (rejected["problem"]["status"], list(rejected["problem"]["errors"])) == (422, [field])
        assert applied["outcome"] == "applied"

    @pytest.mark.parametrize("item", [None, 7, "event", [], {}, {"event_id": 7}])
    def test_c9_what_is_no_event_at_all_is_rejected_alone(self, round_, item):
        rejected, applied = round_.phone.send(item, round_.phone.event(round_.second, "arrived"))

        assert (rejected["event_id"], rejected["outcome"]) == (None, "rejected")
        assert applied["outcome"] == "applied"

    def test_an_empty_batch_is_answered_with_the_time(self, round_):
        answer = round_.phone.client.post("/v1/field-events", json=round_.phone.envelope())

        assert datetime.fromisoformat(answer.json["server_now"]) == NOW
        assert answer.json["results"] == []

    def test_c10_more_than_500_events_are_too_many(self, round_):
        answer = round_.phone.client.post("/v1/field-events", json=round_.phone.envelope(*[{}] * 501))

        assert (answer.status_code, answer.json["code"]) == (413, "too_many_events")

    def test_c10_a_gzip_body_is_read(self, round_):
        body = json.dumps(round_.phone.envelope(round_.phone.event(round_.first, "arrived"))).encode()

        answer = post_gzip(round_.phone.client, gzip.compress(body))

        assert answer.json["results"][0]["outcome"] == "applied"

    def test_c10_a_gzip_bomb_is_refused(self, round_):
        assert post_gzip(round_.phone.client, gzip.compress(b" " * 20_000_000)).status_code == 413


class TestReplay:
    def test_c1_a_hundred_replays_change_nothing_and_repeat_the_first_answer(self, database, round_):
        event = round_.phone.event(round_.first, "arrived")
        first = round_.phone.send(event)[0]
        before = everything(database)

        again = [round_.phone.send(event)[0] for _ in range(3)] + round_.phone.send(*[event] * 97)

        expected = first | {"outcome": "duplicate", "original_outcome": "applied"}
        assert all(result == expected for result in again)
        assert everything(database) == before

    def test_c1_an_event_twice_in_its_first_batch_counts_once(self, database, round_):
        event = round_.phone.event(round_.first, "arrived")

        results = round_.phone.send(event, event)

        assert [result["outcome"] for result in results] == ["applied", "duplicate"]
        assert len(rows(database, FieldEvent)) == 1

    def test_c2_an_event_id_with_another_body_is_rejected(self, database, round_):
        event = round_.phone.event(round_.first, "arrived")
        round_.phone.send(event)
        before = everything(database)

        result = round_.phone.send(event | {"pickup_id": str(round_.second.id)})[0]

        assert (result["outcome"], result["problem"]["status"]) == ("rejected", 422)
        assert result["problem"]["code"] == "event_id_reused"
        assert everything(database) == before

    def test_c3_another_couriers_same_event_id_is_another_event(self, database, round_, signed_in, clock):
        with database.unit_of_work() as session:
            other = factories.make_staff(session, round_.branch)
            pickup = factories.make_pickup(session, courier=other)
        event = round_.phone.event(round_.first, "arrived")
        round_.phone.send(event)

        # A pickup of another branch was made along: the courier's own must be reachable.
        with database.unit_of_work() as session:
            own = factories.make_pickup(
                session,
                factories.make_site(session, factories.make_customer(session, round_.branch)),
                courier=other,
            )
        result = Phone(signed_in(other), clock).send(event | {"pickup_id": str(own.id)})[0]

        assert pickup.id != own.id
        assert result["outcome"] == "applied"

    def test_a_rejected_event_can_be_sent_again(self, round_):
        round_.phone.report(round_.first, "arrived")
        event = round_.phone.event(round_.first, "left")
        assert round_.phone.send(event)[0]["outcome"] == "rejected"

        again = round_.phone.send(event | {"data": {"cause": "closed"}})[0]

        assert again["outcome"] == "applied"


def reassign(database, round_: Round, at: datetime) -> None:
    with database.unit_of_work() as session:
        other = factories.make_staff(session, round_.branch)
        pickup = session.get_one(Pickup, round_.first.id)
        held = session.scalars(select(PickupAssignment).where(PickupAssignment.pickup_id == pickup.id)).one()
        held.ended_at = at
        pickup.courier_id = other.id
        session.add(PickupAssignment(pickup_id=pickup.id, courier_id=other.id, assigned_at=at))


def post_gzip(client: FlaskClient, body: bytes):
    return client.post(
        "/v1/field-events",
        data=body,
        headers={"Content-Encoding": "gzip", "Content-Type": "application/json"},
    )


class TestCost:
    """What one event and many cost, pinned: a phone's backlog must not be paid for one by one."""

    def test_one_arrival_takes_ten_statements(self, database, round_):
        with counted(database) as statements:
            round_.phone.report(round_.first, "arrived")

        assert len(statements) == 10, short(statements)

    def test_a_replay_takes_two_statements(self, database, round_):
        event = round_.phone.event(round_.first, "arrived")
        round_.phone.send(event)

        with counted(database) as statements:
            round_.phone.send(*[event] * 100)

        assert len(statements) == 2, short(statements)

    def test_a_batch_takes_as_many_statements_as_one_arrival(self, database, round_):
        with database.unit_of_work() as session:
            site = factories.make_site(session, factories.make_customer(session, round_.branch))
            pickups = [factories.make_pickup(session, site, courier=round_.courier) for _ in range(50)]
        events = [round_.phone.event(pickup, kind) for pickup in pickups for kind in ("departed", "arrived")]

        with counted(database) as statements:
            results = round_.phone.send(*events)

        assert {result["outcome"] for result in results} == {"applied"}
        assert len(statements) == 10, short(statements)
