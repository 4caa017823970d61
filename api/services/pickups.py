"""Booking pickups and what a dispatcher does with them until the job is over.

What happens at the door comes from field events; the contact's answer from the readiness page.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain import pickups as rules
from api.domain.erasure import ContactErased
from api.domain.errors import PreconditionFailed
from api.domain.pickups import (
    ContactOfAnotherCustomer,
    ExternalRefTaken,
    NotACourier,
    NothingProposed,
    PickupBooking,
)
from api.domain.principal import Principal
from api.domain.vocabulary import PickupState, ProposedStep, Role
from api.domain.wait_policy import PickupWindow
from api.models import Pickup, PickupAssignment
from api.queries.pickup_views import PickupView
from api.services import (
    changes,
    late_couriers,
    links,
    pickup_notices,
    pickup_windows,
    stop_order,
    waits,
)


def book(session: Session, booking: PickupBooking, *, by: Principal, now: datetime) -> PickupView:
    """Book a pickup at a site. The same booking again returns the pickup as it stands now.

    Raises ExternalRefTaken for another booking under the same reference, NotFound for a site or contact
    out of sight, ContactOfAnotherCustomer, NotACourier and WindowImpossible.
    """
    known = queries.pickups.find_by_external_ref(session, by.branch_id, booking.external_ref)
    if known is None:
        known = _add(session, booking, by, now)
    if known.booking_hash != booking.fingerprint():
        raise ExternalRefTaken()
    return queries.pickups.view_of(session, known, by=by, now=now)


def change(
    session: Session,
    *,
    pickup_id: UUID,
    changes: dict[str, Any],
    version: int,
    by: Principal,
    now: datetime,
) -> PickupView:
    """Change ETA, parcels expected, contact or window until the job is over; the readiness ping follows.

    Raises PickupStateForbids, PreconditionFailed, ContactOfAnotherCustomer and WindowImpossible.
    """
    pickup = queries.pickups.locked_by_id(session, pickup_id, by=by)
    if pickup.version != version:
        raise PreconditionFailed()
    rules.check_may_change(pickup.state)
    fields = sorted(changes)
    window = changes.pop("window_start", pickup.window_start), changes.pop("window_end", pickup.window_end)
    if changes.get("contact_id", pickup.contact_id) != pickup.contact_id:
        _check_contact(session, changes["contact_id"], pickup.customer_id, by)
        links.revoke(session, contact_id=pickup.contact_id, pickup_id=pickup.id, now=now)
    if window != (pickup.window_start, pickup.window_end):
        pickup_windows.move(session, pickup, PickupWindow(*window), now=now)
    for name, value in changes.items():
        setattr(pickup, name, value)
    pickup_windows.settle(
        session, pickup, "pickup.changed", {"fields": fields}, actor_id=by.staff_id, now=now
    )
    if "eta_at" in fields:
        late_couriers.tell_new_eta(session, pickup, now=now)
    return queries.pickups.view_of(session, pickup, by=by, now=now)


def assign(
    session: Session, *, pickup_id: UUID, courier_id: UUID, by: Principal, now: datetime
) -> PickupView:
    """Give the pickup to a courier, or to another one. Naming the same courier again changes nothing.

    A wait that is running ends, both couriers are told, and who held the pickup when is kept.
    Raises PickupStateForbids and NotACourier.
    """
    pickup = queries.pickups.locked_by_id(session, pickup_id, by=by)
    rules.check_may_assign(pickup.state)
    if pickup.courier_id != courier_id:
        _take_away(session, pickup, now)
        _hand_to(session, pickup, courier_id, now)
        pickup_windows.settle(
            session, pickup, "pickup.assigned", {"courier_id": str(courier_id)}, actor_id=by.staff_id, now=now
        )
    return queries.pickups.view_of(session, pickup, by=by, now=now)


def reschedule(
    session: Session,
    *,
    pickup_id: UUID,
    window_start: datetime,
    window_end: datetime,
    by: Principal,
    now: datetime,
) -> PickupView:
    """Move the pickup to another window; its ETA and the contact's answer were for the old one and go.

    What was left or missed stays as it is: another time is a pickup of its own, linked to it. Choosing
    again moves that one. Raises PickupStateForbids and WindowImpossible.
    """
    pickup = queries.pickups.locked_by_id(session, pickup_id, by=by)
    window = PickupWindow(window_start, window_end)
    moved = pickup_windows.give_another(session, pickup, window, actor_id=by.staff_id, now=now)
    return queries.pickups.view_of(session, moved, by=by, now=now)


def cancel(
    session: Session,
    *,
    pickup_id: UUID,
    reason: str | None,
    only_if_proposed: bool = False,
    by: Principal,
    now: datetime,
) -> PickupView:
    """Call the pickup off. A running wait ends without a verdict, and the courier is told not to go.

    `only_if_proposed` accepts what the contact proposed; raises NothingProposed when he says otherwise now.
    """
    pickup = queries.pickups.locked_by_id(session, pickup_id, by=by)
    rules.check_may_cancel(pickup.state)
    proposed = queries.pickup_views.proposed_step_of(pickup)
    if only_if_proposed and proposed is not ProposedStep.CANCELLATION:
        raise NothingProposed(proposed_step=proposed)
    waits.cancel_running(session, pickup_id=pickup.id, now=now)
    pickup.state = PickupState.CANCELLED
    pickup.cancel_reason = reason
    pickup.ping_due_at = pickup.lateness_due_at = None
    pickup.changed_at = now
    session.flush()
    changes.note(session, [pickup], now=now)
    pickup_windows.void_what_was_told(session, pickup, now=now)
    pickup_notices.tell_cancelled(session, pickup, now=now)
    pickup_windows.record(session, "pickup.cancelled", pickup, {}, actor_id=by.staff_id, now=now)
    return queries.pickups.view_of(session, pickup, by=by, now=now)


def _add(session: Session, booking: PickupBooking, by: Principal, now: datetime) -> Pickup:
    rules.check_window(booking.window_start, booking.window_end, now=now)
    site = queries.sites.by_id(session, booking.site_id, by=by)
    _check_contact(session, booking.contact_id, site.customer_id, by)
    pickup = Pickup(
        branch_id=site.branch_id,
        customer_id=site.customer_id,
        site_id=site.id,
        contact_id=booking.contact_id,
        external_ref=booking.external_ref,
        booking_hash=booking.fingerprint(),
        state=PickupState.BOOKED,
        window_start=booking.window_start,
        window_end=booking.window_end,
        eta_at=booking.eta_at,
        parcels_expected=booking.parcels_expected,
        created_at=now,
        changed_at=now,
    )
    session.add(pickup)
    session.flush()
    if booking.courier_id is not None:
        _hand_to(session, pickup, booking.courier_id, now)
    pickup_windows.settle(session, pickup, "pickup.booked", {}, actor_id=by.staff_id, now=now)
    return pickup


def _check_contact(session: Session, contact_id: UUID, customer_id: UUID, by: Principal) -> None:
    contact = queries.contacts.by_id(session, contact_id, by=by)
    if contact.customer_id != customer_id:
        raise ContactOfAnotherCustomer(errors={"contact_id": [ContactOfAnotherCustomer.__doc__]})
    if contact.erased_at is not None:
        raise ContactErased()


def _hand_to(session: Session, pickup: Pickup, courier_id: UUID, now: datetime) -> None:
    if not queries.staff.is_active_with_role(
        session, courier_id, branch_id=pickup.branch_id, role=Role.COURIER
    ):
        raise NotACourier(errors={"courier_id": [NotACourier.__doc__]})
    assignment = PickupAssignment(pickup_id=pickup.id, courier_id=courier_id, assigned_at=now)
    session.add(assignment)
    pickup.courier_id = courier_id
    pickup.assigned_at = now
    pickup.state = PickupState.ASSIGNED
    pickup_windows.begin_anew(pickup, now)
    session.flush()
    pickup_notices.tell_assigned(session, pickup, assignment, now=now)


def _take_away(session: Session, pickup: Pickup, now: datetime) -> None:
    held = queries.pickups.current_assignment(session, pickup.id)
    if held is None:
        return
    waits.cancel_running(session, pickup_id=pickup.id, now=now)
    stop_order.void(session, pickup, now=now)
    held.ended_at = now
    changes.note_loss(session, pickup, courier_id=held.courier_id, now=now)
    pickup_notices.tell_reassigned(session, pickup, held, now=now)
