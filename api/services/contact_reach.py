"""What is known of a contact's addresses: which turned out to lead nowhere, until they are entered anew.

By which channel he is then written to is decided in `domain.contact_channels`.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api.domain.vocabulary import ContactChannel
from api.models import Contact
from api.services import events


def mark_failed(
    session: Session, *, contact_id: UUID, channel: ContactChannel, address: str, now: datetime
) -> None:
    """Note that a message did not find this address, so that the next one takes another channel.

    What comes back after the address has been changed says nothing of the new one.
    """
    contact = session.get_one(Contact, contact_id)
    current = contact.email if channel is ContactChannel.EMAIL else contact.phone
    if address != current or getattr(contact, _column(channel)) is not None:
        return
    setattr(contact, _column(channel), now)
    session.flush()
    events.record(
        session,
        "contact.address_failed",
        subject_type="contact",
        subject_id=contact.id,
        branch_id=contact.branch_id,
        data={"channel": channel.value},
        now=now,
    )


def address_entered(contact: Contact, fields: Collection[str]) -> None:
    """Take back what was said of an address that somebody has entered anew, be it the same."""
    if "phone" in fields:
        contact.sms_failed_at = contact.chat_failed_at = None
    if "email" in fields:
        contact.email_failed_at = None


def _column(channel: ContactChannel) -> str:
    return f"{channel.value}_failed_at"
