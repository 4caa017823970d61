"""Moving the ETA of a stop, and what follows for its contact: when he is asked, and that we are late."""

from datetime import datetime

from sqlalchemy.orm import Session

from api.models import Pickup
from api.services import changes, late_couriers, readiness


def move(session: Session, pickup: Pickup, eta_at: datetime, *, now: datetime) -> None:
    """Set the ETA of a locked pickup; the one it has already changes nothing."""
    if pickup.eta_at == eta_at:
        return
    pickup.eta_at = eta_at
    pickup.changed_at = now
    with session.no_autoflush:  # One write for both.
        readiness.schedule_ping(session, pickup, now=now)
    session.flush()
    changes.note(session, [pickup], now=now)
    late_couriers.tell_new_eta(session, pickup, now=now)
