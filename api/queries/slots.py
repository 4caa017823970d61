"""What is already in a branch's days, and the newest of the pickups that were agreed on after another."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from api.domain.pickups import ENDED, LONGEST_WINDOW
from api.domain.slots import Slot
from api.domain.vocabulary import PickupState
from api.models import Branch, Pickup


def lock_branch(session: Session, branch_id: UUID) -> Branch:
    """Return the branch, locked: two contacts who choose the last place of a slot come one after the other.

    Bookings, which only refer to the branch, do not wait for it.
    """
    return session.execute(
        select(Branch)
        .where(Branch.id == branch_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).scalar_one()


def booked(session: Session, branch_id: UUID, *, within: Slot, besides: UUID) -> Sequence[Slot]:
    """Return the windows of the branch's pickups that are not over and reach into a span, all but one's."""
    rows = session.execute(
        select(Pickup.window_start, Pickup.window_end).where(
            Pickup.branch_id == branch_id,
            Pickup.window_start > within.start - LONGEST_WINDOW,
            Pickup.window_start < within.end,
            Pickup.window_end > within.start,
            Pickup.state.not_in(ENDED),
            Pickup.id != besides,
        )
    )
    return [Slot(row.window_start, row.window_end) for row in rows]


def newest_try(session: Session, pickup: Pickup, *, locked: bool = False) -> Pickup:
    """Return the pickup that stands for this one now: the last that was booked instead and not cancelled.

    Where there is none it is the pickup itself, as it was given.
    """
    while (following := session.scalar(_following(pickup.id, locked))) is not None:
        pickup = following
    return pickup


def _following(pickup_id: UUID, locked: bool) -> Select[Pickup]:
    following = (
        select(Pickup)
        .where(Pickup.rescheduled_from_id == pickup_id, Pickup.state != PickupState.CANCELLED)
        .order_by(Pickup.id.desc())
        .limit(1)
    )
    if not locked:
        return following
    return following.with_for_update(key_share=True).execution_options(populate_existing=True)
