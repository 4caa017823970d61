"""Giving a pickup another window, or a second try where it was left: for dispatchers and for contacts.

Whether somebody may, and which windows are offered, is the caller's business.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from api import queries
from api.domain import pickups as rules
from api.domain.vocabulary import PickupState
from api.domain.wait_policy import PickupWindow
from api.models import Pickup
from api.services import changes, events, late_couriers, notices, pickup_notices, readiness, stop_order


def give_another(
    session: Session, pickup: Pickup, window: PickupWindow, *, actor_id: UUID | None, now: datetime
) -> Pickup:
    """Move a locked pickup, or book another one after it when it was left or missed; return which it is.

    Raises PickupStateForbids and WindowImpossible.
    """
    if pickup.state in rules.NOT_COLLECTED:
        return _second_try(session, pickup, window, actor_id, now)
    move(session, pickup, window, now=now)
    settle(session, pickup, "pickup.rescheduled", {}, actor_id=actor_id, now=now)
    return pickup


def move(session: Session, pickup: Pickup, window: PickupWindow, *, now: datetime) -> None:
    """Give a pickup another window; its ETA and the contact's answer were for the old one and go."""
    rules.check_may_reschedule(pickup.state)
    rules.check_window(window.start, window.end, now=now)
    pickup.window_start = window.start
    pickup.window_end = window.end
    pickup.eta_at = None
    pickup.state = rules.state_when_assigned(pickup.courier_id is not None)
    begin_anew(pickup, now)
    pickup.readiness_answer = None
    pickup.readiness_answered_at = None
    pickup.promised_ready_at = None
    pickup.goods_packed = None
    pickup.papers_printed = None
    pickup.pings_sent, pickup.asked_at = 0, None
    pickup.lateness_due_at = None
    void_what_was_told(session, pickup, now=now)
    pickup_notices.tell_rescheduled(session, pickup, now=now)


def void_what_was_told(session: Session, pickup: Pickup, *, now: datetime) -> None:
    """End what is still on its way about a window that is no more, and the order of stops it was part of."""
    notices.supersede_thread(session, f"readiness:{pickup.id}", now=now)
    notices.supersede_thread(session, f"answer:{pickup.id}", now=now)
    notices.supersede_thread(session, f"late:{pickup.id}", now=now)
    stop_order.void(session, pickup, now=now)


def begin_anew(pickup: Pickup, now: datetime) -> None:
    """Close the story of the events so far: those of another courier, or of another window."""
    pickup.story_began_at = now
    pickup.last_event_at = None
    pickup.arrivals_undone = 0


def settle(
    session: Session,
    pickup: Pickup,
    fact: str,
    data: dict[str, Any],
    *,
    actor_id: UUID | None,
    now: datetime,
) -> None:
    """Plan the question and the watch over lateness anew after a change, and record it."""
    pickup.changed_at = now
    readiness.schedule_ping(session, pickup, now=now)
    late_couriers.watch(pickup, queries.branches.policy(session, pickup.branch_id), now=now)
    session.flush()
    changes.note(session, [pickup], now=now)
    record(session, fact, pickup, data, actor_id=actor_id, now=now)


def record(
    session: Session, name: str, pickup: Pickup, data: dict[str, Any], *, actor_id: UUID | None, now: datetime
) -> None:
    events.record(
        session,
        name,
        subject_type="pickup",
        subject_id=pickup.id,
        branch_id=pickup.branch_id,
        actor_id=actor_id,
        data=data,
        now=now,
    )


def _second_try(
    session: Session, pickup: Pickup, window: PickupWindow, actor_id: UUID | None, now: datetime
) -> Pickup:
    """Book another pickup for one that was left or missed, or move the one that was booked for it before."""
    known = queries.pickups.open_successor(session, pickup.id)
    if known is None:
        rules.check_window(window.start, window.end, now=now)
        return _book_again(session, pickup, window, actor_id, now)
    if (known.window_start, known.window_end) != (window.start, window.end):
        move(session, known, window, now=now)
        settle(session, known, "pickup.rescheduled", {}, actor_id=actor_id, now=now)
    return known


def _book_again(
    session: Session, pickup: Pickup, window: PickupWindow, actor_id: UUID | None, now: datetime
) -> Pickup:
    again_id = uuid7()
    again = Pickup(
        id=again_id,
        branch_id=pickup.branch_id,
        customer_id=pickup.customer_id,
        site_id=pickup.site_id,
        contact_id=pickup.contact_id,
        external_ref=rules.ref_of_second_try(pickup.external_ref, again_id),
        state=PickupState.BOOKED,
        window_start=window.start,
        window_end=window.end,
        parcels_expected=pickup.parcels_expected,
        rescheduled_from_id=pickup.id,
        created_at=now,
        changed_at=now,
    )
    session.add(again)
    session.flush()
    origin = {"rescheduled_from_id": str(pickup.id)}
    settle(session, again, "pickup.booked", origin, actor_id=actor_id, now=now)
    return again
