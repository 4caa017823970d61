"""Statements past SQLAlchemy: they find what it would find, and fail as it would fail."""

from uuid import uuid4

import pytest
from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.db import Database
from api.models import Pickup
from api.queries import driver
from api.queries.among import among
from tests import factories
from tests.statements import counted

COLUMNS = (Pickup.id, Pickup.branch_id, Pickup.state, Pickup.window_start, Pickup.external_ref)
SOME = select(*COLUMNS).where(Pickup.id.in_(bindparam("ids", expanding=True))).order_by(Pickup.id)
AMONG = select(Pickup.id).where(among(Pickup.id, "ids")).order_by(Pickup.id)
RENAME = update(Pickup).where(among(Pickup.id, "ids")).values(external_ref=bindparam("named"))
MOVE = update(Pickup.__table__).where(Pickup.__table__.c.id == bindparam("moved_id"))


@pytest.mark.parametrize("count", [0, 1, 3, 4])
def test_any_number_of_ids_finds_what_sqlalchemy_finds(session: Session, count: int) -> None:
    pickups = [factories.make_pickup(session, external_ref=f"P{number}") for number in range(5)]
    session.flush()
    ids = [pickup.id for pickup in pickups[:count]]

    found = driver.rows(session, SOME, {"ids": ids})

    assert found == [tuple(row) for row in session.execute(SOME, {"ids": ids})]
    assert len(found) == count


def test_an_update_for_each_row_changes_each_row(session: Session) -> None:
    pickups = [factories.make_pickup(session, external_ref=f"P{number}") for number in range(3)]
    session.flush()

    driver.update(session, MOVE, [{"moved_id": one.id, "external_ref": f"Q{one.id}"} for one in pickups])

    refs = session.execute(select(Pickup.external_ref).order_by(Pickup.id)).scalars().all()
    assert refs == [f"Q{pickup.id}" for pickup in sorted(pickups, key=lambda one: one.id)]


@pytest.mark.parametrize("count", [0, 1, 3, 4])
def test_ids_that_are_given_by_name_find_their_rows(session: Session, count: int) -> None:
    pickups = [factories.make_pickup(session, external_ref=f"P{number}") for number in range(5)]
    session.flush()
    ids = sorted(pickup.id for pickup in pickups)[:count]

    found = driver.rows(session, AMONG, {"ids": ids})

    assert found == [(one,) for one in ids]


def test_one_change_reaches_all_rows_that_it_names_and_no_other(session: Session) -> None:
    first, second, other = [factories.make_pickup(session, external_ref=f"P{number}") for number in range(3)]
    session.flush()

    driver.change(session, RENAME, {"ids": [first.id, second.id], "named": "Q"})

    refs = session.execute(select(Pickup.external_ref).order_by(Pickup.id)).scalars().all()
    assert refs == ["Q", "Q", other.external_ref]


def test_a_failure_is_the_exception_that_everybody_knows(session: Session) -> None:
    pickup = factories.make_pickup(session)
    session.flush()

    with pytest.raises(IntegrityError):
        driver.update(session, MOVE, [{"moved_id": pickup.id, "site_id": None}])


def test_whoever_counts_statements_counts_these(database: Database) -> None:
    with counted(database) as statements, database.unit_of_work() as session:
        driver.rows(session, SOME, {"ids": [uuid4()]})

    assert len(statements) == 1
