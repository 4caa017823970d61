"""Rows inserted many at once: on either engine they are what they would be one by one."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from api.domain.vocabulary import CustomerState, Grade
from api.models import Branch, Customer, EventRecord, Site
from api.queries.column_values import PARAMETERS_A_STATEMENT
from api.queries.insertion import insert_missing, insert_rows
from tests import factories
from tests.fakes import NOW

MORE_THAN_ONE_STATEMENT = PARAMETERS_A_STATEMENT // len(Customer.__table__.columns) + 1_000
MANY = 20
AWKWARD = [
    "",
    "NULL",
    'a "quote"',
    "back\\slash",
    "{brace,comma}",
    "two\nlines\tand more",
    "?, ($1) %s :x",
    "东方",
]


def customer_row(branch: Branch, number: int, name: str = "Plain") -> dict[str, Any]:
    return {
        "branch_id": branch.id,
        "code": f"N{number}",
        "name": name,
        "industry": None if number % 2 else name,
        "grade": None if number % 3 else Grade.A,
        "created_at": NOW + timedelta(microseconds=number),
    }


@pytest.mark.parametrize("count", [1, MANY, MORE_THAN_ONE_STATEMENT])
def test_what_is_inserted_is_what_is_read(session: Session, count: int) -> None:
    branch = factories.make_branch(session)
    rows = [customer_row(branch, number, AWKWARD[number % len(AWKWARD)]) for number in range(count)]

    insert_rows(session, Customer, rows)

    stored = {row.code: row for row in session.scalars(select(Customer))}
    assert len({row.id for row in stored.values()}) == count
    assert {row.state for row in stored.values()} == {CustomerState.ACTIVE}
    assert [{name: getattr(stored[row["code"]], name) for name in row} for row in rows] == rows


@pytest.mark.parametrize("count", [1, MORE_THAN_ONE_STATEMENT])
def test_only_what_was_missing_is_told(session: Session, count: int) -> None:
    branch = factories.make_branch(session)
    rows = [customer_row(branch, number) for number in range(2 * count)]
    insert_rows(session, Customer, rows[:count])

    told = insert_missing(session, Customer, rows, unique=("branch_id", "code"), told=Customer.code)

    assert told == {row["code"] for row in rows[count:]}


def test_ids_are_told_as_ids(session: Session) -> None:
    customer = factories.make_customer(session)
    rows = [
        {
            "branch_id": customer.branch_id,
            "customer_id": customer.id,
            "name": f"Gate {number}",
            "address": "1 Harbour Road",
            "latitude": 31.2 + number / 1000,
            "longitude": 121.5,
            "radius_m": 100,
            "created_at": NOW,
        }
        for number in range(MANY)
    ]

    told = insert_missing(session, Site, rows, unique=("customer_id", "name"), told=Site.id)

    sites = session.scalars(select(Site)).all()
    assert told == {site.id for site in sites}
    assert {site.address for site in sites} == {"1 Harbour Road"}
    assert {site.latitude for site in sites} == {row["latitude"] for row in rows}


def test_json_stays_json(session: Session) -> None:
    rows = [
        {
            "name": "test",
            "subject_type": "test",
            "subject_id": uuid4(),
            "data": {"number": number, "word": AWKWARD[number % len(AWKWARD)]},
            "occurred_at": NOW,
        }
        for number in range(MANY)
    ]

    insert_rows(session, EventRecord, rows)

    stored = session.scalars(select(EventRecord.data).where(EventRecord.name == "test"))
    assert sorted(stored, key=lambda data: data["number"]) == [row["data"] for row in rows]


def test_a_text_that_is_too_long_is_refused_and_not_cut_off(session: Session) -> None:
    if session.get_bind().dialect.name == "sqlite":
        pytest.skip("SQLite knows no longest text")
    branch = factories.make_branch(session)

    with pytest.raises(DataError):
        insert_rows(session, Customer, [customer_row(branch, n, "x" * 201) for n in range(MANY)])


def test_ids_are_told_as_ids_after_rows_were_inserted_without_asking(session: Session) -> None:
    branch = factories.make_branch(session)
    insert_rows(session, Customer, [customer_row(branch, number) for number in range(MANY)])
    ids = [uuid4() for _ in range(MANY)]
    rows = [customer_row(branch, MANY + number) | {"id": one} for number, one in enumerate(ids)]

    told = insert_missing(session, Customer, rows, unique=("branch_id", "code"), told=Customer.id)

    assert told == set(ids)
