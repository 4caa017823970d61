"""Ending sessions over HTTP: signing out, a stolen phone, a new role, a new password, a deactivation."""

import pytest
from sqlalchemy import select

from api import services
from api.domain.principal import Principal
from api.domain.vocabulary import Role
from api.models import Device, SignInThrottle, StaffMember, StaffSession
from tests.factories import PASSWORD, make_device
from tests.fakes import NOW
from tests.signing_in import INSTALLATION, PHONE, bearer, me, refresh, sign_in


@pytest.fixture
def courier(hire):
    return hire(Role.COURIER, phone=PHONE)


@pytest.fixture
def tokens(client, courier):
    """What the courier's phone was given at sign-in."""
    return sign_in(client).json


@pytest.fixture
def manager(signed_in, hire):
    return signed_in(hire(Role.MANAGER))


class TestEndingSessions:
    def test_signing_out_ends_the_session_and_forgets_its_push_address(self, client, tokens, database):
        register_phone(client, tokens)

        answer = client.post("/v1/auth/logout", headers=bearer(tokens["access_token"]))

        assert answer.status_code == 204
        assert me(client, tokens).status_code == 401
        assert refresh(client, tokens).status_code == 401
        assert devices(database) == 0

    def test_a6_a_deactivated_account_is_shut_out_at_once(self, client, tokens, manager, courier):
        manager.post(f"/v1/staff/{courier.id}/deactivation")

        assert me(client, tokens).status_code == 401
        assert refresh(client, tokens).status_code == 401
        assert sign_in(client).status_code == 401

    def test_a6_a_new_role_ends_the_sessions_of_the_old_one(self, client, tokens, manager, courier):
        manager.patch(f"/v1/staff/{courier.id}", json={"role": "dispatcher"}, headers={"If-Match": '"1"'})

        assert me(client, tokens).status_code == 401
        assert refresh(client, tokens).status_code == 401
        assert sign_in(client).json["staff"]["role"] == "dispatcher"

    def test_a6_a_role_that_is_changed_in_the_database_holds_from_the_next_request(
        self, client, tokens, courier, database
    ):
        with database.unit_of_work() as session:
            session.get_one(StaffMember, courier.id).token_epoch += 1

        assert me(client, tokens).status_code == 401

    def test_a_reset_password_ends_every_session(self, client, tokens, manager, courier):
        manager.post(f"/v1/staff/{courier.id}/password", json={"password": "a new password"})

        assert me(client, tokens).status_code == 401
        assert sign_in(client, password="a new password").status_code == 200

    def test_a10_a_manager_ends_the_session_of_a_stolen_phone(
        self, client, tokens, manager, courier, database
    ):
        register_phone(client, tokens)
        kept = sign_in(client, installation_id="installation-2").json
        sessions = manager.get(f"/v1/staff/{courier.id}/sessions").json["items"]
        stolen = next(one for one in sessions if one["installation_id"] == INSTALLATION)

        answer = manager.delete(f"/v1/staff/{courier.id}/sessions/{stolen['id']}")

        assert answer.status_code == 204
        assert me(client, tokens).status_code == 401
        assert devices(database) == 0
        assert me(client, kept).status_code == 200

    def test_a10_the_courier_himself_ends_the_session_of_a_stolen_phone(self, client, tokens, database):
        register_phone(client, tokens)
        spare = bearer(sign_in(client, installation_id="installation-2").json["access_token"])
        sessions = client.get("/v1/me/sessions", headers=spare).json["items"]
        stolen = next(one for one in sessions if one["installation_id"] == INSTALLATION)

        answer = client.delete(f"/v1/me/sessions/{stolen['id']}", headers=spare)

        assert answer.status_code == 204
        assert me(client, tokens).status_code == 401
        assert devices(database) == 0

    def test_a10_session_and_push_address_go_together_or_not_at_all(self, database, courier):
        with database.unit_of_work() as session:
            phone = make_device(session, session.get_one(StaffMember, courier.id))

        with pytest.raises(Crash):
            end_and_crash(database, phone, courier)

        with database.unit_of_work(read_only=True) as session:
            assert session.get_one(StaffSession, phone.session_id).ended_at is None
        assert devices(database) == 1

    def test_nobody_ends_the_session_of_another(self, client, tokens, signed_in, hire):
        mine = client.get("/v1/me/sessions", headers=bearer(tokens["access_token"])).json["items"][0]["id"]

        answer = signed_in(hire(Role.COURIER)).delete(f"/v1/me/sessions/{mine}")

        assert answer.status_code == 404
        assert me(client, tokens).status_code == 200


class Crash(Exception):
    """The process dies before the end of its unit of work."""


def end_and_crash(database, phone, courier):
    by = Principal(courier.id, courier.branch_id, courier.role, courier.locale, phone.session_id)
    with database.unit_of_work() as session:
        services.sign_in.end_sessions(
            session, [phone.session_id], staff_id=courier.id, reason="stolen", by=by, now=NOW
        )
        raise Crash


def register_phone(client, tokens):
    answer = client.put(
        f"/v1/me/devices/{INSTALLATION}",
        json={
            "push_address": "fcm-token-1",
            "address_kind": "token",
            "platform": "android",
            "app_version": "1.0.0",
        },
        headers=bearer(tokens["access_token"]),
    )
    assert answer.status_code == 200, answer.json


def devices(database):
    with database.unit_of_work(read_only=True) as session:
        return len(session.scalars(select(Device.id)).all())


class TestChangingThePassword:
    def test_the_new_password_holds_and_other_phones_are_signed_out(self, client, tokens):
        other = sign_in(client, installation_id="installation-2").json

        answer = change_password(client, tokens, PASSWORD)

        assert answer.status_code == 204
        assert me(client, tokens).status_code == 200
        assert me(client, other).status_code == 401
        assert sign_in(client).status_code == 401
        assert sign_in(client, password="a new password").status_code == 200

    def test_a_wrong_old_password_is_refused_and_counted(self, client, tokens, database):
        answer = change_password(client, tokens, "a guess")

        assert answer.status_code == 403
        assert answer.json["code"] == "wrong_password"
        with database.unit_of_work(read_only=True) as session:
            of_account = SignInThrottle.subject == f"account:{PHONE}"
            assert session.scalar(select(SignInThrottle.failures).where(of_account)) == 1

    def test_a7_the_old_password_cannot_be_guessed_from_a_found_phone(self, client, tokens):
        for _ in range(5):
            change_password(client, tokens, "a guess")

        assert change_password(client, tokens, PASSWORD).status_code == 429

    def test_a_short_password_is_refused_by_name(self, client, tokens):
        answer = change_password(client, tokens, PASSWORD, new="7 chars")

        assert answer.status_code == 422
        assert list(answer.json["errors"]) == ["new_password"]


def change_password(client, tokens, old, new="a new password"):
    return client.post(
        "/v1/auth/password",
        json={"old_password": old, "new_password": new},
        headers=bearer(tokens["access_token"]),
    )
