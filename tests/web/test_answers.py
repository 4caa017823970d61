"""What every answer has: a request id, safe headers, one shape for refusals; and what a crash looks like."""

import json
import re

import pytest
from flask import Flask
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.domain.vocabulary import Role
from api.failures import OutcomeUnknown
from api.models import ServedRevision
from migrations import runner
from tests.databases import only_sqlite

pytestmark = only_sqlite


@pytest.fixture
def served(app: Flask) -> Flask:
    """The application as people meet it: a crash is answered, not raised."""
    app.testing = False
    return app


def crashing(app, failure):
    """Returns the answer of a route that fails like this."""

    def view():
        raise failure

    app.view_functions = app.view_functions | {"health.get_live": view}
    return app.test_client().get("/health/live")


class Driver(Exception):
    """What a database's driver raises."""

    def __init__(self, reason=None):
        super().__init__("the driver's own words, with a value: 13800138000")
        self.sqlstate = reason


class TestHeaders:
    def test_nothing_is_cached_sniffed_framed_or_passed_on(self, client):
        headers = client.get("/health/live").headers

        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Strict-Transport-Security"] == "max-age=31536000"

    def test_a_refusal_has_them_too(self, client):
        assert client.get("/v1/me").headers["Cache-Control"] == "no-store"
        assert client.get("/nowhere").headers["X-Content-Type-Options"] == "nosniff"

    def test_no_other_origin_may_read_an_answer(self, client):
        headers = client.get("/health/live", headers={"Origin": "https://evil.example"}).headers

        assert not [name for name, _ in headers if name.lower().startswith("access-control-")]


class TestRequestId:
    def test_every_answer_has_one_of_its_own(self, client):
        first, second = (client.get("/health/live").headers["X-Request-Id"] for _ in range(2))

        assert re.fullmatch("[0-9a-f]{32}", first)
        assert first != second

    def test_a_callers_id_is_taken_over(self, client):
        answer = client.get("/v1/me", headers={"X-Request-Id": "phone-7-00042"})

        assert answer.headers["X-Request-Id"] == answer.json["request_id"] == "phone-7-00042"

    @pytest.mark.parametrize(
        "wished", ["short", "x" * 65, "with blanks in it", "line-break-\u2028", "a'; DROP"]
    )
    def test_one_that_could_mislead_a_log_is_not(self, client, wished):
        answer = client.get("/health/live", headers={"X-Request-Id": wished.encode().decode("latin-1")})

        assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"])


class TestVersions:
    def test_who_has_the_newest_version_gets_no_body(self, signed_in, hire):
        client = signed_in(hire(Role.COURIER))

        answer = client.get("/v1/me", headers={"If-None-Match": '"1"'})

        assert answer.status_code == 304
        assert answer.headers["ETag"] == '"1"'
        assert answer.data == b""

    def test_who_has_an_older_one_gets_the_newest(self, signed_in, hire):
        answer = signed_in(hire(Role.COURIER)).get("/v1/me", headers={"If-None-Match": '"0"'})

        assert answer.status_code == 200

    def test_a_refusal_has_no_version(self, client):
        assert "ETag" not in client.get("/v1/me", headers={"If-None-Match": "*"}).headers


class TestRefusals:
    def test_a_refusal_is_a_problem_with_a_stable_code(self, client):
        answer = client.get("/v1/me")

        assert answer.content_type == "application/problem+json"
        assert answer.json == {
            "type": "urn:doorstep:problem:unauthenticated",
            "title": "Unauthorized",
            "status": 401,
            "code": "unauthenticated",
            "detail": "Sign in first.",
            "request_id": answer.headers["X-Request-Id"],
        }

    def test_an_unknown_path_is_not_found(self, client):
        answer = client.get("/v1/nothing")

        assert (answer.status_code, answer.json["code"]) == (404, "not_found")


class TestCrashes:
    def test_a_bug_is_answered_without_a_word_about_it(self, served):
        answer = crashing(served, ZeroDivisionError("13800138000"))

        assert answer.status_code == 500
        assert answer.content_type == "application/problem+json"
        assert answer.json["code"] == "internal"
        assert answer.json["request_id"] == answer.headers["X-Request-Id"]
        assert "13800138000" not in answer.text
        assert "ZeroDivisionError" not in answer.text

    def test_a_customers_page_says_nothing_of_it_either(self, served):
        def view(token):
            raise ZeroDivisionError("13800138000")

        served.view_functions["pages.open_link"] = view

        answer = served.test_client().get(f"/l/{'x' * 22}")

        assert answer.status_code == 500
        assert answer.mimetype == "text/html"
        assert "13800138000" not in answer.text
        assert "ZeroDivisionError" not in answer.text

    def test_the_log_has_the_bug_and_the_request_id(self, served, log):
        answer = crashing(served, ZeroDivisionError("by nothing"))

        crash = next(line for line in log.lines() if line["event"] == "request.crashed")
        assert crash["request_id"] == answer.json["request_id"]
        assert "ZeroDivisionError: by nothing" in crash["exception"]

    @pytest.mark.parametrize(
        "failure", [PoolTimeout(), OutcomeUnknown(), OperationalError("", {}, Driver("55P03"))]
    )
    def test_a_busy_database_is_asked_again_in_a_moment(self, served, failure):
        answer = crashing(served, failure)

        assert answer.status_code == 503
        assert answer.json["code"] == "busy"
        assert answer.headers["Retry-After"] == "2"

    def test_a_race_that_stays_lost_is_a_conflict(self, served):
        answer = crashing(served, IntegrityError("", {}, Driver("23505")))

        assert answer.status_code == 409
        assert answer.json["code"] == "conflict"
        assert "13800138000" not in answer.text

    def test_a_value_that_a_table_forbids_is_a_bug(self, served):
        assert crashing(served, IntegrityError("", {}, Driver("23502"))).status_code == 500


class TestMetrics:
    def test_they_count_requests_by_route_and_never_by_path(self, client):
        client.get("/v1/staff/01a20000-0000-7000-8000-000000000000")

        metrics = client.get("/metrics").text

        assert 'route="/v1/staff/<uuid:staff_id>",status="401"' in metrics
        assert "01a20000" not in metrics

    def test_an_invented_method_is_no_time_series_of_its_own(self, client):
        client.open("/v1/me", method="INVENTED")

        assert "INVENTED" not in client.get("/metrics").text

    def test_f9_without_a_token_they_are_open_to_this_machine_only(self, client):
        assert client.get("/metrics").status_code == 200
        assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": "203.0.113.7"}).status_code == 401

    @pytest.mark.parametrize("given", ["", "Bearer ", "Bearer wrong", "Bearer \xff"])
    def test_f9_with_a_token_they_are_open_to_who_has_it(self, app, client, given):
        app.config["METRICS_TOKEN"] = "a token for Prometheus"

        assert client.get("/metrics", headers={"Authorization": given}).status_code == 401
        right = {"Authorization": "Bearer a token for Prometheus"}
        assert client.get("/metrics", headers=right).status_code == 200


class TestApiReference:
    def test_every_asset_comes_from_our_own_server(self, client):
        page = client.get("/docs/")
        assets = re.findall(r'(?:src|href)="([^"]+)"', page.text)

        assert page.status_code == 200
        assert "https://" not in page.text
        assert len(assets) == 3
        for asset in assets:
            with client.get(asset) as answer:
                assert answer.status_code == 200

    def test_its_page_may_run_its_own_script_and_nobody_elses(self, client):
        policy = client.get("/docs/").headers["Content-Security-Policy"]

        assert policy.startswith("default-src 'self';")

    def test_the_contract_is_served(self, client):
        assert json.loads(client.get("/docs/openapi.json").text)["openapi"] == "3.1.0"

    @pytest.mark.parametrize("path", ["../app.py", "%2e%2e/app.py", "/etc/passwd", "..%2f..%2fapp.py"])
    def test_f4_no_other_file_is_served(self, client, path):
        assert client.get(f"/docs/assets/{path}").status_code == 404


def note_served(database, *revisions):
    """Leave word which versions the database serves, as a migration does."""
    with database.unit_of_work() as session:
        session.execute(delete(ServedRevision))
        session.add_all([ServedRevision(revision=revision) for revision in revisions])


class TestHealth:
    def test_live_asks_nothing_of_the_database(self, app, client, database):
        app.clock = None
        database.engine.dispose()

        assert client.get("/health/live").json == {"status": "live"}

    def test_ready_names_the_revision(self, client, app):
        assert client.get("/health/ready").json["revision"] == app.config["DATABASE_REVISION"]

    def test_fault_35_a_database_of_a_newer_version_is_ready_for_one_that_it_still_serves(
        self, client, app, database
    ):
        note_served(database, "0007", "as before")
        app.config["DATABASE_REVISION"] = "as before"

        assert client.get("/health/ready").json["revision"] == runner.head()

    def test_a_database_that_serves_this_version_no_more_is_not_ready(self, client, app, database):
        note_served(database, "0008")
        app.config["DATABASE_REVISION"] = "0007"

        assert client.get("/health/ready").json["code"] == "not_ready"

    def test_a_database_of_another_revision_is_not_ready(self, client, app):
        app.config["DATABASE_REVISION"] = "a newer one"

        answer = client.get("/health/ready")

        assert answer.status_code == 503
        assert answer.json["code"] == "not_ready"
