"""Where couriers were and are: kept set-based, read by the branch only for those on shift."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ScalarSelect, delete, select
from sqlalchemy.orm import Session, aliased

from api.domain.geofence import Place, Position
from api.domain.positions import SeenPosition, about_m, telling
from api.domain.principal import Principal
from api.models import CourierPosition, Pickup, Shift, Site, StaffMember
from api.queries import pickups, scope, shifts
from api.queries.insertion import insert_missing


@dataclass(frozen=True, slots=True)
class CourierSeen:
    """The newest position of a courier's running shift."""

    courier_id: UUID
    position: CourierPosition


def add(session: Session, staff_id: UUID, seen: Sequence[SeenPosition], *, now: datetime) -> None:
    """Keep positions in one statement; one that is known for its instant stays as it is."""
    rows = [
        {
            "staff_id": staff_id,
            "taken_at": one.taken_at,
            "latitude": one.position.place.latitude,
            "longitude": one.position.place.longitude,
            "accuracy_m": one.position.accuracy_m,
            "mock": one.position.mock,
            "received_at": now,
        }
        for one in seen
    ]
    unique = ("staff_id", "taken_at")
    insert_missing(session, CourierPosition, rows, unique=unique, told=CourierPosition.id)


def newest_on_shift(session: Session, *, by: Principal, now: datetime) -> list[CourierSeen]:
    """Return where the couriers on shift were last; who has sent nothing in his shift is not among them."""
    rows = session.execute(
        select(Shift.staff_id, CourierPosition)
        .join(CourierPosition, CourierPosition.id == _newest_of_shift())
        .where(scope.shifts(by), shifts.runs(now))
        .order_by(Shift.staff_id)
    )
    return [CourierSeen(courier_id, position) for courier_id, position in rows]


def courier_is_about_m(session: Session, pickup: Pickup, *, now: datetime) -> int | None:
    """Return roughly how far the courier is from a pickup; None unless it is his next stop and he is seen."""
    if pickup.courier_id is None or pickups.next_stop_id(session, pickup.courier_id, now=now) != pickup.id:
        return None
    newest = session.scalar(
        select(CourierPosition)
        .join(Shift, CourierPosition.id == _newest_of_shift())
        .where(Shift.staff_id == pickup.courier_id, shifts.runs(now))
    )
    if newest is None or telling([_seen(newest)], now=now) is None:
        return None
    site = session.execute(select(Site.latitude, Site.longitude).where(Site.id == pickup.site_id)).one()
    return about_m(Place(newest.latitude, newest.longitude), Place(site.latitude, site.longitude))


def _newest_of_shift() -> ScalarSelect[UUID]:
    seen = aliased(CourierPosition)
    return (
        select(seen.id)
        .where(seen.staff_id == Shift.staff_id, seen.taken_at >= Shift.started_at)
        .order_by(seen.taken_at.desc())
        .limit(1)
        .correlate(Shift)
        .scalar_subquery()
    )


def _seen(row: CourierPosition) -> SeenPosition:
    place = Place(row.latitude, row.longitude)
    return SeenPosition(row.taken_at, Position(place, row.accuracy_m, row.mock))


def drop_old(session: Session, branch_id: UUID, *, before: datetime, limit: int) -> int:
    """Delete at most `limit` positions of a branch's people that were received before; return how many."""
    of_branch = select(StaffMember.id).where(StaffMember.branch_id == branch_id)
    old = (
        select(CourierPosition.id)
        .where(CourierPosition.received_at < before, CourierPosition.staff_id.in_(of_branch))
        .limit(limit)
    )
    dropped = session.execute(
        delete(CourierPosition)
        .where(CourierPosition.id.in_(old))
        .returning(CourierPosition.id)
        .execution_options(synchronize_session=False)
    )
    return len(dropped.all())
