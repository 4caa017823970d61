"""POST /v1/auth/confirmation: a password given again, for the doors that want it fresh."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from api.domain.vocabulary import Role
from api.models import EventRecord, SignInThrottle
from tests.factories import PASSWORD
from tests.fakes import NOW
from tests.signing_in import PHONE, sign_in

EXPORT = "/v1/customers/export"


@pytest.fixture
def manager(hire):
    return hire(Role.MANAGER, phone=PHONE)


@pytest.fixture
def phone(signed_in, manager):
    """A phone that has not been confirmed."""
    return signed_in(manager, confirmed_at=None)


def confirm(client, password=PASSWORD):
    return client.post("/v1/auth/confirmation", json={"password": password})


def test_f2_a_session_is_confirmed_for_ten_minutes(phone, clock):
    answer = confirm(phone)

    assert answer.json == {"confirmed_until": "2026-11-18T01:40:00+00:00"}
    clock.tick(minutes=9, seconds=59)
    assert phone.post(EXPORT, json={}).status_code == 200
    clock.tick(seconds=1)
    assert phone.post(EXPORT, json={}).json["code"] == "confirmation_needed"


def test_f2_another_phone_of_the_same_person_is_not_confirmed_by_it(phone, signed_in, manager):
    other = signed_in(manager, confirmed_at=None)

    confirm(phone)

    assert other.post(EXPORT, json={}).json["code"] == "confirmation_needed"


def test_f2_signing_in_alone_confirms_nothing(client, manager):
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {sign_in(client).json['access_token']}"

    assert client.post(EXPORT, json={}).json["code"] == "confirmation_needed"


def test_f2_a_wrong_password_is_refused_counted_and_recorded(phone, manager, database):
    answer = confirm(phone, "a guess")

    assert answer.status_code == 403
    assert answer.json["code"] == "wrong_password"
    with database.unit_of_work(read_only=True) as session:
        of_account = SignInThrottle.subject == f"account:{PHONE}"
        assert session.scalar(select(SignInThrottle.failures).where(of_account)) == 1
        refused = select(EventRecord).where(EventRecord.name == "session.password_refused")
        assert session.scalars(refused).one().actor_id == manager.id
    assert phone.post(EXPORT, json={}).status_code == 403


def test_a7_the_password_cannot_be_guessed_from_a_found_phone(phone, client):
    for _ in range(5):
        confirm(phone, "a guess")

    locked = confirm(phone)

    assert locked.status_code == sign_in(client).status_code == 429
    assert locked.headers["Retry-After"] == "30"


def test_f2_what_was_confirmed_is_recorded(phone, manager, database):
    confirm(phone)

    with database.unit_of_work(read_only=True) as session:
        fact = session.scalars(select(EventRecord).where(EventRecord.name == "session.confirmed")).one()
    assert (fact.actor_id, fact.occurred_at) == (manager.id, NOW)


@pytest.mark.parametrize("body", [{}, {"password": ""}, {"password": "x" * 129}, {"password": 1}])
def test_what_is_no_password_is_refused_by_name(phone, body):
    answer = phone.post("/v1/auth/confirmation", json=body)

    assert answer.status_code == 422
    assert list(answer.json["errors"]) == ["password"]


def test_a_machine_has_no_password_to_give(signed_in, hire):
    assert confirm(signed_in(hire(Role.INTEGRATION))).status_code == 403


def test_f2_what_was_confirmed_long_ago_does_not_count(signed_in, manager):
    stale = signed_in(manager, confirmed_at=NOW - timedelta(minutes=10))

    assert stale.post(EXPORT, json={}).status_code == 403
