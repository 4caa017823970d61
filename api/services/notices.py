"""Telling people: each notice is decided once, in the transaction of the change that caused it.

What is decided here waits in the outbox; `deliveries` brings it to phones and contacts.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api import queries
from api.domain.delivery_policy import QuietHours
from api.domain.notice_kinds import Telling
from api.domain.notice_texts import storable
from api.domain.principal import Principal
from api.domain.vocabulary import Channel, DeliveryState, NoticeState
from api.models import Branch, Notice
from api.services import changes, events

__all__ = ["Telling", "mark_seen", "redrive", "supersede_thread", "tell", "tell_all"]

CONTACT = "contact"
"""A contact gets each notice by one channel; the address itself is read when the message leaves."""


def tell(session: Session, telling: Telling, *, now: datetime) -> Telling | None:
    """Decide one notice; None when its key was decided before."""
    return next(iter(tell_all(session, [telling], now=now)), None)


def tell_all(session: Session, tellings: Sequence[Telling], *, now: datetime) -> Sequence[Telling]:
    """Decide many notices in a handful of statements; return those that were not decided before.

    Somebody without a phone to push to finds the notice in the inbox: its state is `suppressed`. So is what
    a contact does not want to hear, or cannot by any channel.
    """
    by_key = {telling.dedupe_key: telling for telling in tellings}
    branches, addresses = _Branches(session), _addresses(session, by_key.values())
    # In one order everywhere, so that two sweeps never wait for each other's keys.
    rows = [_row(by_key[key], branches, addresses, now) for key in sorted(by_key)]
    decided = queries.notices.decide(session, rows)
    fresh = [row for row in rows if row["dedupe_key"] in decided]
    changes.note_told(session, fresh, now=now)
    told = [by_key[row["dedupe_key"]] for row in fresh]
    queries.deliveries.add(
        session,
        [
            {
                "notice_id": row["id"],
                "channel": channel,
                "address_key": address,
                "state": DeliveryState.PENDING,
                "next_at": _leaves_at(telling, branches, now),
                "expires_at": row["useful_until"],
            }
            for telling, row in zip(told, fresh, strict=True)
            for channel, address in addresses[_recipient(telling)]
        ],
    )
    return told


def supersede_thread(session: Session, thread: str, *, now: datetime) -> None:
    """End what is still on its way in a thread, because what it says is no longer so."""
    notice_ids = queries.notices.pending_of_thread(session, thread)
    if notice_ids:
        queries.deliveries.supersede(session, notice_ids, now=now)
        queries.notices.supersede(session, notice_ids, now=now)


def mark_seen(session: Session, *, notice_id: UUID, by: Principal, now: datetime) -> None:
    """Note that the caller has read one of his notices; what still waits to be pushed has become needless."""
    notice = queries.notices.by_id(session, notice_id, by=by)
    if notice.seen_at is None:
        notice.seen_at = now
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


class _Branches:
    """What telling needs to know of branches, each asked for at most once, and only when it matters."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._zones: dict[UUID, ZoneInfo] = {}
        self._quiet_hours: dict[UUID, QuietHours] = {}

    def zone(self, branch_id: UUID) -> ZoneInfo:
        if branch_id not in self._zones:
            self._zones[branch_id] = ZoneInfo(self._session.get_one(Branch, branch_id).timezone)
        return self._zones[branch_id]

    def quiet_hours(self, branch_id: UUID) -> QuietHours:
        if branch_id not in self._quiet_hours:
            policy = queries.branches.policy(self._session, branch_id)
            self._quiet_hours[branch_id] = QuietHours(
                policy.quiet_hours_start, policy.quiet_hours_end, self.zone(branch_id)
            )
        return self._quiet_hours[branch_id]


_Addresses = Mapping[UUID, Sequence[tuple[Channel, str]]]


def _row(telling: Telling, branches: _Branches, addresses: _Addresses, now: datetime) -> dict[str, Any]:
    reachable = bool(addresses[_recipient(telling)])
    needs_zone = bool(telling.variables)
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
        "variables": storable(telling.variables, branches.zone(telling.branch_id)) if needs_zone else {},
        "state": NoticeState.PENDING if reachable else NoticeState.SUPPRESSED,
        "decided_at": now,
        "useful_until": telling.expires_at(now),
        "settled_at": None if reachable else now,
    }


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


def _leaves_at(telling: Telling, branches: _Branches, now: datetime) -> datetime:
    if telling.leaves_at is not None:
        return telling.leaves_at
    if telling.rule.live:
        return now
    return min(branches.quiet_hours(telling.branch_id).next_allowed(now), telling.expires_at(now))
