"""What was written to contacts, and what became of it: for those who wonder why a customer heard nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.domain.contact_channels import masked_address
from api.domain.notice_kinds import NoticeKind
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.domain.vocabulary import ContactChannel, NoticeState
from api.models import Contact, Delivery, Notice
from api.queries import pickups
from api.queries.paging import mapped, paginate


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message. Without a channel it never set out: nobody was to be reached, or nothing wanted.

    `address` is where the contact's messages of that channel go today, masked. `last_error` is what the last
    attempt that failed was told.
    """

    id: UUID
    kind: NoticeKind
    contact_id: UUID
    state: NoticeState
    channel: ContactChannel | None
    address: str | None
    attempts: int
    last_error: str | None
    decided_at: datetime
    useful_until: datetime
    settled_at: datetime | None


def of_pickup(session: Session, pickup_id: UUID, *, by: Principal, page: PageRequest) -> Page[MessageView]:
    """Return what was written to contacts about a pickup, newest first. Raises NotFound out of scope."""
    pickups.by_id(session, pickup_id, by=by)
    written = select(Notice).where(Notice.pickup_id == pickup_id, Notice.contact_id.is_not(None))
    found = paginate(session, written, [Notice.decided_at, Notice.id], page, descending=True)
    sent = select(Delivery).where(Delivery.notice_id.in_([notice.id for notice in found.items]))
    deliveries = {delivery.notice_id: delivery for delivery in session.scalars(sent)}
    readers = select(Contact).where(Contact.id.in_({notice.contact_id for notice in found.items}))
    contacts = {contact.id: contact for contact in session.scalars(readers)}
    return mapped(found, lambda notice: _view(notice, deliveries.get(notice.id), contacts))


def _view(notice: Notice, delivery: Delivery | None, contacts: Mapping[UUID, Contact]) -> MessageView:
    assert notice.contact_id is not None, "it is a message to a contact"
    contact = contacts[notice.contact_id]
    channel = ContactChannel(delivery.channel) if delivery else None
    return MessageView(
        id=notice.id,
        kind=NoticeKind(notice.kind),
        contact_id=contact.id,
        state=notice.state,
        channel=channel,
        address=masked_address(channel, phone=contact.phone, email=contact.email) if channel else None,
        attempts=delivery.attempts if delivery else 0,
        last_error=delivery.last_error if delivery else None,
        decided_at=notice.decided_at,
        useful_until=notice.useful_until,
        settled_at=notice.settled_at,
    )
