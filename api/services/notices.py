"""Telling people: each notice is decided once, in the transaction of the change that caused it.

What is decided here waits in the outbox; `deliveries` brings it to phones and contacts.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api import queries
from api.domain.delivery_policy import QuietHours
from api.domain.notice_kinds import KINDS, NoticeKind, Telling
from api.domain.notice_texts import storable
from api.domain.principal import Principal
from api.domain.vocabulary import Channel, DeliveryState, NoticeState
from api.models import Branch, Notice

__all__ = ["Telling", "mark_seen", "supersede_thread", "tell", "tell_all"]

CONTACT = "contact"
"""A contact has one address for each notice, whichever of phone and e-mail it will be."""


def tell(session: Session, telling: Telling, *, now: datetime) -> Notice | None:
    """Decide one notice; None when its key was decided before."""
    told = tell_all(session, [telling], now=now)
    return told[0] if told else None


def tell_all(session: Session, tellings: Sequence[Telling], *, now: datetime) -> Sequence[Notice]:
    """Decide many notices in a handful of statements; return those that were not decided before.

    Somebody without a phone to push to finds the notice in the inbox: its state is `suppressed`.
    """
    branches = _Branches(session)
    # In one order everywhere, so that two sweeps never wait for each other's keys.
    ordered = sorted(tellings, key=lambda telling: telling.dedupe_key)
    notices = queries.notices.decide(session, [_row(telling, branches, now) for telling in ordered])
    addresses = _addresses(session, notices)
    for notice in notices:
        if not addresses[notice.id]:
            notice.state, notice.settled_at = NoticeState.SUPPRESSED, now
    session.flush()
    queries.deliveries.add(
        session,
        [
            {
                "notice_id": notice.id,
                "channel": channel,
                "address_key": key,
                "state": DeliveryState.PENDING,
                "attempts": 0,
                "next_at": _leaves_at(notice, branches, now),
                "expires_at": notice.useful_until,
            }
            for notice in notices
            for channel, key in addresses[notice.id]
        ],
    )
    return notices


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
        queries.deliveries.supersede(session, [notice.id], now=now)
        queries.notices.settle(session, [notice.id], now=now)


class _Branches:
    """What telling needs to know of branches, each asked for at most once, and only when it matters."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._quiet_hours: dict[UUID, QuietHours] = {}

    def zone(self, branch_id: UUID) -> ZoneInfo:
        return ZoneInfo(self._session.get_one(Branch, branch_id).timezone)

    def quiet_hours(self, branch_id: UUID) -> QuietHours:
        if branch_id not in self._quiet_hours:
            policy = queries.branches.policy(self._session, branch_id)
            self._quiet_hours[branch_id] = QuietHours(
                policy.quiet_hours_start, policy.quiet_hours_end, self.zone(branch_id)
            )
        return self._quiet_hours[branch_id]


def _row(telling: Telling, branches: _Branches, now: datetime) -> dict[str, object]:
    needs_zone = bool(telling.variables)
    return {
        "branch_id": telling.branch_id,
        "kind": telling.kind.value,
        "dedupe_key": telling.dedupe_key,
        "thread": telling.thread,
        "staff_id": telling.staff_id,
        "contact_id": telling.contact_id,
        "pickup_id": telling.pickup_id,
        "wait_id": telling.wait_id,
        "customer_id": telling.customer_id,
        "link_id": telling.link_id,
        "variables": storable(telling.variables, branches.zone(telling.branch_id)) if needs_zone else {},
        "state": NoticeState.PENDING,
        "decided_at": now,
        "useful_until": telling.expires_at(now),
    }


def _addresses(session: Session, notices: Sequence[Notice]) -> dict[UUID, list[tuple[Channel, str]]]:
    staff_ids = {notice.staff_id for notice in notices if notice.staff_id}
    contact_ids = {notice.contact_id for notice in notices if notice.contact_id}
    phones = queries.devices.live_of(session, sorted(staff_ids)) if staff_ids else []
    reachable = queries.deliveries.reachable_contacts(session, sorted(contact_ids)) if contact_ids else set()
    return {
        notice.id: [(Channel.PUSH, str(phone.id)) for phone in phones if phone.staff_id == notice.staff_id]
        + [(Channel.MESSAGE, CONTACT)] * (notice.contact_id in reachable)
        for notice in notices
    }


def _leaves_at(notice: Notice, branches: _Branches, now: datetime) -> datetime:
    if KINDS[NoticeKind(notice.kind)].live:
        return now
    return min(branches.quiet_hours(notice.branch_id).next_allowed(now), notice.useful_until)
