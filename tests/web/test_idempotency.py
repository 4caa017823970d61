"""Idempotency-Key: the same write again gets the first answer, for its caller alone, and changes nothing."""

from hashlib import sha256

import pytest
from sqlalchemy import func, select, text

from api import queries
from api.domain.vocabulary import Role
from api.models import StaffMember
from jobs.drop_expired import drop_expired
from tests.databases import only_postgres
from tests.signing_in import sign_in

NEWCOMER = {"role": "courier", "name": "陈晨", "phone": "13800138001", "password": "a good password"}
KEY = {"Idempotency-Key": "hire-1"}


@pytest.fixture
def boss(hire):
    return hire(Role.MANAGER)


@pytest.fixture
def manager(signed_in, boss):
    return signed_in(boss)


def post(client, body=NEWCOMER, headers=KEY):
    return client.post("/v1/staff", json=body, headers=headers)


def staff(database):
    with database.unit_of_work(read_only=True) as session:
        return session.scalar(select(func.count()).select_from(StaffMember))


def test_a_repeat_gets_the_first_answer_and_changes_nothing(manager, database):
    first = post(manager)
    before = staff(database)

    repeated = post(manager)

    assert repeated.status_code == first.status_code == 201
    assert repeated.json == first.json
    assert repeated.headers["ETag"] == first.headers["ETag"] == '"1"'
    assert repeated.headers["Idempotent-Replay"] == "true"
    assert "Idempotent-Replay" not in first.headers
    assert staff(database) == before


def test_without_a_key_a_repeat_is_a_write_of_its_own(manager):
    post(manager, headers={})

    assert post(manager, headers={}).json["code"] == "phone_taken"


def test_the_same_key_with_another_body_is_refused(manager):
    post(manager)

    answer = post(manager, {**NEWCOMER, "name": "李明"})

    assert answer.status_code == 422
    assert answer.json["code"] == "idempotency_key_reused"


def test_a_key_belongs_to_its_caller(manager, signed_in, hire):
    post(manager)

    answer = post(signed_in(hire(Role.MANAGER)), {**NEWCOMER, "phone": "13800138002"})

    assert answer.status_code == 201
    assert "Idempotent-Replay" not in answer.headers


def test_a_repeat_is_still_refused_to_whom_the_role_was_taken_from(manager, signed_in, hire, boss):
    post(manager)
    admin = signed_in(hire(Role.ADMIN))
    admin.patch(f"/v1/staff/{boss.id}", json={"role": "courier"}, headers={"If-Match": '"1"'})

    assert post(manager).status_code == 401
    assert post(signed_in(boss)).status_code == 401


def test_a_refusal_is_not_kept(manager, hire):
    taken = hire(Role.COURIER, phone="+8613800138001")
    assert post(manager).status_code == 409
    manager.patch(f"/v1/staff/{taken.id}", json={"phone": "13800138009"}, headers={"If-Match": '"1"'})

    assert post(manager).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_has_one_to_two_hundred_characters(manager, key):
    answer = post(manager, headers={"Idempotency-Key": key})

    assert answer.status_code == 422
    assert list(answer.json["errors"]) == ["Idempotency-Key"]


def test_an_answer_is_kept_for_a_day(manager, clock):
    post(manager)
    clock.tick(hours=23, minutes=59)
    assert post(manager).headers["Idempotent-Replay"] == "true"


def test_an_answer_is_forgotten_after_a_day(manager, clock, job_context, database):
    post(manager)
    clock.tick(hours=24)

    drop_expired(job_context)

    with database.unit_of_work(read_only=True) as session:
        assert session.execute(text("SELECT count(*) FROM idempotent_answers")).scalar() == 0


def test_f5_a_kept_answer_is_encrypted(manager, database):
    post(manager)

    with database.unit_of_work(read_only=True) as session:
        body = session.execute(text("SELECT body FROM idempotent_answers")).scalar_one()
    assert "陈晨" not in body
    assert "courier" not in body


def test_signing_in_is_never_repeated_from_what_was_kept(client, hire):
    hire(Role.COURIER, phone="+8613800138000")

    first = sign_in(client, headers=KEY).json
    again = sign_in(client, headers=KEY).json

    assert first["access_token"] != again["access_token"]


@only_postgres
def test_a_twin_that_is_still_running_is_a_conflict(manager, boss, database):
    with database.unit_of_work() as session:
        assert queries.idempotency.is_alone(session, boss.id, sha256(b"hire-1").hexdigest())

        answer = post(manager)

    assert answer.status_code == 409
    assert answer.json["code"] == "request_in_progress"
    assert post(manager).status_code == 201
