"""Telling a person what is held about him, on his request: gathered by a manager, and recorded."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.principal import Principal
from api.domain.vocabulary import PersonalDataReason
from api.queries.data_reports import HeldRows
from api.services import events


@dataclass(frozen=True, slots=True)
class DataReport:
    """Everything that is held about one contact, as it stands at `made_at`."""

    contact_id: UUID
    customer_id: UUID
    person: dict[str, Any]
    held: list[HeldRows]
    made_at: datetime


def report_contact(
    session: Session, *, contact_id: UUID, reason: PersonalDataReason, by: Principal, now: datetime
) -> DataReport:
    """Gather it all, phone number and texts in full; who asked for it, and why, is kept."""
    contact = queries.contacts.by_id(session, contact_id, by=by)
    events.record(
        session,
        "contact.data_reported",
        subject_type="contact",
        subject_id=contact.id,
        branch_id=contact.branch_id,
        actor_id=by.staff_id,
        data={"reason": reason.value},
        now=now,
    )
    session.flush()
    held = queries.data_reports.held_about(session, contact.id)
    return DataReport(contact.id, contact.customer_id, queries.data_reports.person(contact), held, now)
