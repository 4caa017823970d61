"""Revoking links by hand: of a key that leaked, of a pickup, of a contact."""

import logging
from datetime import datetime

from sqlalchemy.orm import Session

from api import queries
from api.queries.link_revocation import LinksOf

log = logging.getLogger("doorstep.security")


def revoke(session: Session, of: LinksOf, *, now: datetime) -> int:
    """Revoke these links; returns how many. People keep their feedback, their answers and their wishes."""
    revoked = queries.link_revocation.revoke(session, of, now=now)
    log.warning(
        "security.links_revoked",
        extra={
            "key_id": of.key_id,
            "pickup_id": str(of.pickup_id or ""),
            "contact_id": str(of.contact_id or ""),
            "links": revoked,
        },
    )
    return revoked
