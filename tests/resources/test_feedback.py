"""Ratings over HTTP: what a courier sees of his own, his objection, the branch's list and the review."""

from datetime import timedelta
from uuid import uuid4

import pytest

from api import security
from api.domain.notice_kinds import NoticeKind
from api.domain.vocabulary import LinkPurpose, PickupState, Role, Screening
from api.models import Feedback, Notice
from tests import factories
from tests.fakes import NOW
from tests.rounds import rows
from tests.statements import counted, short

HOME, DOOR = "120.36.4.7", "120.36.4.8"
OBJECTION = {"reason": "客户弄错了人"}


@pytest.fixture
def me(signed_in, courier):
    return signed_in(courier)


@pytest.fixture
def rated(database, pickup_of, courier):
    """Adds a rating of one of the courier's pickups; returns its id."""

    def rated(**columns):
        pickup = pickup_of(columns.pop("courier", courier), state=PickupState.COLLECTED)
        with database.unit_of_work() as session:
            plain = {
                "branch_id": pickup.branch_id,
                "pickup_id": pickup.id,
                "customer_id": pickup.customer_id,
                "contact_id": pickup.contact_id,
                "courier_id": pickup.courier_id,
                "link_id": factories.make_link(session, pickup).id,
                "score": 5,
                "reasons": [],
                "given_at": NOW,
                "changed_at": NOW,
            }
            given = Feedback(**(plain | columns))
            session.add(given)
            session.flush()
            return given.id

    return rated


@pytest.fixture
def rate(client, database, pickup_of, courier):
    """Rates one of the courier's pickups through its link, from a network address."""

    def rate(address, score=5, *, pickup=None):
        pickup = pickup or pickup_of(courier, state=PickupState.COLLECTED)
        with database.unit_of_work() as session:
            link = factories.make_link(
                session, pickup, purpose=LinkPurpose.FEEDBACK, expires_at=NOW + timedelta(days=7)
            )
            token = security.vault_of(session).links.token(link.id, link.key_id)
        answer = client.post(
            f"/v1/links/{token}/feedback",
            json={"score": score},
            environ_overrides={"REMOTE_ADDR": address},
        )
        assert answer.status_code == 200
        return pickup

    return rate


@pytest.fixture
def at_home(client, courier):
    """The courier signs in on his phone, from his own network."""
    answer = client.post(
        "/v1/auth/login",
        json={"phone": courier.phone, "password": factories.PASSWORD, "installation_id": str(uuid4())},
        environ_overrides={"REMOTE_ADDR": HOME},
    )
    assert answer.status_code == 200
    return answer.json


class TestOwn:
    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.COURIER])
    def test_b7_only_couriers_are_rated(self, signed_in, hire, role):
        assert signed_in(hire(role)).get("/v1/me/feedback").status_code == 403

    def test_he_sees_score_and_reasons_but_not_who_wrote_what(self, me, rated):
        rated(score=2, reasons=["late"], comment="李芳：很慢")

        answer = me.get("/v1/me/feedback")

        (seen,) = answer.json["items"]
        assert (seen["score"], seen["reasons"], seen["counts"]) == (2, ["late"], True)
        assert "李芳" not in answer.text
        assert "contact_id" not in seen

    def test_he_is_told_why_one_does_not_count(self, me, rated):
        rated(left_out_because=Screening.AVOIDABLE_WAIT.value)

        (seen,) = me.get("/v1/me/feedback", headers={"Accept-Language": "en"}).json["items"]

        assert (seen["counts"], seen["left_out_because"]) == (False, "avoidable_wait")
        assert seen["text"] == "the customer kept the courier waiting for over 120 s"

    def test_b1_he_does_not_see_anothers(self, me, hire, rated):
        rated(courier=hire(Role.COURIER))

        assert me.get("/v1/me/feedback").json["items"] == []

    def test_it_asks_the_database_as_often_for_one_as_for_many(self, database, me, rated):
        for _ in range(4):
            rated()

        with counted(database) as statements:
            me.get("/v1/me/feedback")

        assert len(statements) == 2, short(statements)


class TestObjection:
    def test_a_courier_objects_once_and_a_manager_hears_of_it(self, database, me, hire, rated):
        manager, path = hire(Role.MANAGER), f"/v1/feedback/{rated(score=1)}/objection"

        first, second = (me.post(path, json=OBJECTION) for _ in range(2))

        assert (first.status_code, first.json["under_review"]) == (200, True)
        assert (second.status_code, second.json["code"]) == (409, "already_objected")
        told = [
            row["staff_id"] for row in rows(database, Notice) if row["kind"] == NoticeKind.FEEDBACK_REVIEW
        ]
        assert told == [manager.id]

    def test_b1_he_does_not_object_to_anothers(self, me, hire, rated):
        path = f"/v1/feedback/{rated(courier=hire(Role.COURIER))}/objection"

        assert me.post(path, json=OBJECTION).status_code == 404

    @pytest.mark.parametrize(("counts", "why"), [(False, "reviewed"), (True, None)])
    def test_the_review_decides_and_the_courier_is_told(
        self, database, me, courier, dispatcher, rated, counts, why
    ):
        feedback_id = rated(score=1)
        me.post(f"/v1/feedback/{feedback_id}/objection", json=OBJECTION)

        answer = dispatcher.post(
            f"/v1/feedback/{feedback_id}/review", json={"counts": counts, "reason": "查过录像"}
        )

        assert (answer.status_code, answer.json["left_out_because"]) == (200, why)
        assert answer.json["objection"] == OBJECTION["reason"]
        told = [row for row in rows(database, Notice) if row["kind"] == NoticeKind.FEEDBACK_REVIEWED]
        assert [row["staff_id"] for row in told] == [courier.id]
        again = dispatcher.post(
            f"/v1/feedback/{feedback_id}/review", json={"counts": counts, "reason": "again"}
        )
        assert (again.status_code, again.json["code"]) == (409, "feedback_not_under_review")

    def test_what_a_rule_left_out_stays_out(self, me, dispatcher, rated):
        feedback_id = rated(left_out_because=Screening.PROTECTED_LEAVE.value)
        me.post(f"/v1/feedback/{feedback_id}/objection", json=OBJECTION)

        answer = dispatcher.post(f"/v1/feedback/{feedback_id}/review", json={"counts": True, "reason": "ok"})

        assert answer.json["left_out_because"] == "protected_leave"

    def test_what_was_decided_not_to_count_is_left_out_of_the_average(self, me, dispatcher, rated):
        for _ in range(10):
            rated(score=5)
        feedback_id = rated(score=1)
        me.post(f"/v1/feedback/{feedback_id}/objection", json=OBJECTION)
        dispatcher.post(f"/v1/feedback/{feedback_id}/review", json={"counts": False, "reason": "ok"})

        card = me.get("/v1/me/scorecard?from=2026-11-18&to=2026-11-18").json

        assert card["rating"] == {"ratings": 10, "average": 5.0}
        assert [one["why"] for one in card["scores_left_out"]] == ["reviewed"]


class TestList:
    @pytest.mark.parametrize("role", [Role.COURIER, Role.ADMIN, Role.INTEGRATION])
    def test_b7_it_is_for_those_who_care_for_customers(self, signed_in, hire, role):
        assert signed_in(hire(role)).get("/v1/feedback").status_code == 403

    @pytest.mark.parametrize(
        ("query", "scores"), [("", [5, 2]), ("score_at_most=2", [2]), ("needs_review=true", [2])]
    )
    def test_it_can_be_narrowed(self, me, dispatcher, rated, query, scores):
        low = rated(score=2)
        rated(score=5)
        me.post(f"/v1/feedback/{low}/objection", json=OBJECTION)

        listed = dispatcher.get(f"/v1/feedback?{query}").json["items"]

        assert [one["score"] for one in listed] == scores

    def test_b3_a_rep_sees_his_customers_ratings(self, database, branch, signed_in, hire, rated):
        rated()

        assert signed_in(hire(Role.SALES_REP)).get("/v1/feedback").json["items"] == []


class TestOwnNetwork:
    def test_d8_a_rating_from_the_couriers_own_network_is_flagged_and_counts_until_reviewed(
        self, database, dispatcher, at_home, rate
    ):
        rate(HOME)

        (flagged,) = dispatcher.get("/v1/feedback?needs_review=true").json["items"]
        assert (flagged["review_because"], flagged["left_out_because"]) == ("own_network", None)

    def test_d8_a_rating_from_elsewhere_is_not(self, dispatcher, at_home, rate):
        rate(DOOR)

        assert dispatcher.get("/v1/feedback?needs_review=true").json["items"] == []

    def test_d8_a_network_says_nothing_any_more_after_a_day(self, database, clock, at_home, rate):
        clock.tick(hours=24)

        rate(HOME)

        assert [row["review_because"] for row in rows(database, Feedback)] == [None]

    def test_d8_a_refresh_moves_the_phone_to_another_network(self, client, dispatcher, at_home, rate):
        client.post(
            "/v1/auth/refresh",
            json={"refresh_token": at_home["refresh_token"]},
            environ_overrides={"REMOTE_ADDR": DOOR},
        )

        rate(DOOR)

        assert len(dispatcher.get("/v1/feedback?needs_review=true").json["items"]) == 1

    def test_d8_a_decided_flag_is_not_raised_again_by_a_changed_score(
        self, dispatcher, at_home, rate, database
    ):
        pickup = rate(HOME, 5)
        (flagged,) = rows(database, Feedback)
        dispatcher.post(f"/v1/feedback/{flagged['id']}/review", json={"counts": True, "reason": "office"})

        rate(HOME, 4, pickup=pickup)

        assert dispatcher.get("/v1/feedback?needs_review=true").json["items"] == []

    def test_no_address_is_kept_in_clear(self, database, at_home):
        with database.engine.connect() as connection:
            kept = connection.exec_driver_sql("SELECT network FROM staff_networks").scalars().all()

        assert len(kept) == 1
        assert HOME not in kept[0]
