"""Waits: the one that runs at a pickup, and the live view of a branch.

How a wait is shown is in `wait_views`; timers are in `wait_timers`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from api.domain.errors import NotFound
from api.domain.geofence import Place
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.domain.vocabulary import (
    ExtensionState,
    PickupState,
    WaitOutcome,
    WaitState,
)
from api.domain.wait_extension import NextStop
from api.models import Pickup, Site, Wait
from api.queries import scope
from api.queries.paging import mapped, paginate
from api.queries.wait_views import WaitView, view_of


def latest_view(session: Session, pickup_id: UUID, *, now: datetime) -> WaitView | None:
    """Return the newest wait at a pickup, running or not; for callers whose scope is already decided."""
    newest = session.scalar(
        select(Wait).where(Wait.pickup_id == pickup_id).order_by(Wait.attempt.desc()).limit(1)
    )
    return None if newest is None else view_of(newest, now=now)


def views_of(
    session: Session, wait_ids: Collection[UUID], *, by: Principal, now: datetime
) -> dict[UUID, WaitView]:
    """Return those of the waits that the caller may see, by their ids."""
    if not wait_ids:
        return {}
    found = session.scalars(select(Wait).where(Wait.id.in_(wait_ids), scope.waits(by)))
    return {wait.id: view_of(wait, now=now) for wait in found}


def newest_views(
    session: Session, pickup_ids: Collection[UUID], *, by: Principal, now: datetime
) -> dict[UUID, WaitView]:
    """Return the newest wait at each of the pickups, by the pickup's id; none where nobody has been yet."""
    found = session.scalars(
        select(Wait).where(Wait.pickup_id.in_(pickup_ids), scope.waits(by)).order_by(Wait.attempt)
    )
    return {wait.pickup_id: view_of(wait, now=now) for wait in found}


def of_pickup(session: Session, pickup_id: UUID, *, by: Principal, now: datetime) -> WaitView:
    """Return the newest wait at a pickup the caller may see; raises NotFound when there is none."""
    visible = session.scalar(select(Pickup.id).where(Pickup.id == pickup_id, scope.pickups(by)))
    view = None if visible is None else latest_view(session, pickup_id, now=now)
    if view is None:
        raise NotFound()
    return view


def live(
    session: Session, *, state: WaitState | None, by: Principal, page: PageRequest, now: datetime
) -> Page[WaitView]:
    """List the branch's waits, oldest arrival first: those in `state`, or all that call for anybody.

    These are the waits that are not closed, and leaves whose review is due.
    """
    wanted = or_(Wait.state != WaitState.CLOSED, Wait.needs_review) if state is None else Wait.state == state
    waits = paginate(session, select(Wait).where(wanted, scope.waits(by)), [Wait.arrived_at, Wait.id], page)
    return mapped(waits, lambda wait: view_of(wait, now=now))


def lock_pickup(session: Session, pickup_id: UUID) -> Pickup:
    """Return the pickup, locked: whoever changes its wait comes through here first."""
    pickup = session.scalar(
        select(Pickup)
        .where(Pickup.id == pickup_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if pickup is None:
        raise NotFound()
    return pickup


def lock_running(session: Session, pickup_id: UUID) -> Wait | None:
    """Return the running wait of a locked pickup, locked against the sweep of timers."""
    return session.scalar(
        select(Wait)
        .where(Wait.pickup_id == pickup_id, Wait.state != WaitState.CLOSED)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def by_id(session: Session, wait_id: UUID, *, by: Principal) -> Wait:
    found = session.scalar(select(Wait).where(Wait.id == wait_id, scope.waits(by)))
    if found is None:
        raise NotFound()
    return found


def lock(session: Session, wait_id: UUID) -> Wait:
    """Return a wait of a locked pickup, locked against the sweep of timers."""
    return session.scalars(
        select(Wait)
        .where(Wait.id == wait_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def claim_silent_extensions(session: Session, *, asked_by: datetime, limit: int) -> Sequence[Wait]:
    """Take running waits for which more time was asked until then, and nobody has decided."""
    return session.scalars(
        select(Wait)
        .where(
            Wait.extension_state == ExtensionState.REQUESTED,
            Wait.state != WaitState.CLOSED,
            Wait.extension_asked_at <= asked_by,
        )
        .order_by(Wait.extension_asked_at)
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def place_of(session: Session, pickup: Pickup) -> Place:
    latitude, longitude = session.execute(
        select(Site.latitude, Site.longitude).where(Site.id == pickup.site_id)
    ).one()
    return Place(latitude, longitude)


def next_stop(session: Session, pickup: Pickup, *, now: datetime) -> NextStop | None:
    """Return where the courier is expected next, by ETA or window start: a window that can still be met."""
    row = session.execute(
        select(Site.latitude, Site.longitude, Pickup.window_end)
        .join(Site, Site.id == Pickup.site_id)
        .where(
            Pickup.courier_id == pickup.courier_id,
            Pickup.id != pickup.id,
            Pickup.state.in_([PickupState.ASSIGNED, PickupState.EN_ROUTE]),
            Pickup.window_end > now,
        )
        .order_by(func.coalesce(Pickup.eta_at, Pickup.window_start), Pickup.window_end)
        .limit(1)
    ).one_or_none()
    return None if row is None else NextStop(Place(row.latitude, row.longitude), row.window_end)


def protected_leaves(session: Session, customer_id: UUID, *, besides: UUID, since: datetime) -> int:
    """Count the other protected leaves from this customer's pickups that happened since then."""
    statement = (
        select(func.count())
        .select_from(Wait)
        .join(Pickup, Pickup.id == Wait.pickup_id)
        .where(
            Pickup.customer_id == customer_id,
            Wait.id != besides,
            Wait.protected,
            Wait.departed_at >= since,
        )
    )
    return session.scalar(statement) or 0


def close_abandoned(session: Session, wait_ids: Collection[UUID]) -> None:
    """Close waits that nobody ended. They have no durations: nobody knows when the courier left."""
    session.execute(
        update(Wait)
        .where(Wait.id.in_(wait_ids))
        .values(state=WaitState.CLOSED, outcome=WaitOutcome.ABANDONED)
        .execution_options(synchronize_session=False)
    )
