"""From which networks staff were lately signed in."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.models import StaffNetwork
from api.queries.insertion import insert


def put(session: Session, staff_id: UUID, trace: str, *, now: datetime) -> None:
    """Note that a staff member came from there now."""
    row = {"staff_id": staff_id, "network": trace, "seen_at": now}
    seen = insert(session, StaffNetwork).values(row)
    session.execute(seen.on_conflict_do_update(index_elements=["staff_id", "network"], set_={"seen_at": now}))


def was_there(session: Session, staff_id: UUID, trace: str, *, since: datetime) -> bool:
    """Tell whether a staff member came from there after `since`."""
    found = select(StaffNetwork.staff_id).where(
        StaffNetwork.staff_id == staff_id, StaffNetwork.network == trace, StaffNetwork.seen_at > since
    )
    return session.scalar(found) is not None


def drop_old(session: Session, *, before: datetime, limit: int) -> int:
    """Forget at most `limit` networks that nobody came from since; return how many."""
    old: Collection[tuple[UUID, str]] = [
        (row.staff_id, row.network)
        for row in session.execute(
            select(StaffNetwork.staff_id, StaffNetwork.network)
            .where(StaffNetwork.seen_at < before)
            .limit(limit)
        )
    ]
    for staff_id, network in old:
        session.execute(
            delete(StaffNetwork).where(StaffNetwork.staff_id == staff_id, StaffNetwork.network == network)
        )
    return len(old)
