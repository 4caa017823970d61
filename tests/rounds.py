"""A courier's round as tests use it: his phone, two pickups of today, and the rows that come of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from api.db import Database
from api.domain.vocabulary import PickupState, Role
from api.models import Base, Branch, FieldEvent, Notice, Pickup, StaffMember, Wait, WaitTimer
from tests import factories
from tests.fakes import FrozenClock
from tests.phones import Phone

BUSINESS_TABLES = (Pickup, Wait, WaitTimer, FieldEvent, Notice)


@dataclass(frozen=True, slots=True)
class Round:
    """A courier with his phone, two pickups of one customer, and the dispatcher of their branch."""

    branch: Branch
    courier: StaffMember
    dispatcher: StaffMember
    phone: Phone
    first: Pickup
    second: Pickup


def make_round(
    database: Database, signed_in: Callable[[StaffMember], FlaskClient], clock: FrozenClock
) -> Round:
    with database.unit_of_work() as session:
        branch = factories.make_branch(session)
        courier = factories.make_staff(session, branch)
        dispatcher = factories.make_staff(session, branch, role=Role.DISPATCHER)
        customer = factories.make_customer(session, branch)
        pickups = [
            factories.make_pickup(session, factories.make_site(session, customer), courier=courier)
            for _ in range(2)
        ]
    return Round(branch, courier, dispatcher, Phone(signed_in(courier), clock), *pickups)


def rows(database: Database, model: type[Base]) -> list[dict[str, Any]]:
    with database.unit_of_work(read_only=True) as session:
        found = session.execute(select(model.__table__).order_by(*model.__table__.primary_key)).mappings()
        return [dict(row) for row in found]


def everything(database: Database) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of the tables that events may change."""
    return {model.__tablename__: rows(database, model) for model in BUSINESS_TABLES}


def state_of(database: Database, pickup: Pickup) -> PickupState:
    with database.unit_of_work(read_only=True) as session:
        return session.get_one(Pickup, pickup.id).state
