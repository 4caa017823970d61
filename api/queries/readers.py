"""Who will read what is about to leave, and in which language: staff on their phones, contacts by message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.domain.outgoing import Claim
from api.domain.vocabulary import Locale
from api.models import Branch, Contact, Device, Link, Notice, StaffMember


@dataclass(frozen=True, slots=True)
class Reader:
    """Who will read a message of the messenger, where, in which language, and from whom."""

    contact_id: UUID
    phone: str | None
    email: str | None
    locale: Locale
    opted_out_at: datetime | None
    branch_name: str
    hotline: str | None
    link: Link | None


def phones_of(session: Session, claims: Sequence[Claim]) -> dict[str, tuple[Device, Locale]]:
    """Return the phones that are still registered and what language their owners read, by address key."""
    rows = session.execute(
        select(Device, StaffMember.locale)
        .join(StaffMember, StaffMember.id == Device.staff_id)
        .where(Device.id.in_({UUID(one.address_key) for one in claims}))
    )
    return {str(device.id): (device, locale) for device, locale in rows}


def reader_of(session: Session, notice: Notice) -> Reader:
    """Return the contact of a notice. One at a time: a value that cannot be decrypted stops only its own."""
    row = session.execute(
        select(
            *(Contact.id, Contact.phone, Contact.email, Contact.locale, Contact.opted_out_at),
            *(Branch.name, Branch.hotline),
        )
        .join(Branch, Branch.id == Contact.branch_id)
        .where(Contact.id == notice.contact_id)
    ).one()
    return Reader(*row, session.get(Link, notice.link_id) if notice.link_id else None)
