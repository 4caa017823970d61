"""Phones over HTTP: registered under the installation one signed in with, and forgotten."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from api.db import Database
from api.models import Device
from tests.factories import PASSWORD, make_device, make_staff

INSTALLATION = "installation-1"
BODY = {"push_address": "an-fcm-token", "platform": "android", "app_version": "1.0.0"}


@pytest.fixture
def phone(app: Flask, database: Database) -> FlaskClient:
    """A courier who signed in on INSTALLATION."""
    with database.unit_of_work() as session:
        number = make_staff(session).phone
    client = app.test_client()
    signed_in = client.post(
        "/v1/auth/login", json={"phone": number, "password": PASSWORD, "installation_id": INSTALLATION}
    )
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {signed_in.json['access_token']}"
    return client


def registered(database: Database) -> list[str]:
    with database.unit_of_work() as session:
        return list(session.scalars(select(Device.push_address)))


def test_somebody_who_has_not_signed_in_is_refused(client: FlaskClient) -> None:
    assert client.put(f"/v1/me/devices/{INSTALLATION}", json=BODY).status_code == 401
    assert client.delete(f"/v1/me/devices/{INSTALLATION}").status_code == 401


def test_a_phone_is_registered_and_can_be_registered_again(phone: FlaskClient, database: Database) -> None:
    answers = [phone.put(f"/v1/me/devices/{INSTALLATION}", json=BODY) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json["installation_id"] == INSTALLATION
    assert answers[0].json["address_kind"] == "token"
    assert registered(database) == ["an-fcm-token"]


def test_b9_the_address_is_not_shown(phone: FlaskClient) -> None:
    answer = phone.put(f"/v1/me/devices/{INSTALLATION}", json=BODY)

    assert set(answer.json) == {"installation_id", "address_kind", "platform", "app_version", "seen_at"}


def test_e2_another_installation_than_the_sessions_is_not_found(phone: FlaskClient) -> None:
    assert phone.put("/v1/me/devices/another-installation", json=BODY).status_code == 404


def test_e1_an_address_moves_to_who_signed_in_last(phone: FlaskClient, database: Database) -> None:
    with database.unit_of_work() as session:
        former = make_device(session, make_staff(session), push_address=BODY["push_address"])

    phone.put(f"/v1/me/devices/{INSTALLATION}", json=BODY)

    with database.unit_of_work() as session:
        owner_id = session.scalars(select(Device.staff_id)).one()
    assert owner_id != former.staff_id


@pytest.mark.parametrize(
    "change",
    [
        {"push_address": ""},
        {"push_address": "x" * 4097},
        {"push_address": "an\taddress"},
        {"push_address": None},
        {"platform": "windows"},
        {"address_kind": "sms"},
        {"staff_id": "01890000-0000-7000-8000-000000000000"},
    ],
)
def test_a_body_that_is_wrong_is_refused(phone: FlaskClient, change: dict[str, Any]) -> None:
    answer = phone.put(f"/v1/me/devices/{INSTALLATION}", json={**BODY, **change})

    assert answer.status_code == 422
    assert list(answer.json["errors"]) == list(change)


def test_a_phone_is_forgotten(phone: FlaskClient, database: Database) -> None:
    phone.put(f"/v1/me/devices/{INSTALLATION}", json=BODY)

    assert phone.delete(f"/v1/me/devices/{INSTALLATION}").status_code == 204
    assert registered(database) == []
    assert phone.delete(f"/v1/me/devices/{INSTALLATION}").status_code == 404


def test_e3_signing_out_forgets_the_phone(phone: FlaskClient, database: Database) -> None:
    phone.put(f"/v1/me/devices/{INSTALLATION}", json=BODY)

    phone.post("/v1/auth/logout")

    assert registered(database) == []
