"""Telling people: each notice is decided once, in the transaction of the change that caused it.

What is decided here waits in the outbox; `deliveries` brings it to phones and contacts.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain import fall_back
from api.domain.notice_kinds import Telling
from api.domain.notice_texts import storable
from api.domain.principal import Principal
from api.domain.vocabulary import Channel, DeliveryState, NoticeState
from api.models import Notice
from api.services import changes, events, paused_kinds
from api.services.notice_timing import Timing

__all__ = ["Telling", "mark_seen", "redrive", "supersede_thread", "tell", "tell_all"]

CONTACT = "contact"
"""A contact gets each notice by one channel; the address itself is read when the message leaves."""


def tell(session: Session, telling: Telling, *, now: datetime) -> Telling | None:
    """Decide one notice; None when its key was decided before."""
    return next(iter(tell_all(session, [telling], now=now)), None)


def tell_all(session: Session, tellings: Collection[Telling], *, now: datetime) -> Sequence[Telling]:
    """Decide many notices in a handful of statements; return those that were not decided before.

    Somebody without a phone to push to finds the notice in the inbox: its state is `suppressed`. So is what
    is of a paused kind, and what a contact does not want to hear, or cannot by any channel. What may not
    leave yet is held: it has no deliveries until `held_notices.release`.
    """
    by_key = {telling.dedupe_key: telling for telling in tellings}
    timing, addresses = Timing(session, by_key.values(), now=now), _addresses(session, by_key.values())
    # In one order everywhere, so that two sweeps never wait for each other's keys.
    rows = [_row(by_key[key], timing, addresses, now) for key in sorted(by_key)]
    decided = queries.notices.decide(session, rows)
    fresh = [row for row in rows if row["dedupe_key"] in decided]
    changes.note_told(session, fresh, now=now)
    told = [(by_key[row["dedupe_key"]], row) for row in fresh]
    pending = [(telling, row) for telling, row in told if row["state"] is NoticeState.PENDING]
    held = timing.held(telling for telling, _ in pending)
    queries.held_notices.hold(session, held)
    leaving = [(telling, row) for telling, row in pending if row["id"] not in held]
    queries.deliveries.add(session, _deliveries(leaving, addresses, now))
    if timing.floods:
        tell_all(session, paused_kinds.pause(session, timing.floods, now=now), now=now)
    return [telling for telling, _ in told]


def supersede_thread(session: Session, thread: str, *, now: datetime) -> None:
    """End what is still on its way in a thread, falls back or climbs: what it says is no longer so."""
    notice_ids = queries.notices.at_work_in_thread(session, thread)
    if notice_ids:
        queries.deliveries.supersede(session, notice_ids, now=now)
        queries.notices.supersede(session, notice_ids, now=now)


def mark_seen(session: Session, *, notice_id: UUID, by: Principal, now: datetime) -> None:
    """Note that the caller has read one of his notices; what still waits to be pushed has become needless."""
    notice = queries.notices.by_id(session, notice_id, by=by)
    if notice.seen_at is None:
        notice.seen_at, notice.held_until, notice.falls_back_at = now, None, None
        session.flush()
        changes.note(session, [notice], now=now)
        queries.deliveries.supersede(session, [notice.id], now=now)
        queries.notices.settle(session, [notice.id], now=now)


@dataclass(frozen=True, slots=True)
class Redriven:
    """What became of the wish to send a notice again: so many deliveries, or the reason why none."""

    notice_id: UUID
    deliveries: int = 0
    refusal: str | None = None


def redrive(session: Session, notice_ids: Collection[UUID], *, now: datetime) -> Sequence[Redriven]:
    """Let the dead deliveries of notices be tried anew, as often as new ones.

    What is of no more use, or was read meanwhile, stays as it is: nobody is told what is no longer so.
    """
    found = queries.outbox.to_redrive(session, notice_ids)
    return [_redriven(session, notice_id, found.get(notice_id), now) for notice_id in notice_ids]


def _redriven(session: Session, notice_id: UUID, notice: Notice | None, now: datetime) -> Redriven:
    if notice is None:
        return Redriven(notice_id, refusal="there is no such notice")
    if notice.state is NoticeState.SUPERSEDED:
        return Redriven(notice_id, refusal="what it says is no longer so")
    if notice.useful_until <= now:
        return Redriven(notice_id, refusal=f"of no more use since {notice.useful_until:%F %T} UTC")
    if notice.seen_at is not None:
        return Redriven(notice_id, refusal="it has been read")
    deliveries = queries.outbox.revive(session, notice, now=now)
    if deliveries == 0:
        return Redriven(notice_id, refusal="none of its deliveries is dead")
    if notice.state is NoticeState.DEAD:
        notice.state, notice.settled_at = NoticeState.PENDING, None
        session.flush()
        changes.note(session, [notice], now=now)
    events.record(
        session,
        "notice.redriven",
        subject_type="notice",
        subject_id=notice.id,
        branch_id=notice.branch_id,
        data={"deliveries": deliveries},
        now=now,
    )
    return Redriven(notice_id, deliveries)


_Addresses = Mapping[UUID, Sequence[tuple[Channel, str]]]


def _row(telling: Telling, timing: Timing, addresses: _Addresses, now: datetime) -> dict[str, Any]:
    reachable = bool(addresses[_recipient(telling)])
    variables = telling.variables
    falls_back_at = _falls_back_at(telling, timing, now, has_phone=reachable)
    ends_here = timing.is_paused(telling) or (not reachable and falls_back_at is None)
    return {
        "id": telling.id,
        "branch_id": telling.branch_id,
        "kind": telling.kind.value,
        "dedupe_key": telling.dedupe_key,
        "thread": telling.thread,
        "staff_id": telling.staff_id,
        "contact_id": telling.contact_id,
        "pickup_id": telling.pickup_id,
        "wait_id": telling.wait_id,
        "customer_id": telling.customer_id,
        "case_id": telling.case_id,
        "link_id": telling.link_id,
        "variables": variables and storable(variables, timing.branches.zone(telling.branch_id)),
        "state": NoticeState.SUPPRESSED if ends_here else NoticeState.PENDING,
        "decided_at": now,
        "useful_until": telling.expires_at(now),
        "settled_at": now if ends_here else None,
        "falls_back_at": falls_back_at,
        "climbs_at": telling.first_climb_at(now, partial(timing.branches.hours, telling.branch_id)),
        "climbs": telling.climbs,
    }


def _falls_back_at(telling: Telling, timing: Timing, now: datetime, *, has_phone: bool) -> datetime | None:
    if not telling.falls_back or timing.is_paused(telling):
        return None
    if timing.branches.other_way(telling.branch_id) is None:
        return None
    return fall_back.falls_back_at(telling.leaves_at or now, has_phone=has_phone)


def _deliveries(
    leaving: Iterable[tuple[Telling, Mapping[str, Any]]], addresses: _Addresses, now: datetime
) -> Sequence[dict[str, Any]]:
    return [
        {
            "notice_id": row["id"],
            "channel": channel,
            "address_key": address,
            "state": DeliveryState.PENDING,
            "next_at": telling.leaves_at or now,
            "expires_at": row["useful_until"],
        }
        for telling, row in leaving
        for channel, address in addresses[_recipient(telling)]
    ]


def _recipient(telling: Telling) -> UUID:
    recipient = telling.staff_id or telling.contact_id
    assert recipient is not None, "a telling names whom it is for"
    return recipient


def _addresses(session: Session, tellings: Collection[Telling]) -> _Addresses:
    """Return where each recipient can be reached: staff on their phones, a contact by one message."""
    staff_ids = {telling.staff_id for telling in tellings if telling.staff_id}
    contact_ids = {telling.contact_id for telling in tellings if telling.contact_id}
    phones = queries.devices.live_of(session, staff_ids) if staff_ids else {}
    channels = queries.deliveries.channels_of(session, contact_ids) if contact_ids else {}
    return {
        staff_id: [(Channel.PUSH, str(phone)) for phone in phones.get(staff_id, [])] for staff_id in staff_ids
    } | {
        contact_id: [(Channel(channels[contact_id]), CONTACT)] if contact_id in channels else []
        for contact_id in contact_ids
    }
