"""Signing in and refreshing over HTTP: what is given out, and that no kind of token serves as another."""

import hmac
import json
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from api import security
from api.domain.vocabulary import Role
from api.models import AccessToken, ApiKey, EventRecord, RefreshToken, StaffSession
from jobs.drop_expired import drop_expired
from tests.databases import only_postgres
from tests.factories import PASSWORD, make_link
from tests.fakes import NOW
from tests.signing_in import INSTALLATION, NOBODY, PHONE, bearer, me, refresh, sign_in


@pytest.fixture
def courier(hire):
    return hire(Role.COURIER, phone=PHONE)


@pytest.fixture
def tokens(client, courier):
    """What the courier's phone was given at sign-in."""
    return sign_in(client).json


def without_request_id(answer):
    return {name: value for name, value in answer.json.items() if name != "request_id"}


class TestSignIn:
    def test_a_courier_signs_in_and_is_known(self, client, courier):
        answer = sign_in(client)

        assert answer.status_code == 200
        assert answer.json["token_type"] == "Bearer"
        assert answer.json["expires_in"] == 900
        assert answer.json["staff"]["id"] == str(courier.id)
        assert me(client, answer.json).json["id"] == str(courier.id)

    @pytest.mark.parametrize("spelling", ["138 0013 8000", "+86 138-0013-8000", "008613800138000"])
    def test_a_phone_number_may_be_spelt_in_any_usual_way(self, client, courier, spelling):
        assert sign_in(client, phone=spelling).status_code == 200

    def test_a7_an_unknown_account_gets_the_same_answer_as_a_wrong_password(self, client, courier):
        wrong = sign_in(client, password="not the password")
        unknown = sign_in(client, phone=NOBODY)

        assert wrong.status_code == unknown.status_code == 401
        assert without_request_id(wrong) == without_request_id(unknown)
        assert wrong.json["code"] == "wrong_phone_or_password"

    def test_a_deactivated_account_gets_the_same_answer_as_a_wrong_password(self, client, hire):
        hire(Role.COURIER, phone=PHONE, deactivated_at=NOW)

        assert sign_in(client).json["code"] == "wrong_phone_or_password"

    def test_a_phone_that_signs_in_again_ends_its_former_session(self, client, tokens):
        again = sign_in(client).json

        assert me(client, tokens).status_code == 401
        assert len(client.get("/v1/me/sessions", headers=bearer(again["access_token"])).json["items"]) == 1

    def test_a_second_phone_has_a_session_of_its_own(self, client, tokens):
        sign_in(client, installation_id="installation-2")

        assert me(client, tokens).status_code == 200

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("phone", "no number"),
            ("phone", 13800138000),
            ("phone", None),
            ("password", ""),
            ("password", "x" * 129),
            ("installation_id", "short"),
            ("installation_id", "tab\tin the middle"),
        ],
    )
    def test_what_is_malformed_is_refused_by_name(self, client, field, value):
        body = {"phone": PHONE, "password": PASSWORD, "installation_id": INSTALLATION, field: value}

        answer = client.post("/v1/auth/login", json=body)

        assert answer.status_code == 422
        assert list(answer.json["errors"]) == [field]

    def test_tokens_are_stored_as_hashes_only(self, client, tokens, database):
        with database.unit_of_work(read_only=True) as session:
            access = session.scalars(select(AccessToken.token_hash)).all()
            refreshing = session.scalars(select(RefreshToken.token_hash)).all()

        assert access == [security.token_hash(tokens["access_token"])]
        assert refreshing == [security.token_hash(tokens["refresh_token"])]

    def test_an_access_token_lives_fifteen_minutes(self, client, tokens, clock):
        clock.tick(minutes=14, seconds=59)
        assert me(client, tokens).status_code == 200

        clock.tick(seconds=1)
        assert me(client, tokens).status_code == 401


class TestRefresh:
    def test_a_refresh_token_is_exchanged_for_new_tokens(self, client, tokens):
        successor = refresh(client, tokens)

        assert successor.status_code == 200
        assert me(client, successor.json).status_code == 200
        assert me(client, tokens).status_code == 401

    def test_a_session_goes_on_as_long_as_it_is_refreshed(self, client, tokens, clock):
        for _ in range(3):
            clock.tick(days=29)
            tokens = refresh(client, tokens).json

        assert me(client, tokens).status_code == 200

    def test_a_refresh_token_ends_after_thirty_days(self, client, tokens, clock):
        clock.tick(days=30)

        answer = refresh(client, tokens)

        assert answer.status_code == 401
        assert answer.json["code"] == "invalid_refresh_token"

    def test_a1_a_replay_outside_the_overlap_revokes_the_whole_family(self, client, tokens, clock, database):
        successor = refresh(client, tokens).json
        clock.tick(seconds=31)

        replayed = refresh(client, tokens)

        assert replayed.status_code == 401
        assert replayed.json["code"] == "refresh_token_reused"
        assert me(client, successor).status_code == 401
        assert refresh(client, successor).json["code"] == "invalid_refresh_token"
        with database.unit_of_work(read_only=True) as session:
            assert session.scalar(select(StaffSession.end_reason)) == "refresh_reuse"
            assert "session.refresh_reused" in session.scalars(select(EventRecord.name)).all()

    def test_a1_other_phones_of_the_same_person_stay_signed_in(self, client, tokens, clock):
        other = sign_in(client, installation_id="installation-2").json
        refresh(client, tokens)
        clock.tick(seconds=31)

        refresh(client, tokens)

        assert me(client, other).status_code == 200

    def test_a2_a_repeat_within_the_overlap_gets_the_same_successor(self, client, tokens, clock):
        first = refresh(client, tokens).json
        clock.tick(seconds=30)

        repeated = refresh(client, tokens).json

        assert repeated == first
        assert me(client, first).status_code == 200

    @only_postgres
    def test_a2_two_threads_that_refresh_at_once_get_the_same_successor(self, app, tokens):
        at_once = Barrier(2)

        def refresh_now(_):
            at_once.wait()
            return refresh(app.test_client(), tokens).json["refresh_token"]

        with ThreadPoolExecutor(2) as threads:
            successors = set(threads.map(refresh_now, range(2)))

        assert len(successors) == 1

    def test_a3_a_replay_after_its_successor_was_used_revokes_the_family(self, client, tokens):
        second = refresh(client, tokens).json
        third = refresh(client, second).json

        replayed = refresh(client, tokens)

        assert replayed.json["code"] == "refresh_token_reused"
        assert me(client, third).status_code == 401

    def test_the_sealed_successor_is_erased_once_it_is_of_no_more_use(
        self, client, tokens, clock, job_context, database
    ):
        refresh(client, tokens)
        assert seals(database) == 1

        clock.tick(seconds=31)
        drop_expired(job_context)

        assert seals(database) == 0

    def test_the_sealed_successor_is_erased_when_the_successor_is_used(self, client, tokens, database):
        second = refresh(client, tokens).json
        refresh(client, second)

        assert seals(database) == 1


SEALED = RefreshToken.successor_sealed.is_not(None)


def seals(database):
    with database.unit_of_work(read_only=True) as session:
        return len(
            session.scalars(select(RefreshToken).where(RefreshToken.successor_sealed.is_not(None))).all()
        )


class TestKindsOfTokens:
    """A5: no kind of token serves as another."""

    def test_a5_a_refresh_token_opens_nothing(self, client, tokens):
        assert client.get("/v1/me", headers=bearer(tokens["refresh_token"])).status_code == 401

    def test_a5_an_access_token_does_not_refresh(self, client, tokens):
        assert refresh(client, {"refresh_token": tokens["access_token"]}).status_code == 401

    def test_a5_an_api_key_does_not_refresh(self, client, database, hire):
        key = api_key(database, hire(Role.INTEGRATION))

        assert client.get("/v1/me", headers=bearer(key)).status_code == 200
        assert refresh(client, {"refresh_token": key}).status_code == 401

    def test_a5_a_link_token_opens_nothing_of_the_staff(self, client, database):
        with database.unit_of_work() as session:
            link = make_link(session)
            token = security.vault_of(session).links.token(link.id, link.key_id)

        assert client.get("/v1/me", headers=bearer(token)).status_code == 401
        assert refresh(client, {"refresh_token": token}).status_code == 401

    def test_a5_an_access_token_opens_no_link(self, client, tokens):
        assert client.get(f"/v1/links/{tokens['access_token']}").status_code == 404

    @pytest.mark.parametrize(
        "kind", [security.ACCESS_PREFIX, security.REFRESH_PREFIX, security.API_KEY_PREFIX]
    )
    def test_a5_another_prefix_makes_a_token_unknown(self, client, tokens, kind):
        secret = tokens["access_token"].removeprefix(security.ACCESS_PREFIX)

        answer = client.get("/v1/me", headers=bearer(kind + secret))

        assert (answer.status_code == 200) is (kind == security.ACCESS_PREFIX)

    @pytest.mark.parametrize(
        "header",
        [
            {"alg": "none"},
            {"alg": "HS256"},
            {"alg": "HS256", "kid": "../../../dev/null"},
            {"alg": "RS256", "jku": "https://evil.example/keys"},
        ],
        ids=lambda header: ", ".join(header.values()),
    )
    def test_a4_what_looks_like_a_jwt_is_a_token_that_nobody_issued(self, client, courier, header):
        claims = {"sub": str(courier.id), "role": "admin", "aud": "access", "exp": 4_102_444_800}
        head, body = (
            urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, claims)
        )
        signature = urlsafe_b64encode(hmac.digest(b"", f"{head}.{body}".encode(), "sha256")).decode()

        for token in (f"{head}.{body}.", f"{head}.{body}.{signature}", f"dsa_{head}.{body}."):
            assert client.get("/v1/me", headers=bearer(token)).status_code == 401
            assert refresh(client, {"refresh_token": token}).status_code in {401, 422}  # Ours are shorter.
            assert client.get(f"/v1/links/{token}").status_code == 404

    def test_a_key_of_somebody_who_is_no_machine_opens_nothing(self, client, database, courier):
        key = api_key(database, courier)

        assert client.get("/v1/me", headers=bearer(key)).status_code == 401

    @pytest.mark.parametrize(
        "header", ["", "Bearer", "Bearer ", "Basic Zm9vOmJhcg==", "Bearer \xff\xfe", "dsa_x"]
    )
    def test_what_is_no_bearer_token_is_refused(self, client, header):
        answer = client.get("/v1/me", headers={"Authorization": header})

        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def api_key(database, member):
    key = security.new_token(security.API_KEY_PREFIX)
    with database.unit_of_work() as session:
        session.add(
            ApiKey(staff_id=member.id, key_hash=security.token_hash(key), label="dispatch", created_at=NOW)
        )
    return key
