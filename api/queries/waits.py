"""Waits: the one that runs at a pickup, the live view of a branch, and how a wait is shown.

What a wait's instants mean is decided in `domain.wait_policy`; timers are in `wait_timers`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from api.domain.branch_policy import BranchPolicy
from api.domain.errors import NotFound
from api.domain.geofence import Place
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.domain.rung_notices import courier_notice_id
from api.domain.vocabulary import (
    ExtensionState,
    PickupState,
    Quality,
    TimerKind,
    Trust,
    WaitAlarm,
    WaitCause,
    WaitColour,
    WaitOutcome,
    WaitState,
)
from api.domain.wait_alarms import alarms
from api.domain.wait_extension import ExtensionRequest, NextStop, state_after_silence
from api.domain.wait_ladder import Rung, ladder, loading_rung
from api.domain.wait_policy import WaitClock, colour, remaining
from api.models import Pickup, Site, Wait
from api.queries import scope
from api.queries.paging import mapped, paginate


@dataclass(frozen=True, slots=True)
class RungView:
    """`notice_id` is the id that the courier's notice of this rung will have; None where he is not told."""

    kind: TimerKind
    at: datetime
    notice_id: UUID | None


@dataclass(frozen=True, slots=True)
class ExtensionView:
    """`state` is what silence has made of it by now."""

    state: ExtensionState
    minutes: int
    asked_at: datetime
    asked_by: str


@dataclass(frozen=True, slots=True)
class WaitView:
    """A wait as it is drawn at `server_now`. Phones count down to `deadline_at`."""

    id: UUID
    pickup_id: UUID
    courier_id: UUID
    attempt: int
    state: WaitState
    colour: WaitColour
    outcome: WaitOutcome | None
    arrived_at: datetime
    clock_started_at: datetime
    deadline_at: datetime
    limit_seconds: int
    remaining_seconds: int
    server_now: datetime
    handover_started_at: datetime | None
    departed_at: datetime | None
    cause: WaitCause | None
    protected: bool
    needs_review: bool
    dwell_seconds: int | None
    avoidable_wait_seconds: int | None
    trust: Trust
    quality: Quality
    alarms: tuple[WaitAlarm, ...]
    extension: ExtensionView | None
    ladder: tuple[RungView, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values, the same that the schema of a wait dumps."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}


def clock_of(wait: Wait) -> WaitClock:
    return WaitClock(
        wait.clock_started_at, timedelta(seconds=wait.limit_seconds), wait.deadline_at, wait.generation
    )


def set_clock(wait: Wait, clock: WaitClock) -> None:
    """Move the wait's clock; its limit stays the one it began with."""
    wait.clock_started_at, wait.deadline_at = clock.started_at, clock.deadline_at
    wait.generation = clock.generation


def loading_limit_of(wait: Wait) -> timedelta:
    """Return how long the handover may take, by the policy the wait began with."""
    return timedelta(seconds=wait.loading_limit_seconds or BranchPolicy().loading_limit_seconds)


def longest_extension_of(wait: Wait) -> int:
    """Return the most minutes that may be asked for, by the policy the wait began with."""
    return wait.extension_max_minutes or BranchPolicy().extension_max_minutes


def extension_of(wait: Wait) -> ExtensionRequest:
    return ExtensionRequest(wait.extension_state, wait.extension_minutes, wait.extension_asked_at)


def view_of(wait: Wait, *, now: datetime) -> WaitView:
    """Return the wait as it is drawn now. Of the ladder those rungs are shown that can still come."""
    clock = clock_of(wait)
    is_open = wait.state is WaitState.OPEN
    return WaitView(
        id=wait.id,
        pickup_id=wait.pickup_id,
        courier_id=wait.courier_id,
        attempt=wait.attempt,
        state=wait.state,
        colour=colour(clock, wait.state, now=now),
        outcome=wait.outcome,
        arrived_at=wait.arrived_at,
        clock_started_at=wait.clock_started_at,
        deadline_at=wait.deadline_at,
        limit_seconds=wait.limit_seconds,
        # Rounded up: a clock shows 0 only when the time is really over.
        remaining_seconds=ceil(remaining(clock, now=now).total_seconds()) if is_open else 0,
        server_now=now,
        handover_started_at=wait.handover_started_at,
        departed_at=wait.departed_at,
        cause=wait.cause,
        protected=wait.protected,
        needs_review=wait.needs_review,
        dwell_seconds=wait.dwell_seconds,
        avoidable_wait_seconds=wait.avoidable_wait_seconds,
        trust=wait.trust,
        quality=wait.quality,
        alarms=alarms(
            clock,
            wait.state,
            trust=wait.trust,
            needs_review=wait.needs_review,
            extension=state_after_silence(extension_of(wait), now=now),
            now=now,
        ),
        extension=_extension_view(wait, now),
        ladder=_rungs(wait, clock),
    )


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


def _rungs(wait: Wait, clock: WaitClock) -> tuple[RungView, ...]:
    rungs: tuple[Rung, ...] = ()
    if wait.state is WaitState.OPEN:
        rungs = ladder(clock)
    elif wait.state is WaitState.HANDING_OVER and wait.handover_started_at is not None:
        rungs = (loading_rung(wait.handover_started_at, limit=loading_limit_of(wait)),)
    return tuple(RungView(rung.kind, rung.at, _notice_id(wait, rung)) for rung in rungs)


def _notice_id(wait: Wait, rung: Rung) -> UUID | None:
    return courier_notice_id(
        rung.kind, wait_id=wait.id, generation=wait.generation, courier_id=wait.courier_id
    )


def _extension_view(wait: Wait, now: datetime) -> ExtensionView | None:
    state = state_after_silence(extension_of(wait), now=now)
    if state is None or wait.extension_minutes is None or wait.extension_asked_at is None:
        return None
    return ExtensionView(
        state, wait.extension_minutes, wait.extension_asked_at, wait.extension_asked_by or ""
    )


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.isoformat()
        case UUID():
            return str(value)
        case RungView() | ExtensionView():
            return {name: _plain(getattr(value, name)) for name in value.__slots__}
        case tuple():
            return [_plain(item) for item in value]
        case _:
            return value
