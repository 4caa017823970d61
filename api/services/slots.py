"""Another time, chosen by the contact: what is free, and moving the pickup there or booking it anew.

What is free is decided in `domain.slots`. Where nothing fits, the contact can still leave the choice to
the dispatchers: see `readiness.wish_another_time`.
"""

from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api import queries
from api.domain import link_policy, slots
from api.domain import pickups as pickup_rules
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.readiness import Said
from api.domain.slots import Slot, SlotPlan, SlotTaken
from api.domain.vocabulary import LinkPurpose, ReadinessAnswer, Role
from api.domain.wait_policy import PickupWindow
from api.models import Branch, Pickup
from api.services import notices, pickup_windows, readiness
from api.services.links import OpenLink


def free(session: Session, *, pickup: Pickup, now: datetime) -> tuple[Slot, ...]:
    """Return the next three free slots; none where the pickup is at its door or done."""
    pickup = queries.slots.newest_try(session, pickup)
    if not pickup_rules.may_get_another_time(pickup.state):
        return ()
    return _free(session, pickup, _plan(session, session.get_one(Branch, pickup.branch_id), now), now)


def choose(session: Session, *, through: OpenLink, slot_start: datetime, now: datetime) -> Pickup:
    """Give the pickup the slot that begins then, and tell its courier and the dispatchers.

    A pickup that was left or missed gets another one after it. Contacts who choose come one after the
    other, so that the last place of a slot is given once; the same choice again changes nothing. A
    dispatcher may book more than that: it is his day. Raises SlotTaken and PickupStateForbids.
    """
    pickup = queries.slots.newest_try(session, through.the_pickup, locked=True)
    pickup_rules.check_may_get_another_time(pickup.state)
    plan = _plan(session, queries.slots.lock_branch(session, pickup.branch_id), now)
    slot = Slot(slot_start, slot_start + plan.length)
    if pickup.state in pickup_rules.BEFORE_ARRIVAL and slot == _window(pickup):
        return pickup
    if slot not in plan.slots(now=now) or not slots.has_room(plan, _booked(session, pickup, slot), slot):
        raise SlotTaken(slots=[one.to_json() for one in _free(session, pickup, plan, now)])
    readiness.keep(session, through.link, Said(ReadinessAnswer.ANOTHER_TIME), now=now)
    chosen = pickup_windows.give_another(
        session, pickup, PickupWindow(slot.start, slot.end), actor_id=None, now=now
    )
    if through.link.purpose is LinkPurpose.PICKUP:
        through.link.expires_at = link_policy.expires_at(LinkPurpose.PICKUP, window_end=slot.end, now=now)
    _tell_dispatchers(session, chosen, plan.zone, now)
    return chosen


def _plan(session: Session, branch: Branch, now: datetime) -> SlotPlan:
    return SlotPlan.of(
        queries.branches.policy(session, branch.id),
        ZoneInfo(branch.timezone),
        branch.working_hours,
        couriers=len(queries.staff.active_with_role(session, branch.id, Role.COURIER)),
        calendar=queries.work_calendars.of_branch(session, branch, around=now),
    )


def _free(session: Session, pickup: Pickup, plan: SlotPlan, now: datetime) -> tuple[Slot, ...]:
    booked = _booked(session, pickup, plan.horizon(now=now))
    found = slots.free(plan, booked, instead_of=_window(pickup), now=now)
    return tuple(islice(found, slots.OFFERED))


def _booked(session: Session, pickup: Pickup, within: Slot) -> list[Slot]:
    return list(queries.slots.booked(session, pickup.branch_id, within=within, besides=pickup.id))


def _window(pickup: Pickup) -> Slot:
    return Slot(pickup.window_start, pickup.window_end)


def _tell_dispatchers(session: Session, pickup: Pickup, zone: ZoneInfo, now: datetime) -> None:
    kind = NoticeKind.SLOT_CHOSEN
    day = pickup.window_start.astimezone(zone)
    tellings = [
        Telling(
            kind,
            pickup.branch_id,
            f"{kind}:{pickup.id}:{pickup.version}:{staff_id}",
            staff_id=staff_id,
            pickup_id=pickup.id,
            customer_id=pickup.customer_id,
            variables={
                "month": day.month,
                "day": day.day,
                "window_start": pickup.window_start,
                "window_end": pickup.window_end,
            },
        )
        for staff_id in queries.staff.dispatchers_on_duty(session, pickup.branch_id, now=now)
    ]
    notices.supersede_thread(session, f"answer:{pickup.id}", now=now)
    notices.tell_all(session, tellings, now=now)
