"""Revoking links by hand: of a key that leaked, of a pickup, of a contact."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.models import Contact, Pickup
from api.queries.link_revocation import LinksOf
from api.security import vault_of
from api.security_log import SecurityEvent, say
from api.services import events


def revoke(session: Session, of: LinksOf, *, now: datetime) -> int:
    """Revoke these links; returns how many. People keep their feedback, their answers and their wishes."""
    revoked = queries.link_revocation.revoke(session, of, now=now)
    whose = {"key_id": of.key_id, "pickup_id": of.pickup_id, "contact_id": of.contact_id}
    named = {name: str(value) for name, value in whose.items() if value is not None}
    subject_type, subject_id, branch_id = _subject(session, of)
    events.record(
        session,
        "links.revoked",
        subject_type=subject_type,
        subject_id=subject_id,
        branch_id=branch_id,
        data={**named, "links": revoked},
        now=now,
    )
    say(SecurityEvent.LINKS_REVOKED, **named, links=revoked)
    return revoked


def _subject(session: Session, of: LinksOf) -> tuple[str, UUID, UUID | None]:
    if of.key_id is not None:
        # A key has no id of our kind: its name makes one, the same each time.
        return "link_key", UUID(vault_of(session).index(of.key_id, "link key")[:32]), None
    row = session.get(Contact, of.contact_id) if of.contact_id else session.get(Pickup, of.pickup_id)
    subject_id = of.contact_id or of.pickup_id
    assert subject_id is not None, "the query refuses to revoke everything"
    return "contact" if of.contact_id else "pickup", subject_id, row.branch_id if row else None
