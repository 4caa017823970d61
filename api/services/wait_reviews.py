"""Reviewing a leave whose place was not proven: a dispatcher or manager says whether it is protected."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.principal import Principal
from api.domain.wait_ending import LeaveReason, WaitNotUnderReview
from api.models import Customer, Pickup, Wait
from api.queries.wait_views import WaitView
from api.services import changes, events, leaves
from api.services.leaves import Leave


def review(session: Session, *, wait_id: UUID, protected: bool, by: Principal, now: datetime) -> WaitView:
    """Decide, once, about a leave that would be protected if its place were proven.

    Protected it has the consequences it would have had at once: the owner is told, and the contact too
    while that is of use. Else nothing follows for the customer. Raises NotFound and WaitNotUnderReview.
    """
    known = queries.waits.by_id(session, wait_id, by=by)
    pickup = queries.waits.lock_pickup(session, known.pickup_id)
    wait = queries.waits.lock(session, wait_id)
    if not wait.needs_review:
        raise WaitNotUnderReview()
    wait.needs_review, wait.protected = False, protected
    session.flush()
    changes.note(session, [wait], now=now)
    events.record(
        session,
        "wait.reviewed",
        subject_type="wait",
        subject_id=wait.id,
        branch_id=wait.branch_id,
        actor_id=by.staff_id,
        data={"protected": protected, "cause": wait.cause, "trust": wait.trust.value},
        now=now,
    )
    leaves.tell(session, [_leave(session, wait, pickup)], now=now)
    return queries.wait_views.view_of(wait, now=now)


def _leave(session: Session, wait: Wait, pickup: Pickup) -> Leave:
    customer = session.get_one(Customer, pickup.customer_id)
    reason = LeaveReason.WAITED_LONG_ENOUGH if wait.protected else LeaveReason.PLACE_NOT_PROVEN
    return Leave(wait, customer.id, customer.grade, customer.owner_id, reason)
