"""A courier asks for the number of the contact he is on his way to."""

import pytest
from sqlalchemy import select

from api.domain.vocabulary import Role
from api.models import EventRecord
from tests.auditing import trail
from tests.phones import Phone


@pytest.fixture
def phone(signed_in, courier, clock):
    return Phone(signed_in(courier), clock)


@pytest.fixture
def pickup(courier, pickup_of):
    return pickup_of(courier)


def reveal(client, pickup, **body):
    return client.post(f"/v1/pickups/{pickup.id}/contact-reveal", json=body)


def test_a_courier_on_his_way_may_call(phone, pickup, contact):
    phone.report(pickup, "departed")

    answer = reveal(phone.client, pickup)

    assert answer.json == {"name": "李**", "phone": contact.phone}


def test_that_he_asked_is_kept(database, phone, courier, pickup, contact):
    phone.report(pickup, "departed")
    reveal(phone.client, pickup)

    with database.unit_of_work(read_only=True) as session:
        fact = session.scalars(select(EventRecord).where(EventRecord.name == "contact.revealed")).one()
    assert (fact.subject_id, fact.actor_id) == (contact.id, courier.id)
    assert fact.data == {"pickup_id": str(pickup.id)}


def test_before_he_sets_out_he_may_not(phone, pickup):
    answer = reveal(phone.client, pickup)

    assert (answer.status_code, answer.json["code"]) == (409, "contact_not_revealed")


def test_an_hour_after_the_end_he_may_not_any_more(phone, clock, pickup):
    phone.report(pickup, "arrived")
    phone.report(pickup, "collected")
    clock.tick(minutes=59)
    still = reveal(phone.client, pickup, reason="parcel forgotten")
    clock.tick(minutes=1)
    too_late = reveal(phone.client, pickup, reason="parcel forgotten")

    assert (still.status_code, too_late.status_code) == (200, 409)


def test_after_the_end_he_says_why_and_that_is_kept(database, phone, pickup):
    phone.report(pickup, "arrived")
    phone.report(pickup, "collected")

    without = reveal(phone.client, pickup)
    reveal(phone.client, pickup, reason="忘了一个包裹")

    assert (without.status_code, without.json["code"]) == (422, "reason_needed")
    [(_, entry)] = trail(database, "contact.revealed")
    assert entry.reason == "忘了一个包裹"


def test_b1_another_courier_finds_no_such_pickup(signed_in, hire, phone, pickup):
    phone.report(pickup, "departed")

    assert reveal(signed_in(hire(Role.COURIER)), pickup).status_code == 404


def test_b3_who_lost_the_pickup_finds_it_no_more(phone, dispatcher, hire, pickup):
    phone.report(pickup, "departed")
    dispatcher.post(f"/v1/pickups/{pickup.id}/assignment", json={"courier_id": str(hire(Role.COURIER).id)})

    assert reveal(phone.client, pickup).status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COURIER])
def test_the_others_have_unmasking(signed_in, hire, pickup, role):
    assert reveal(signed_in(hire(role)), pickup).status_code == 403
