"""The log: one line for each request, with routes instead of paths, and never a secret or a person in it."""

import pytest

from api import security
from api.domain.vocabulary import Role
from api.models import SignInThrottle
from tests.factories import PASSWORD, make_link
from tests.fakes import NOW
from tests.signing_in import INSTALLATION, NOBODY, PHONE, bearer, me, refresh, sign_in

NAME = "欧阳修"


@pytest.fixture
def courier(hire):
    return hire(Role.COURIER, phone=PHONE, name=NAME)


def requests(log):
    return [line for line in log.lines() if line["event"] == "request.done"]


def test_a_request_is_one_line(client, courier, log):
    tokens = sign_in(client).json

    me(client, tokens)

    line = requests(log)[-1]
    assert line.pop("ms") > 0
    assert line.pop("timestamp").endswith("Z")
    assert len(line.pop("request_id")) == 32
    assert line == {
        "event": "request.done",
        "level": "info",
        "method": "GET",
        "route": "/v1/me",
        "status": 200,
        "refusal": None,
        "staff_id": str(courier.id),
    }


def test_a_refusal_names_its_code(client, log):
    client.get("/v1/me")
    client.get("/v1/no/such/path?phone=13800138000")

    assert [(line["route"], line["refusal"]) for line in requests(log)] == [
        ("/v1/me", "unauthenticated"),
        ("unknown", "not_found"),
    ]


def test_f7_d7_a_links_token_is_not_logged(client, database, log):
    with database.unit_of_work() as session:
        link = make_link(session)
        token = security.vault_of(session).links.token(link.id, link.key_id)

    client.get(f"/v1/links/{token}")
    client.get(f"/l/{token}")
    client.get(f"/l/{token}/no/such/page")

    assert len(requests(log)) == 3
    assert token not in log.text()


def test_f7_what_slips_into_a_crash_is_masked(app, client, log):
    def view():
        raise ZeroDivisionError(f"the driver's own words, with a value: {PHONE}")

    app.testing, app.view_functions = False, app.view_functions | {"health.get_live": view}

    client.get("/health/live")

    crash = next(line for line in log.lines() if line["event"] == "request.crashed")
    assert "ZeroDivisionError: the driver's own words, with a value: ***" in crash["exception"]
    assert PHONE.removeprefix("+86") not in log.text()


def test_f7_no_secret_and_no_person_is_logged(client, courier, signed_in, hire, log):
    boss = signed_in(hire(Role.MANAGER))
    tokens = sign_in(client).json
    successor = refresh(client, tokens).json
    secrets = [
        *(PASSWORD, "a wrong password", "a new password", PHONE, NOBODY, NAME, INSTALLATION, "fcm-token-1"),
        *(tokens["access_token"], tokens["refresh_token"]),
        *(successor["access_token"], successor["refresh_token"]),
    ]

    for _ in range(6):
        sign_in(client, password="a wrong password")
    sign_in(client, phone=NOBODY)
    client.put(
        f"/v1/me/devices/{INSTALLATION}",
        json={
            "push_address": "fcm-token-1",
            "address_kind": "token",
            "platform": "android",
            "app_version": "1",
        },
        headers=bearer(successor["access_token"]),
    )
    boss.post(f"/v1/staff/{courier.id}/password", json={"password": "a new password"})
    refresh(client, {"refresh_token": successor["access_token"]})
    refresh(client, successor)
    me(client, tokens)

    assert len(requests(log)) > 10
    assert not [secret for secret in secrets if secret.removeprefix("+86") in log.text()]


def test_a7_a8_a_lock_out_is_a_warning_that_names_the_kind_of_counter(client, courier, log):
    for _ in range(5):
        sign_in(client, password="a wrong password")

    warnings = [line for line in log.lines() if line["event"] == "security.sign_in_locked"]
    assert [line["counter"] for line in warnings] == ["account"]


def test_a8_a_locked_network_is_an_error(client, database, log):
    with database.unit_of_work() as session:
        session.add(SignInThrottle(subject="network:127.0.0.0/24", failures=199, window_started_at=NOW))

    sign_in(client, phone=NOBODY)

    errors = [line for line in log.lines() if line["level"] == "error"]
    assert [(line["event"], line["counter"]) for line in errors] == [("security.network_locked", "network")]


def test_a1_a_reused_refresh_token_is_a_warning(client, courier, clock, log):
    tokens = sign_in(client).json
    refresh(client, tokens)
    clock.tick(seconds=31)

    refresh(client, tokens)

    warning = next(line for line in log.lines() if line["event"] == "security.refresh_reuse")
    assert warning["staff_id"] == str(courier.id)
