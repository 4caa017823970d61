"""Putting a notice off over HTTP: for how long, how often, and what cannot wait."""

from datetime import timedelta
from uuid import uuid4

import pytest

from api import services
from api.domain.notice_kinds import NoticeKind, Telling
from tests.fakes import NOW


@pytest.fixture
def told(database, rep):
    """Tells the rep something of a kind, and returns the path of the notice."""

    def told(kind=NoticeKind.CHURN_ALERT, **said):
        key = f"{kind}:{uuid4()}:{rep.id}"
        subjects = {"customer_id": uuid4(), "pickup_id": uuid4()}
        telling = Telling(kind, rep.branch_id, key, staff_id=rep.id, **subjects, **said)
        with database.unit_of_work() as session:
            services.notices.tell(session, telling, now=NOW)
        return f"/v1/me/notices/{telling.id}"

    return told


@pytest.fixture
def phone(signed_in, rep):
    return signed_in(rep)


def put_off(phone, path, minutes, **headers):
    return phone.post(f"{path}/snooze", json={"minutes": minutes}, headers=headers)


def test_what_is_put_off_says_when_it_comes_again(phone, told):
    answer = put_off(phone, told(), 30)

    assert answer.status_code == 200
    assert answer.json["held_until"] == (NOW + timedelta(minutes=30)).isoformat()
    assert (answer.json["snoozes"], answer.json["seen_at"]) == (1, NOW.isoformat())
    assert phone.get("/v1/me/notices").json["items"] == [answer.json]


def test_twice_is_allowed_and_three_times_is_not(phone, told):
    path = told()

    answers = [put_off(phone, path, 10) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 409]
    assert answers[-1].json["code"] == "snoozed_enough"


def test_a_second_try_with_the_same_key_counts_once(phone, told):
    path = told()

    answers = [put_off(phone, path, 10, **{"Idempotency-Key": "one"}).json for _ in range(2)]

    assert [answer["snoozes"] for answer in answers] == [1, 1]


def test_what_is_live_cannot_wait(phone, told):
    assert put_off(phone, told(NoticeKind.ANOTHER_TIME), 10).json["code"] == "live_notice"


def test_beyond_its_use_it_is_not_put_off(phone, told):
    path = told(useful_until=NOW + timedelta(minutes=10))

    assert put_off(phone, path, 10).json["code"] == "no_use_by_then"


@pytest.mark.parametrize("minutes", [0, 5, 15, 1000, "10", None, 10.5])
def test_only_some_times_can_be_chosen(phone, told, minutes):
    assert put_off(phone, told(), minutes).status_code == 422


def test_b1_a_notice_of_somebody_else_is_not_found(signed_in, courier, told):
    assert put_off(signed_in(courier), told(), 10).status_code == 404
