"""Choosing another time after a pickup was left or missed: a pickup of its own, linked to the first."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from api.domain.vocabulary import PickupState
from api.models import EventRecord, Pickup
from tests.fakes import NOW
from tests.phones import Phone
from tests.rounds import rows

NOT_COLLECTED = [PickupState.LEFT, PickupState.MISSED]


def window(hours: int) -> dict[str, str]:
    return {
        "window_start": (NOW + timedelta(hours=hours)).isoformat(),
        "window_end": (NOW + timedelta(hours=hours + 1)).isoformat(),
    }


def choose(client, pickup_id, hours=24):
    return client.post(f"/v1/pickups/{pickup_id}/rescheduling", json=window(hours))


@pytest.mark.parametrize("state", NOT_COLLECTED)
def test_another_time_is_another_pickup_and_the_first_stays_as_it_is(dispatcher, courier, pickup_of, state):
    first = pickup_of(courier, state=state, parcels_expected=4)

    second = choose(dispatcher, first.id)

    assert second.status_code == 200
    assert (
        second.json.items()
        >= {
            **window(24),
            "rescheduled_from_id": str(first.id),
            "state": "booked",
            "courier_id": None,
            "site_id": str(first.site_id),
            "contact_id": str(first.contact_id),
            "parcels_expected": 4,
        }.items()
    )
    shown = dispatcher.get(f"/v1/pickups/{first.id}").json
    assert (shown["state"], shown["rescheduled_from_id"]) == (state, None)


def test_its_reference_begins_with_the_firsts_and_is_its_own(dispatcher, pickup_of):
    first = pickup_of(state=PickupState.LEFT, external_ref="R" * 64)

    second = choose(dispatcher, first.id).json

    assert second["external_ref"] == "R" * 27 + "/" + second["id"]


def test_the_contact_is_asked_and_the_courier_is_awaited_anew(database, dispatcher, pickup_of):
    second_id = choose(dispatcher, pickup_of(state=PickupState.LEFT).id).json["id"]

    with database.unit_of_work(read_only=True) as session:
        second = session.get_one(Pickup, UUID(second_id))
    assert second.ping_due_at == NOW + timedelta(hours=23, minutes=15)
    assert second.lateness_due_at == NOW + timedelta(hours=24, minutes=45)


def test_the_same_time_again_is_the_same_pickup(database, dispatcher, pickup_of):
    first = pickup_of(state=PickupState.LEFT)

    answers = [choose(dispatcher, first.id).json for _ in range(2)]

    assert answers[0] == answers[1]
    assert len(rows(database, Pickup)) == 2


def test_yet_another_time_moves_the_second(database, dispatcher, pickup_of):
    first = pickup_of(state=PickupState.LEFT)
    second = choose(dispatcher, first.id).json

    moved = choose(dispatcher, first.id, hours=30).json

    assert (moved["id"], moved["window_start"]) == (second["id"], window(30)["window_start"])
    assert len(rows(database, Pickup)) == 2


def test_when_the_second_was_called_off_a_third_is_booked(dispatcher, pickup_of):
    first = pickup_of(state=PickupState.LEFT)
    second = choose(dispatcher, first.id).json
    dispatcher.post(f"/v1/pickups/{second['id']}/cancellation", json={})

    third = choose(dispatcher, first.id).json

    assert third["id"] != second["id"]
    assert third["rescheduled_from_id"] == str(first.id)


def test_that_it_is_a_second_try_is_a_fact(database, dispatcher, pickup_of):
    first = pickup_of(state=PickupState.MISSED)

    choose(dispatcher, first.id)

    (fact,) = [row for row in rows(database, EventRecord) if row["name"] == "pickup.booked"]
    assert fact["data"] == {"rescheduled_from_id": str(first.id)}


def test_a_window_that_cannot_be_is_refused(dispatcher, pickup_of):
    answer = choose(dispatcher, pickup_of(state=PickupState.LEFT).id, hours=-80)

    assert (answer.status_code, answer.json["code"]) == (422, "window_impossible")


def test_a_courier_who_comes_to_a_missed_pickup_opens_a_wait(database, signed_in, courier, pickup_of, clock):
    missed = pickup_of(courier, state=PickupState.MISSED)
    clock.tick(hours=2)

    wait = Phone(signed_in(courier), clock).report(missed, "arrived")["wait"]

    assert (wait["attempt"], datetime.fromisoformat(wait["arrived_at"])) == (1, NOW + timedelta(hours=2))
