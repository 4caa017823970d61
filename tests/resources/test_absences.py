"""Absences over HTTP: who enters them, and what the stand-in sees and is told meanwhile."""

import pytest
from sqlalchemy import select

from api.domain.vocabulary import NoticeState, Role
from api.models import Notice
from tests import factories

ABSENCES = "/v1/absences"
KEYS = {
    "id",
    "staff_id",
    "stand_in_id",
    "first_on",
    "last_on",
    "ends_at",
    "entered_by_id",
    "entered_at",
    "ended_early_at",
}


@pytest.fixture
def stand_in(hire):
    return hire(Role.SALES_REP)


@pytest.fixture
def away(signed_in, rep, stand_in):
    """Enters that `rep` is away, today unless said otherwise."""

    def away(first_on="2026-11-18", last_on="2026-11-20", staff=rep, instead=stand_in):
        body = {
            "staff_id": str(staff.id),
            "stand_in_id": str(instead.id),
            "first_on": first_on,
            "last_on": last_on,
        }
        return signed_in(staff).post(ABSENCES, json=body)

    return away


def test_a_rep_enters_his_absence(away, rep):
    answer = away()

    assert answer.status_code == 201
    assert answer.json.keys() == KEYS
    assert answer.json["ends_at"] == "2026-11-20T16:00:00+00:00"
    assert answer.json["entered_by_id"] == str(rep.id)


def test_the_stand_in_sees_the_customers_while_it_lasts(signed_in, stand_in, customer, away, clock):
    client = signed_in(stand_in)
    before = client.get(f"/v1/customers/{customer.id}").status_code
    absence = away().json

    during = client.get(f"/v1/customers/{customer.id}").status_code

    clock.tick(minutes=1)
    client.post(f"{ABSENCES}/{absence['id']}/end")
    assert (before, during) == (404, 200)


def test_b6_who_stands_in_does_not_make_the_customers_his_own(signed_in, stand_in, customer, away):
    away()
    client, path = signed_in(stand_in), f"/v1/customers/{customer.id}"
    version = client.get(path).headers["ETag"]

    answer = client.patch(path, json={"owner_id": str(stand_in.id)}, headers={"If-Match": version})

    assert (answer.status_code, answer.json["code"]) == (403, "owner_is_not_yours")


def test_after_the_absence_the_customers_are_out_of_sight_again(
    signed_in, rep, stand_in, customer, away, clock
):
    absence = away().json
    clock.tick(minutes=1)
    ended = signed_in(rep).post(f"{ABSENCES}/{absence['id']}/end")

    answer = signed_in(stand_in).get(f"/v1/customers/{customer.id}")

    assert ended.json["ended_early_at"] == ended.json["ends_at"] == "2026-11-18T01:31:00+00:00"
    assert answer.status_code == 404


def test_what_the_rep_would_be_told_the_stand_in_is_told(
    database, signed_in, rep, stand_in, courier, pickup_of, away
):
    away()

    signed_in(courier).post(
        "/v1/field-reports", json={"kind": "competitor_seen", "pickup_id": str(pickup_of(courier).id)}
    )

    with database.unit_of_work(read_only=True) as session:
        assert session.scalars(select(Notice.staff_id)).all() == [stand_in.id]
    (report,) = signed_in(stand_in).get("/v1/field-reports").json["items"]
    acknowledged = signed_in(stand_in).post(f"/v1/field-reports/{report['id']}/acknowledgement")
    assert acknowledged.json["acknowledged_by_id"] == str(stand_in.id)


def test_of_two_who_are_away_the_last_in_the_chain_is_told(
    database, signed_in, hire, stand_in, courier, pickup_of, away
):
    third = hire(Role.SALES_REP)
    away()
    assert away(staff=stand_in, instead=third).status_code == 201

    signed_in(courier).post(
        "/v1/field-reports", json={"kind": "volume_drop", "pickup_id": str(pickup_of(courier).id)}
    )

    with database.unit_of_work(read_only=True) as session:
        notice = session.scalars(select(Notice)).one()
        assert (notice.staff_id, notice.state) == (third.id, NoticeState.SUPPRESSED)


class TestRefusals:
    def test_nobody_is_away_twice(self, away):
        away()

        again = away("2026-11-20", "2026-11-25")

        assert (again.status_code, again.json["code"]) == (409, "absent_already")

    def test_who_is_away_himself_does_not_stand_in(self, away, rep, stand_in):
        away()

        ring = away(staff=stand_in, instead=rep)

        assert (ring.status_code, ring.json["code"]) == (422, "stand_in_impossible")

    @pytest.mark.parametrize("role", [Role.COURIER, Role.MANAGER])
    def test_only_a_rep_stands_in_for_a_rep(self, hire, away, role):
        assert away(instead=hire(role)).json["code"] == "stand_in_impossible"

    def test_nobody_stands_in_for_himself(self, away, rep):
        assert away(instead=rep).json["code"] == "stand_in_impossible"

    def test_b4_a_rep_of_another_branch_is_no_stand_in(self, database, away):
        with database.unit_of_work() as session:
            foreign = factories.make_staff(session, role=Role.SALES_REP)

        assert away(instead=foreign).json["code"] == "stand_in_impossible"

    def test_a_rep_enters_nobody_elses_absence(self, signed_in, rep, stand_in):
        body = {
            "staff_id": str(rep.id),
            "stand_in_id": str(stand_in.id),
            "first_on": "2026-11-18",
            "last_on": "2026-11-18",
        }

        answer = signed_in(stand_in).post(ABSENCES, json=body)

        assert (answer.status_code, answer.json["code"]) == (403, "absence_not_yours")
        assert signed_in(stand_in).get(ABSENCES).json["items"] == []

    def test_what_is_over_cannot_be_ended(self, signed_in_for_long, rep, away, clock):
        absence = away().json
        clock.tick(days=5)

        answer = signed_in_for_long(rep).post(f"{ABSENCES}/{absence['id']}/end")

        assert (answer.status_code, answer.json["code"]) == (409, "absence_is_over")

    def test_b4_an_absence_of_others_is_not_there(self, signed_in, hire, away):
        absence = away().json
        stranger = signed_in(hire(Role.SALES_REP))

        assert stranger.post(f"{ABSENCES}/{absence['id']}/end").status_code == 404
        assert stranger.get(ABSENCES).json["items"] == []


def test_a_manager_calls_off_an_absence_that_has_not_begun(signed_in, hire, away):
    absence = away("2026-12-01", "2026-12-03").json

    ended = signed_in(hire(Role.MANAGER)).post(f"{ABSENCES}/{absence['id']}/end")

    assert ended.status_code == 200
    assert away("2026-12-02", "2026-12-04").status_code == 201
