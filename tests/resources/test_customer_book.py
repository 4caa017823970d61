"""POST /v1/customers/export: what a leaving rep would take along, and whose customers are in it."""

from datetime import timedelta

import pytest

from api.domain.vocabulary import Grade, Role
from jobs.score_churn_risk import score_branch
from tests.care_factories import make_absence
from tests.exporting import rows_of
from tests.factories import make_branch, make_contact, make_customer
from tests.shipping import TODAY, ship
from tests.statements import counted, short

PHONE = "+8613700137000"


def taken(client, **narrowed):
    return rows_of(client.post("/v1/customers/export", json=narrowed))


def codes(found):
    return [row["code"] for row in found]


@pytest.fixture
def book(database, branch, hire, rep):
    """Two customers of the rep, one of a colleague, one of nobody, one of another branch. Returns him."""
    colleague = hire(Role.SALES_REP, name="陈静")
    with database.unit_of_work() as session:
        first = make_customer(session, branch, code="A1", owner_id=rep.id, grade=Grade.A)
        make_contact(session, first, name="李小芳", phone=PHONE)
        make_customer(session, branch, code="A2", owner_id=rep.id, grade=Grade.C)
        make_customer(session, branch, code="B1", owner_id=colleague.id)
        make_customer(session, branch, code="C1", grade=None)
        make_customer(session, make_branch(session), code="X1")
    return colleague


def test_a_rep_takes_his_own_book(signed_in, rep, book):
    assert codes(taken(signed_in(rep))) == ["A1", "A2"]


@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMIN])
def test_b4_a_manager_takes_the_branchs_and_no_other(signed_in, hire, book, role):
    assert codes(taken(signed_in(hire(role)))) == ["A1", "A2", "B1", "C1"]


def test_f2_standing_in_is_no_reason_to_take_a_colleagues_book(database, signed_in, rep, book):
    with database.unit_of_work() as session:
        make_absence(session, book, stand_in=rep)
    client = signed_in(rep)
    assert len(client.get("/v1/customers").json["items"]) == 3

    assert codes(taken(client)) == ["A1", "A2"]
    assert codes(taken(client, owner_id=str(book.id))) == []


def test_it_can_be_narrowed(signed_in, hire, book):
    manager = signed_in(hire(Role.MANAGER))

    assert codes(taken(manager, grade="A")) == ["A1"]
    assert codes(taken(manager, owner_id=str(book.id))) == ["B1"]


def test_a_row_says_how_the_business_stands(database, branch, signed_in, hire, rep, job_context):
    with database.unit_of_work() as session:
        red = make_customer(session, branch, code="RED", name="红星贸易", grade=Grade.A, owner_id=rep.id)
        make_customer(session, branch, code="UNKNOWN", name="新客户", grade=None)
        ship(session, red, range(40, 124, 7), revenue_minor=9_000)
    for days_ago in (1, 0):
        score_branch(job_context, branch.id, TODAY - timedelta(days=days_ago))

    scored, unknown = taken(signed_in(hire(Role.MANAGER)))

    assert scored == {
        "code": "RED",
        "name": "红星贸易",
        "grade": "A",
        "owner": rep.name,
        "last_shipped_on": "2026-10-09",
        "risk_band": "high",
    }
    assert unknown == dict.fromkeys(scored, "") | {
        "code": "UNKNOWN",
        "name": "新客户",
        "risk_band": unknown["risk_band"],
    }


def test_f2_nobody_to_call_is_in_it(signed_in, rep, book):
    file = signed_in(rep).post("/v1/customers/export", json={}).data.decode()

    assert "A1" in file
    assert PHONE[-8:] not in file
    assert "李小芳" not in file


def test_f3_it_is_narrowed_by_what_it_knows_only(signed_in, rep):
    for odd in ({"sort": "phone"}, {"q": "' OR 1=1"}, {"owner_id": "x"}, {"grade": "A' --"}, []):
        assert signed_in(rep).post("/v1/customers/export", json=odd).status_code == 422


def test_it_asks_the_database_as_often_for_many_as_for_none(database, branch, signed_in, hire, book):
    client = signed_in(hire(Role.MANAGER))
    client.post("/v1/customers/export", json={})

    with counted(database) as for_none:
        client.post("/v1/customers/export", json={"owner_id": str(branch.id)})
    with counted(database) as for_all:
        client.post("/v1/customers/export", json={})

    assert len(for_all) == len(for_none), short(for_all)
