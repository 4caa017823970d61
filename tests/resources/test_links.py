"""Links over HTTP: handed out by staff, and used through their JSON twins by whoever holds the token."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from api import security
from api.domain.vocabulary import LinkPurpose, PickupState, Role
from api.models import Base, Feedback
from tests.factories import (
    make_contact,
    make_customer,
    make_link,
    make_pickup,
    make_site,
    make_wait,
)
from tests.fakes import NOW

MINUTE = timedelta(minutes=1)
PERSONAL = ("李芳", "13800", "138*", "138 ", "世纪大道", "东方贸易", "王小明")
READY = {"answer": "ready", "goods_packed": True, "papers_printed": True, "parcels": 3}


@pytest.fixture
def courier(hire):
    return hire(Role.COURIER)


@pytest.fixture
def pickup(database, branch, courier):
    with database.unit_of_work() as session:
        customer = make_customer(session, branch)
        site = make_site(session, customer, name="二号仓库")
        return make_pickup(session, site, make_contact(session, customer), courier=courier)


@pytest.fixture
def link(database, pickup):
    """Makes a link of the pickup and returns the path of its twin: `link(LinkPurpose.FEEDBACK)`."""

    def make(purpose=LinkPurpose.PICKUP, **details):
        with database.unit_of_work() as session:
            made = make_link(session, pickup, purpose=purpose, **details)
            return f"/v1/links/{security.vault_of(session).links.token(made.id, made.key_id)}"

    return make


@pytest.fixture
def at_door(database, pickup):
    """The courier arrives; his clock starts after `early`."""

    def arrive(early=timedelta()):
        with database.unit_of_work() as session:
            session.get_one(type(pickup), pickup.id).state = PickupState.AT_DOOR
            make_wait(session, pickup, clock_started_at=NOW + early, deadline_at=NOW + early + 5 * MINUTE)

    return arrive


def rows(database):
    """Return how many rows every table has."""
    with database.unit_of_work(read_only=True) as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table))
            for table in Base.metadata.sorted_tables
        }


class TestShareLink:
    def test_it_needs_a_sign_in(self, client, pickup):
        answer = client.post(f"/v1/pickups/{pickup.id}/links", json={"purpose": "pickup"})

        assert answer.status_code == 401

    def test_a_sales_rep_has_no_business_with_it(self, signed_in, hire, pickup):
        rep = signed_in(hire(Role.SALES_REP))

        assert rep.post(f"/v1/pickups/{pickup.id}/links", json={"purpose": "pickup"}).status_code == 403

    def test_b1_courier_shares_anothers_pickup(self, signed_in, hire, pickup):
        stranger = signed_in(hire(Role.COURIER))

        assert stranger.post(f"/v1/pickups/{pickup.id}/links", json={"purpose": "pickup"}).status_code == 404

    @pytest.mark.parametrize("purpose", ["preferences", "case"])
    def test_a_purpose_without_a_page_is_not_found(self, signed_in, courier, pickup, purpose):
        answer = signed_in(courier).post(f"/v1/pickups/{pickup.id}/links", json={"purpose": purpose})

        assert (answer.status_code, answer.json["code"]) == (404, "link_unknown")

    def test_nothing_is_rated_before_somebody_came(self, signed_in, courier, pickup):
        answer = signed_in(courier).post(f"/v1/pickups/{pickup.id}/links", json={"purpose": "feedback"})

        assert (answer.status_code, answer.json["code"]) == (409, "nothing_to_rate_yet")

    def test_a_courier_gets_address_and_words_for_his_share_sheet(self, client, signed_in, courier, pickup):
        answer = signed_in(courier).post(f"/v1/pickups/{pickup.id}/links", json={"purpose": "pickup"})

        assert answer.status_code == 201
        assert answer.json["url"] in answer.json["text"]
        token = answer.json["url"].rpartition("/")[2]
        assert client.get(f"/v1/links/{token}").json["purpose"] == "pickup"


class TestFeedbackQr:
    def test_the_code_is_an_svg_that_no_cache_keeps(self, signed_in, courier, pickup, link):
        link(LinkPurpose.FEEDBACK)

        answer = signed_in(courier).get(f"/v1/pickups/{pickup.id}/feedback-qr.svg")

        assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
        assert b"<svg" in answer.data
        assert answer.headers["Cache-Control"] == "no-store"

    def test_it_comes_as_a_picture_too(self, signed_in, courier, pickup, link):
        link(LinkPurpose.FEEDBACK)

        answer = signed_in(courier).get(f"/v1/pickups/{pickup.id}/feedback-qr.png")

        assert (answer.status_code, answer.mimetype) == (200, "image/png")
        assert answer.data.startswith(b"\x89PNG")

    def test_there_is_none_before_a_collection(self, signed_in, courier, pickup):
        answer = signed_in(courier).get(f"/v1/pickups/{pickup.id}/feedback-qr.svg")

        assert (answer.status_code, answer.json["code"]) == (409, "nothing_to_rate_yet")


class TestGetLink:
    def test_d3_unknown_tokens_all_look_alike(self, client):
        answers = [client.get(f"/v1/links/{token}") for token in ("A" * 22, "x", "%00", "A" * 500)]

        assert {(answer.status_code, answer.json["code"]) for answer in answers} == {(404, "link_unknown")}

    def test_d3_a_network_that_guesses_on_is_slowed_down(self, client, clock, link):
        live = link()
        statuses = [client.get(f"/v1/links/guess-{n}").status_code for n in range(61)]
        clock.tick(seconds=61)

        assert statuses == [404] * 60 + [429]
        assert client.get(live).status_code == 200

    def test_d6_a_stranger_with_the_link_sees_the_minimum(self, client, link):
        answer = client.get(link())

        assert answer.status_code == 200
        assert not [word for word in PERSONAL if word in answer.text]
        assert answer.json["pickup"]["site_name"] == "二号仓库"

    def test_d1_reading_any_number_of_times_changes_nothing(self, client, database, link):
        path = link()
        before = rows(database)

        for method in ("GET", "HEAD", "OPTIONS") * 3:
            assert client.open(path, method=method).status_code == 200

        assert rows(database) == before

    def test_d5_an_expired_link_is_gone_without_any_customer_data(self, client, branch, link):
        answer = client.get(link(expires_at=NOW))

        assert (answer.status_code, answer.json["code"]) == (410, "link_expired")
        assert answer.json["hotline"] == branch.hotline
        assert not [word for word in (*PERSONAL, "二号仓库") if word in answer.text]

    def test_d5_a_revoked_link_is_gone(self, client, link):
        assert client.get(link(revoked_at=NOW)).json["code"] == "link_revoked"

    def test_d7_the_answer_stays_out_of_caches_and_referrers(self, client, link):
        headers = client.get(link()).headers

        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "Access-Control-Allow-Origin" not in headers

    def test_d7_a_token_never_reaches_the_log(self, client, link, caplog, capsys):
        path = link()
        caplog.set_level("DEBUG")

        client.get(path)
        client.post(f"{path}/readiness", json=READY)

        token = path.rpartition("/")[2]
        printed = capsys.readouterr()
        assert token not in caplog.text + printed.out + printed.err

    def test_the_waits_clock_is_the_couriers_clock(self, client, signed_in, courier, pickup, link, at_door):
        at_door()

        shown = client.get(link()).json["wait"]

        wait = signed_in(courier).get(f"/v1/pickups/{pickup.id}/wait").json
        assert {name: wait[name] for name in ("colour", "deadline_at", "remaining_seconds")}.items() <= (
            shown.items()
        )

    def test_d4_a_feedback_link_tells_nothing_of_the_wait(self, client, link, at_door):
        at_door()

        shown = client.get(link(LinkPurpose.FEEDBACK)).json

        assert (shown["wait"], shown["readiness"]) == (None, None)


class TestAnswerReadiness:
    def test_the_answer_is_kept_and_shown_to_the_courier(self, client, signed_in, courier, pickup, link):
        answer = client.post(f"{link()}/readiness", json=READY)

        assert answer.status_code == 200
        assert answer.json["readiness"].items() >= READY.items()
        seen = signed_in(courier).get(f"/v1/pickups/{pickup.id}").json
        assert "green" in str(seen)

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "answer"),
            ({"answer": "maybe"}, "answer"),
            ({"answer": "in_minutes"}, "minutes"),
            ({"answer": "in_minutes", "minutes": 7}, "minutes"),
            ({"answer": "in_minutes", "minutes": "10"}, "minutes"),
            ({"answer": "ready", "parcels": 0}, "parcels"),
            ({"answer": "ready", "goods_packed": "yes"}, "goods_packed"),
            ({"answer": "ready", "pickup_id": "1"}, "pickup_id"),
        ],
    )
    def test_bad_input_is_refused_by_its_field_and_keeps_nothing(self, client, database, link, body, field):
        answer = client.post(f"{link()}/readiness", json=body)

        assert answer.status_code == 422
        assert field in answer.json["errors"]
        assert rows(database)["readiness_answers"] == 0

    def test_d4_a_feedback_link_cannot_answer(self, client, database, link):
        answer = client.post(f"{link(LinkPurpose.FEEDBACK)}/readiness", json=READY)

        assert (answer.status_code, answer.json["code"]) == (404, "link_unknown")
        assert rows(database)["readiness_answers"] == 0

    def test_d11_a_form_from_another_site_is_not_json(self, client, link):
        answer = client.post(f"{link()}/readiness", data="answer=ready", content_type="text/plain")

        assert answer.status_code == 415

    def test_at_the_door_it_names_what_to_do_instead(self, client, link, at_door):
        at_door()

        answer = client.post(f"{link()}/readiness", json={"answer": "in_minutes", "minutes": 5})

        assert (answer.status_code, answer.json["code"]) == (409, "courier_has_arrived")
        assert answer.json["instead"] == "extension"

    def test_ready_while_the_courier_is_early_starts_the_clock(self, client, link, at_door):
        at_door(early=20 * MINUTE)

        answer = client.post(f"{link()}/readiness", json=READY)

        assert answer.json["wait"]["colour"] == "green"
        assert answer.json["wait"]["remaining_seconds"] == 300


class TestAskExtension:
    def test_more_time_is_granted_when_nothing_else_waits(self, client, link, at_door):
        at_door()

        answer = client.post(f"{link()}/extension", json={"minutes": 5})

        assert answer.json["wait"]["extension"] == {"state": "granted", "minutes": 5}
        assert answer.json["wait"]["remaining_seconds"] == 600

    def test_it_is_asked_once(self, client, link, at_door):
        at_door()
        path = f"{link()}/extension"
        client.post(path, json={"minutes": 5})

        assert client.post(path, json={"minutes": 5}).json["code"] == "extension_already_asked"

    def test_nobody_waits_yet(self, client, link):
        answer = client.post(f"{link()}/extension", json={"minutes": 5})

        assert (answer.status_code, answer.json["code"]) == (409, "wait_not_running")


class TestGiveFeedback:
    @pytest.fixture
    def path(self, link):
        return f"{link(LinkPurpose.FEEDBACK)}/feedback"

    def test_a_rating_is_kept_and_shown(self, client, path):
        body = {
            "score": 2,
            "reasons": ["papers"],
            "about": "courier",
            "comment": "没带单据",
            "call_me_back": True,
        }

        answer = client.post(path, json=body)

        assert answer.status_code == 200
        assert answer.json["feedback"].items() >= body.items()

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "score"),
            ({"score": 0}, "score"),
            ({"score": 6}, "score"),
            ({"score": 5, "reasons": ["late"]}, "reasons"),
            ({"score": 1, "reasons": ["weather"]}, "reasons"),
            ({"score": 1, "comment": "x" * 2001}, "comment"),
            ({"score": 1, "comment": "bell\a"}, "comment"),
            ({"score": 1, "about": "weather"}, "about"),
        ],
    )
    def test_bad_input_is_refused_by_its_field_and_keeps_nothing(self, client, database, path, body, field):
        answer = client.post(path, json=body)

        assert answer.status_code == 422
        assert field in answer.json["errors"]
        assert rows(database)["feedback"] == 0

    def test_d9_a_megabyte_of_complaint_is_too_large(self, client, path):
        assert client.post(path, json={"score": 1, "comment": "x" * 1_100_000}).status_code == 413

    def test_d8_a_thousand_changes_are_one_rating(self, client, database, path):
        for n in range(30):
            client.post(path, json={"score": 1 + n % 5})

        with database.unit_of_work(read_only=True) as session:
            kept = session.scalars(select(Feedback)).all()
        assert [(rating.score, rating.version) for rating in kept] == [(5, 30)]

    def test_after_a_day_the_rating_is_final(self, client, clock, database, pickup):
        with database.unit_of_work() as session:
            made = make_link(
                session, pickup, purpose=LinkPurpose.FEEDBACK, expires_at=NOW + timedelta(days=7)
            )
            path = f"/v1/links/{security.vault_of(session).links.token(made.id, made.key_id)}/feedback"
        client.post(path, json={"score": 4})
        clock.tick(hours=24)

        answer = client.post(path, json={"score": 1})

        assert (answer.status_code, answer.json["code"]) == (409, "feedback_is_final")
