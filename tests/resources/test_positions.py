"""Positions over HTTP: on shift only, looked at on record, and what they tell about the next stop."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from api.domain.vocabulary import PickupState, Role
from api.models import CourierPosition, EventRecord, Pickup
from tests import factories
from tests.fakes import NOW
from tests.feeds import Reader, subjects
from tests.phones import AT_THE_DOOR
from tests.rounds import rows
from tests.statements import counted, short

MINUTE = timedelta(minutes=1)
A_KILOMETRE_AWAY = {"latitude": AT_THE_DOOR["latitude"] + 1 / 111.195, "longitude": 121.5055}
TRAVEL = timedelta(seconds=280)


@pytest.fixture
def phone(signed_in, courier):
    return signed_in(courier)


@pytest.fixture
def on_shift(phone):
    """The courier's phone, on shift since now."""
    phone.post("/v1/me/shift", json={"on": True})
    return phone


def seen(at, **said):
    return {"at": at.isoformat(), **A_KILOMETRE_AWAY, **said}


def send(phone, *positions):
    return phone.post("/v1/me/positions", json={"positions": list(positions)})


def eta_of(database, pickup) -> datetime | None:
    with database.unit_of_work(read_only=True) as session:
        return session.get_one(Pickup, pickup.id).eta_at


def test_positions_are_kept_in_a_shift(database, on_shift, courier, clock):
    clock.tick(minutes=2)
    answer = send(on_shift, seen(NOW + MINUTE, accuracy_m=8.5, mock=False), seen(clock.now()))

    assert answer.json == {"accepted": 2, "ignored": 0, "server_now": clock.now().isoformat()}
    kept = rows(database, CourierPosition)
    assert [(row["staff_id"], row["accuracy_m"], row["mock"]) for row in kept] == [
        (courier.id, 8.5, False),
        (courier.id, None, None),
    ]


def test_a_batch_that_is_sent_again_is_kept_once(database, on_shift, clock):
    send(on_shift, seen(NOW))
    answer = send(on_shift, seen(NOW), seen(NOW + MINUTE / 2))

    assert answer.json["accepted"] == 2
    assert len(rows(database, CourierPosition)) == 2


def test_c13_no_position_is_taken_off_shift(database, phone, clock):
    before = send(phone, seen(NOW))
    phone.post("/v1/me/shift", json={"on": True})
    clock.tick(hours=1)
    phone.post("/v1/me/shift", json={"on": False})
    after = send(phone, seen(clock.now()))

    assert [(answer.status_code, answer.json["code"]) for answer in (before, after)] == [
        (409, "not_on_shift"),
        (409, "not_on_shift"),
    ]
    assert rows(database, CourierPosition) == []


def test_c13_what_lies_outside_the_shift_is_dropped(database, on_shift, clock):
    clock.tick(minutes=5)
    answer = send(on_shift, seen(NOW - MINUTE), seen(NOW + MINUTE), seen(clock.now() + 5 * MINUTE))

    assert (answer.json["accepted"], answer.json["ignored"]) == (1, 2)
    assert [row["taken_at"] for row in rows(database, CourierPosition)] == [NOW + MINUTE]


def test_c13_a_forgotten_shift_follows_nobody_home(database, on_shift, clock):
    clock.tick(hours=16)

    assert send(on_shift, seen(clock.now())).status_code == 409
    assert rows(database, CourierPosition) == []


def test_c13_dispatchers_see_who_is_on_shift_and_that_they_looked_is_kept(
    database, on_shift, signed_in, courier, hire, clock
):
    desk = hire(Role.DISPATCHER)
    hire(Role.COURIER)
    clock.tick(minutes=1)
    send(on_shift, seen(NOW, mock=False), seen(clock.now(), accuracy_m=5.0))

    shown = signed_in(desk).post("/v1/positions/viewing")

    assert shown.json["items"] == [
        {
            "courier_id": str(courier.id),
            "at": clock.now().isoformat(),
            **A_KILOMETRE_AWAY,
            "accuracy_m": 5.0,
            "mock": None,
        }
    ]
    with database.unit_of_work(read_only=True) as session:
        fact = session.scalars(select(EventRecord).where(EventRecord.name == "positions.viewed")).one()
    assert (fact.actor_id, fact.data) == (desk.id, {"courier_ids": [str(courier.id)]})


def test_c13_who_has_gone_home_is_seen_no_more(on_shift, dispatcher, clock):
    send(on_shift, seen(NOW))
    on_shift.post("/v1/me/shift", json={"on": False})
    clock.tick(hours=12)
    on_shift.post("/v1/me/shift", json={"on": True})

    # Nor is where he was yesterday, now that he is back.
    assert dispatcher.post("/v1/positions/viewing").json["items"] == []


def test_nobody_sees_another_branchs_couriers(database, on_shift, signed_in):
    send(on_shift, seen(NOW))
    with database.unit_of_work() as session:
        elsewhere = factories.make_staff(session, role=Role.DISPATCHER)

    assert signed_in(elsewhere).post("/v1/positions/viewing").json["items"] == []


@pytest.mark.parametrize("role", [Role.COURIER, Role.SALES_REP, Role.SERVICE_AGENT, Role.INTEGRATION])
def test_others_do_not_see_where_couriers_are(signed_in, hire, role):
    assert signed_in(hire(role)).post("/v1/positions/viewing").status_code == 403


@pytest.mark.parametrize(
    "batch",
    [
        [],
        [seen(NOW)] * 201,
        [{"at": NOW.isoformat(), "latitude": 91, "longitude": 0}],
        [{"latitude": 31.0, "longitude": 121.0}],
        [seen(NOW, speed=3)],
    ],
)
def test_a_batch_that_is_no_batch_is_refused(on_shift, batch):
    assert send(on_shift, *batch).status_code == 422


def test_a_position_tells_when_the_courier_is_at_his_next_stop(database, on_shift, courier, pickup_of):
    later = pickup_of(courier, window_start=NOW + 30 * MINUTE)
    first = pickup_of(courier)

    send(on_shift, seen(NOW))

    assert eta_of(database, first) == NOW + TRAVEL
    assert eta_of(database, later) is None


def test_where_he_is_on_his_way_to_is_the_next_stop(database, on_shift, courier, pickup_of):
    first = pickup_of(courier)
    chosen = pickup_of(courier, window_start=NOW + 30 * MINUTE, state=PickupState.EN_ROUTE)

    send(on_shift, seen(NOW))

    assert (eta_of(database, first), eta_of(database, chosen)) == (None, NOW + TRAVEL)


def test_an_eta_that_is_two_minutes_off_stays(database, on_shift, courier, pickup_of):
    pickup = pickup_of(courier, eta_at=NOW + TRAVEL + 2 * MINUTE)

    send(on_shift, seen(NOW))

    assert eta_of(database, pickup) == NOW + TRAVEL + 2 * MINUTE


def test_a_made_up_position_moves_no_eta(database, on_shift, courier, pickup_of):
    pickup = pickup_of(courier)

    send(on_shift, seen(NOW, mock=True))

    assert eta_of(database, pickup) is None


def test_the_readiness_ping_follows_the_new_eta(database, on_shift, courier, pickup_of):
    pickup = pickup_of(courier, window_start=NOW, window_end=NOW + 120 * MINUTE, eta_at=NOW + 90 * MINUTE)

    send(on_shift, seen(NOW))

    with database.unit_of_work(read_only=True) as session:
        # Half an hour before he comes would have been earlier: so at once.
        assert session.get_one(Pickup, pickup.id).ping_due_at == NOW


def test_a_new_eta_reaches_the_phones(database, on_shift, courier, dispatcher, pickup_of):
    pickup = pickup_of(courier)
    reader = Reader(dispatcher, database)
    reader.catch_up()

    send(on_shift, seen(NOW))

    assert subjects(reader.catch_up(), "pickup") == [str(pickup.id)]


def test_a_batch_takes_few_statements_however_long_it_is(database, on_shift, courier, pickup_of, clock):
    pickup_of(courier)
    clock.tick(minutes=10)
    batch = [seen(NOW + timedelta(seconds=at)) for at in range(200)]
    with counted(database) as moving:
        send(on_shift, *batch[1:], seen(clock.now()))
    clock.tick(seconds=30)
    with counted(database) as standing:
        send(on_shift, seen(clock.now()))

    # Who calls; the shift; the positions; the next stop; branch and policy; the pickup; its change;
    # and the policy once more, which says whether the contact is told that we are late.
    assert len(moving) <= 9, short(moving)
    # Who calls; the shift; the positions; the next stop.
    assert len(standing) == 4, short(standing)
