"""Tells couriers what changed about their pickups. What is told about a wait stands in `wait_notices`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api.domain.notice_kinds import NoticeKind, Telling
from api.models import Pickup, PickupAssignment
from api.services import notices


def tell_assigned(session: Session, pickup: Pickup, assignment: PickupAssignment, *, now: datetime) -> None:
    """Tell a courier that a pickup is his."""
    kind = NoticeKind.PICKUP_ASSIGNED
    telling = _telling(kind, pickup, assignment.courier_id, str(assignment.id), **_window(pickup))
    notices.tell(session, telling, now=now)


def tell_reassigned(session: Session, pickup: Pickup, assignment: PickupAssignment, *, now: datetime) -> None:
    """Tell a courier that a pickup is no longer his."""
    kind = NoticeKind.PICKUP_REASSIGNED
    notices.tell(session, _telling(kind, pickup, assignment.courier_id, str(assignment.id)), now=now)


def tell_rescheduled(session: Session, pickup: Pickup, *, now: datetime) -> None:
    """Tell the courier, if there is one, that the pickup has another window."""
    if pickup.courier_id is not None:
        # Moving it there and back is two tellings, so the version counts them.
        generation = str(pickup.version)
        kind = NoticeKind.PICKUP_RESCHEDULED
        telling = _telling(kind, pickup, pickup.courier_id, generation, **_window(pickup))
        notices.tell(session, telling, now=now)


def tell_cancelled(session: Session, pickup: Pickup, *, now: datetime) -> None:
    """Tell the courier, if there is one, that he need not go."""
    if pickup.courier_id is not None:
        telling = _telling(NoticeKind.PICKUP_CANCELLED, pickup, pickup.courier_id, str(pickup.version))
        notices.tell(session, telling, now=now)


def _telling(
    kind: NoticeKind, pickup: Pickup, courier_id: UUID, generation: str, **variables: datetime
) -> Telling:
    return Telling(
        kind=kind,
        branch_id=pickup.branch_id,
        dedupe_key=f"{kind}:{pickup.id}:{generation}:{courier_id}",
        staff_id=courier_id,
        pickup_id=pickup.id,
        variables=variables,
    )


def _window(pickup: Pickup) -> dict[str, datetime]:
    return {"window_start": pickup.window_start, "window_end": pickup.window_end}
