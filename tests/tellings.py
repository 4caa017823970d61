"""Notices that have been told, committed and ready to leave, and a look at what became of them."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from api import services
from api.db import Database
from api.domain.notice_kinds import NoticeKind, Telling
from api.models import Contact, Delivery, Notice
from tests.factories import (
    make_branch,
    make_contact,
    make_customer,
    make_device,
    make_link,
    make_pickup,
    make_staff,
)
from tests.fakes import NOW


def told_courier(database: Database, *, phones: int = 1, **changes: Any) -> UUID:
    """A courier has been told that his wait runs out; returns the notice's id."""
    with database.unit_of_work() as session:
        courier = make_staff(session)
        for _ in range(phones):
            make_device(session, courier)
        telling = Telling(
            NoticeKind.WAIT_WARN,
            courier.branch_id,
            f"wait_warn:1:{courier.id}",
            staff_id=courier.id,
            wait_id=courier.id,
            variables={"deadline_at": NOW},
            **changes,
        )
        notice = services.notices.tell(session, telling, now=NOW)
        assert notice is not None
        return notice.id


def told_contact(database: Database, contact: Contact | None = None, **columns: Any) -> UUID:
    """A contact has been asked about a new pickup; returns the notice's id."""
    with database.unit_of_work() as session:
        if contact is None:
            customer = make_customer(session, make_branch(session, name="城西网点"))
            contact = make_contact(session, customer, **{"phone": "+8613800138000"} | columns)
        pickup = make_pickup(session, contact=contact)
        kind = NoticeKind.READINESS_PING
        telling = Telling(
            kind,
            contact.branch_id,
            f"{kind}:{pickup.id}:{contact.id}",
            contact_id=contact.id,
            pickup_id=pickup.id,
            link_id=make_link(session, pickup).id,
            variables={"expected_at": NOW},
        )
        notice = services.notices.tell(session, telling, now=NOW)
        assert notice is not None
        return notice.id


def notice_of(database: Database, notice_id: UUID) -> Notice:
    with database.unit_of_work(read_only=True) as session:
        return session.get_one(Notice, notice_id)


def deliveries_in(database: Database) -> list[Delivery]:
    with database.unit_of_work(read_only=True) as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))
