"""Undoing a transfer: to the byte, but for what has been finished or given on meanwhile."""

import pytest
from sqlalchemy import select

from api.domain.vocabulary import Role
from api.models import Notice, Visit
from tests import factories
from tests.portfolios import MOVING, STAYING, fill, snapshot
from tests.statements import counted


@pytest.fixture
def undo(manager):
    return lambda made: manager.post(f"/v1/transfers/{made.json['id']}/undo")


def test_a_hundred_customers_lose_nothing_and_come_back_to_the_byte(
    database, branch, rep, transfer, undo, record_property
):
    with database.unit_of_work() as session:
        fill(session, branch, rep, 100)
    before = snapshot(database, *MOVING, *STAYING)

    with counted(database) as statements:
        made = transfer()
    between = snapshot(database, *MOVING, *STAYING)
    undone = undo(made)

    assert undone.json["kept"] == 0
    assert snapshot(database, *MOVING, *STAYING) == before
    assert _besides_the_holder(between) == _besides_the_holder(before)
    engine = database.engine.dialect.name
    record_property("measured", f"transfer of 100 customers ({engine}): {len(statements)} statements")


def test_it_can_be_undone_once(portfolio, transfer, undo):
    made = transfer()
    first = undo(made)

    again = undo(made)

    assert first.json["transfer"]["undone_at"] == "2026-11-18T01:30:00+00:00"
    assert (again.status_code, again.json["code"]) == (409, "transfer_undone")


def test_what_the_new_owner_has_finished_stays_his(
    database, signed_in, portfolio, transfer, undo, successors, rep
):
    made = transfer()
    client = signed_in(successors[0])
    (visit, *_) = client.get("/v1/visits?state=planned").json["items"]
    reported = client.post(f"/v1/visits/{visit['id']}/report", json={"findings": "自我介绍"})
    assert reported.status_code == 200

    undone = undo(made)

    assert undone.json["kept"] == 1
    with database.unit_of_work(read_only=True) as session:
        stored = session.scalars(select(Visit).where(Visit.findings.is_not(None))).all()
        assert [one.rep_id for one in stored if one.rep_id != rep.id] == [successors[0].id]


def test_a_customer_that_was_given_on_stays_where_it_is(database, portfolio, transfer, undo, manager, hire):
    made = transfer()
    third = hire(Role.SALES_REP)
    (customer, *_) = manager.get("/v1/customers").json["items"]
    path = f"/v1/customers/{customer['id']}"
    version = manager.get(path).headers["ETag"]
    manager.patch(path, json={"owner_id": str(third.id)}, headers={"If-Match": version})

    undone = undo(made)

    assert undone.json["kept"] >= 1
    assert manager.get(path).json["owner_id"] == str(third.id)


def test_who_has_left_gets_nothing_back(portfolio, transfer, undo, manager, rep):
    made = transfer()
    assert manager.post(f"/v1/staff/{rep.id}/deactivation").status_code == 200

    answer = undo(made)

    assert (answer.status_code, answer.json["code"]) == (409, "former_owner_gone")


def test_the_receivers_phones_are_not_told_of_what_is_no_longer_so(
    database, portfolio, transfer, undo, successors
):
    with database.unit_of_work() as session:
        factories.make_device(session, successors[0])

    undo(transfer())

    with database.unit_of_work(read_only=True) as session:
        mine = select(Notice.state).where(Notice.staff_id == successors[0].id)
        assert session.scalars(mine).all() == ["superseded"]


def _besides_the_holder(tables):
    """What rows say but for whose they are; introductions, which the transfer has added, are left out."""
    return {
        name: [
            {key: value for key, value in row.items() if key not in ("owner_id", "rep_id")}
            for row in found
            if row.get("purpose") != "introduction"
        ]
        for name, found in tables.items()
    }
