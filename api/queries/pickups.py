"""Pickups: by id, by day and state. How one is shown is in `pickup_views`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from api.domain.contact_reveal import ON_THE_JOB
from api.domain.errors import NotFound
from api.domain.geofence import Place
from api.domain.paging import Page, PageRequest
from api.domain.pickups import ENDED, FURTHEST_BACK
from api.domain.principal import Principal
from api.domain.vocabulary import PickupState
from api.models import Branch, Pickup, PickupAssignment, Site
from api.queries import scope
from api.queries.paging import paginate
from api.queries.pickup_views import PickupView, views

NEXT_FIRST = (
    case((Pickup.state == PickupState.EN_ROUTE, 0), else_=1),
    func.coalesce(Pickup.eta_at, Pickup.window_start),
    Pickup.window_end,
)
"""A courier's stops in the order of his day: where he is on his way to comes first."""


@dataclass(frozen=True, slots=True)
class PickupFilter:
    """What a list of pickups is narrowed to; `day` is a day of the branch, by the window's start."""

    day: date | None = None
    state: PickupState | None = None


def by_id(session: Session, pickup_id: UUID, *, by: Principal) -> Pickup:
    return _one(session, pickup_id, by, locked=False)


def locked_by_id(session: Session, pickup_id: UUID, *, by: Principal) -> Pickup:
    """Return the pickup after every change that came before ours; others wait until we are done."""
    return _one(session, pickup_id, by, locked=True)


def find_by_external_ref(session: Session, branch_id: UUID, external_ref: str) -> Pickup | None:
    return session.scalar(
        select(Pickup).where(Pickup.branch_id == branch_id, Pickup.external_ref == external_ref)
    )


def open_successor(session: Session, pickup_id: UUID) -> Pickup | None:
    """Return the pickup that was booked for another time after this one, while it is not over; locked."""
    return session.scalar(
        select(Pickup)
        .where(Pickup.rescheduled_from_id == pickup_id, Pickup.state.not_in(ENDED))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def is_any_running(session: Session, contact_id: UUID) -> bool:
    """Tell whether a courier is on his way to this contact, or at his door."""
    running = select(Pickup.id).where(Pickup.contact_id == contact_id, Pickup.state.in_(ON_THE_JOB))
    return session.scalar(running.limit(1)) is not None


def current_assignment(session: Session, pickup_id: UUID) -> PickupAssignment | None:
    """Return who holds the pickup at present, if anybody does."""
    return session.scalar(
        select(PickupAssignment).where(
            PickupAssignment.pickup_id == pickup_id, PickupAssignment.ended_at.is_(None)
        )
    )


def next_stop_of(session: Session, courier_id: UUID, *, now: datetime) -> tuple[Pickup, Place] | None:
    """Return where the courier goes next, locked: where he is on his way to, else where he is expected first.

    A window that is over is no stop any more.
    """
    row = session.execute(
        select(Pickup, Site.latitude, Site.longitude)
        .join(Site, Site.id == Pickup.site_id)
        .where(*_still_awaits(courier_id, now))
        .order_by(*NEXT_FIRST)
        .limit(1)
        .with_for_update(of=Pickup, key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    return None if row is None else (row.Pickup, Place(row.latitude, row.longitude))


def next_stop_id(session: Session, courier_id: UUID, *, now: datetime) -> UUID | None:
    """Return which pickup is the courier's next stop, to look at only."""
    stops = select(Pickup.id).where(*_still_awaits(courier_id, now))
    return session.scalar(stops.order_by(*NEXT_FIRST).limit(1))


def _still_awaits(courier_id: UUID, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Pickup.courier_id == courier_id,
        Pickup.state.in_([PickupState.ASSIGNED, PickupState.EN_ROUTE]),
        Pickup.window_end > now,
    )


def view_of(session: Session, pickup: Pickup, *, by: Principal, now: datetime) -> PickupView:
    return views(session, [pickup], by, now)[0]


def view_by_id(session: Session, pickup_id: UUID, *, by: Principal, now: datetime) -> PickupView:
    return view_of(session, by_id(session, pickup_id, by=by), by=by, now=now)


def views_of(
    session: Session, pickup_ids: Collection[UUID], *, by: Principal, now: datetime
) -> dict[UUID, PickupView]:
    """Return those of the pickups that the caller may see, by their ids."""
    if not pickup_ids:
        return {}
    found = session.scalars(select(Pickup).where(Pickup.id.in_(pickup_ids), scope.pickups(by))).all()
    return {view.pickup.id: view for view in views(session, found, by, now)}


def listed(
    session: Session, *, by: Principal, only: PickupFilter, page: PageRequest, now: datetime
) -> Page[PickupView]:
    """List pickups by the start of their windows."""
    statement = select(Pickup).where(scope.pickups(by), *_narrowed_to(session, only, by))
    found = paginate(session, statement, [Pickup.window_start, Pickup.id], page)
    return Page(views(session, found.items, by, now), found.next_cursor)


def of_today(session: Session, *, by: Principal, page: PageRequest, now: datetime) -> Page[PickupView]:
    """List the pickups of the branch's present day, and those of the two days before that are not over."""
    zone = ZoneInfo(session.get_one(Branch, by.branch_id).timezone)
    begins, ends = _bounds_of(now.astimezone(zone).date(), zone)
    statement = select(Pickup).where(
        scope.pickups(by),
        Pickup.window_start >= begins - FURTHEST_BACK,
        Pickup.window_start < ends,
        or_(Pickup.window_start >= begins, Pickup.state.not_in(ENDED)),
    )
    found = paginate(session, statement, [Pickup.window_start, Pickup.id], page)
    return Page(views(session, found.items, by, now), found.next_cursor)


def _one(session: Session, pickup_id: UUID, by: Principal, *, locked: bool) -> Pickup:
    statement = select(Pickup).where(Pickup.id == pickup_id, scope.pickups(by))
    if locked:
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = session.scalar(statement)
    if found is None:
        raise NotFound()
    return found


def _narrowed_to(session: Session, only: PickupFilter, by: Principal) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if only.state is not None:
        conditions.append(Pickup.state == only.state)
    if only.day is not None:
        zone = ZoneInfo(session.get_one(Branch, by.branch_id).timezone)
        begins, ends = _bounds_of(only.day, zone)
        conditions += [Pickup.window_start >= begins, Pickup.window_start < ends]
    return conditions


def _bounds_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the instants at which a local day begins and ends; 23 to 25 hours apart where clocks change."""
    midnight = datetime.combine(day, time.min, zone)
    next_midnight = datetime.combine(day + timedelta(days=1), time.min, zone)
    return midnight.astimezone(UTC), next_midnight.astimezone(UTC)
