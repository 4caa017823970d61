"""A courier who does not come: dispatchers are warned, the contact hears the new time, the pickup is missed.

When that is, is decided in `domain.lateness`. Each of it happens once for a window.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.branch_policy import BranchPolicy
from api.domain.lateness import PickupLateness, new_time, watched_from
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.pickups import BEFORE_ARRIVAL
from api.domain.travel import travel_time
from api.domain.vocabulary import LinkPurpose, PickupState, StopOrderReason
from api.models import Pickup
from api.queries.door_steps import AnyPickup
from api.services import cases, changes, churn_rescoring, events, link_issuing, notices, stop_order
from api.services.contact_rules import ContactRules
from api.services.wait_notices import Dispatchers


def watch(pickup: AnyPickup, policy: BranchPolicy, *, now: datetime) -> None:
    """Set when to look whether the courier has come; call it whenever window, courier or state has changed.

    A pickup that is watched already stays so: who was warned once is not warned again.
    """
    if pickup.state not in BEFORE_ARRIVAL:
        pickup.lateness_due_at = None
    elif pickup.lateness_due_at is None:
        pickup.lateness_due_at = watched_from(pickup.state, _lateness(pickup, policy), now=now)


def look_at_due(session: Session, *, limit: int, now: datetime) -> int:
    """Act on at most `limit` pickups whose courier should have come; return how many there were.

    After downtime only what is still of use happens: nobody is warned of what is missed by now.
    """
    due = queries.late_couriers.claim_due(session, limit=limit, now=now)
    policies = {branch: queries.branches.policy(session, branch) for branch in {one.branch_id for one in due}}
    late: list[tuple[Pickup, PickupLateness]] = []
    missed: list[Pickup] = []
    for pickup in due:
        lateness = _lateness(pickup, policies[pickup.branch_id])
        if lateness.is_missed(now=now):
            missed.append(pickup)
        else:
            late.append((pickup, lateness))
    _warn(session, late, now)
    _give_up(session, missed, now)
    return len(due)


def tell_new_eta(session: Session, pickup: Pickup, *, now: datetime) -> None:
    """Tell the contact of a courier who is late by now that there is an ETA, unless one was told before."""
    policy = queries.branches.policy(session, pickup.branch_id)
    awaited = pickup.state in BEFORE_ARRIVAL and _lateness(pickup, policy).is_late(now=now)
    if awaited and (at := new_time(pickup.eta_at, None, now=now)) is not None:
        _tell_contact(session, pickup, at, now)


def _lateness(pickup: AnyPickup, policy: BranchPolicy) -> PickupLateness:
    return PickupLateness.of(pickup.window_start, pickup.window_end, policy)


def _warn(session: Session, late: Sequence[tuple[Pickup, PickupLateness]], now: datetime) -> None:
    queries.late_couriers.look_again(session, [(pickup.id, lateness.missed_at) for pickup, lateness in late])
    dispatchers = Dispatchers(session, now=now)
    notices.tell_all(
        session,
        [
            telling
            for pickup, lateness in late
            for telling in _to_staff(
                NoticeKind.COURIER_LATE,
                pickup,
                dispatchers.of(pickup.branch_id),
                useful_until=lateness.missed_at,
            )
        ],
        now=now,
    )
    for pickup, _ in late:
        _find_a_way(session, pickup, now)


def _find_a_way(session: Session, pickup: Pickup, now: datetime) -> None:
    """Propose to go there first, and tell the contact the new time if anybody can tell it."""
    if pickup.courier_id is not None:
        stop_order.propose(session, pickup, StopOrderReason.WINDOW_ENDS_SOON, now=now)
    at = new_time(pickup.eta_at, _way_to(session, pickup, now), now=now)
    if at is not None:
        _tell_contact(session, pickup, at, now)


def _way_to(session: Session, pickup: Pickup, now: datetime) -> timedelta | None:
    if pickup.courier_id is None:
        return None
    here = queries.stop_order.last_seen(session, pickup.courier_id, now=now)
    return None if here is None else travel_time(here, queries.waits.place_of(session, pickup))


def _give_up(session: Session, missed: Sequence[Pickup], now: datetime) -> None:
    for pickup in missed:
        pickup.state = PickupState.MISSED
        pickup.lateness_due_at = pickup.ping_due_at = None
        pickup.changed_at = now
    session.flush()
    changes.note(session, missed, now=now)
    for pickup in missed:
        events.record(
            session,
            "pickup.missed",
            subject_type="pickup",
            subject_id=pickup.id,
            branch_id=pickup.branch_id,
            data={"customer_id": str(pickup.customer_id), "window_end": pickup.window_end.isoformat()},
            now=now,
        )
        notices.supersede_thread(session, f"late:{pickup.id}", now=now)
    dispatchers = Dispatchers(session, now=now)
    case_ids = cases.open_for_missed(session, missed, dispatchers, now=now)
    notices.tell_all(
        session,
        [
            telling
            for pickup in missed
            for telling in _to_staff(
                NoticeKind.PICKUP_MISSED,
                pickup,
                dispatchers.of(pickup.branch_id),
                case_id=case_ids[pickup.id],
            )
        ],
        now=now,
    )
    churn_rescoring.rescore(session, [(pickup.branch_id, pickup.customer_id) for pickup in missed], now=now)


def _to_staff(
    kind: NoticeKind,
    pickup: Pickup,
    recipients: Iterable[UUID],
    *,
    case_id: UUID | None = None,
    useful_until: datetime | None = None,
) -> list[Telling]:
    return [
        Telling(
            kind,
            pickup.branch_id,
            f"{_once(kind, pickup)}:{staff_id}",
            staff_id=staff_id,
            pickup_id=pickup.id,
            case_id=case_id,
            variables={"window_end": pickup.window_end},
            useful_until=useful_until,
        )
        for staff_id in recipients
    ]


def _tell_contact(session: Session, pickup: Pickup, at: datetime, now: datetime) -> None:
    """Tell the new time once for a window, in the contact's hours, unless he opted out or heard enough."""
    contact = queries.wait_contacts.of_pickups(session, [pickup.id], now=now)[pickup.id]
    if not ContactRules(session, now=now).let_through(contact):
        return
    link = link_issuing.issue(
        session,
        purpose=LinkPurpose.PICKUP,
        contact_id=pickup.contact_id,
        pickup_id=pickup.id,
        branch_id=pickup.branch_id,
        now=now,
    )
    telling = Telling(
        NoticeKind.NEW_TIME,
        pickup.branch_id,
        f"{_once(NoticeKind.NEW_TIME, pickup)}:{pickup.contact_id}",
        contact_id=pickup.contact_id,
        pickup_id=pickup.id,
        link_id=link.id,
        variables={"expected_at": at},
    )
    notices.tell(session, telling, now=now)


def _once(kind: NoticeKind, pickup: Pickup) -> str:
    """Return what makes a telling one of its kind: a pickup that was moved can be late once more."""
    return f"{kind}:{pickup.id}:{int(pickup.window_end.timestamp())}"
