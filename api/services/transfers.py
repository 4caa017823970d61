"""Transfers: all that one person holds goes to others in one transaction; previewed before, undone after.

Who gets what, and when each customer is introduced, is decided in `domain.transfers`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api import queries
from api.domain import transfers as rules
from api.domain.business_hours import local_day
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.principal import Principal
from api.domain.staff import AboveYourRank, may_manage
from api.domain.transfers import (
    FormerOwnerGone,
    Handover,
    Holdings,
    NothingToTransfer,
    ReceiverImpossible,
    Share,
)
from api.domain.vocabulary import Role, TransferredKind, VisitState
from api.models import Branch, StaffMember, Transfer, TransferItem, Visit
from api.services import calendars, changes, events, notices, ownership


@dataclass(frozen=True, slots=True)
class Wish:
    """Whose work is handed over, and to whom; several get equal shares."""

    staff_id: UUID
    receivers: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a transfer would do; nothing has been done."""

    counts: Mapping[str, int]
    shares: Sequence[Share]


@dataclass(frozen=True, slots=True)
class Undone:
    """A transfer that was undone, and how many pieces stayed where they are, because they had moved on."""

    transfer: Transfer
    kept: int


@dataclass(frozen=True, slots=True)
class _Plan:
    member: StaffMember
    receivers: Sequence[UUID]
    holdings: Holdings
    handover: Handover
    loads: Mapping[tuple[UUID, date], int]


@dataclass(frozen=True, slots=True)
class _Pieces:
    """What one receiver got of one kind."""

    kind: TransferredKind
    to_id: UUID
    ids: Sequence[UUID]


def preview(session: Session, *, wish: Wish, by: Principal, now: datetime) -> Preview:
    """Tell what a transfer would do. Raises as `make` does."""
    plan = _planned(session, wish, by, now)
    shares = rules.shares(plan.holdings.customers, plan.handover, plan.loads)
    return Preview(plan.holdings.counts, shares)


def make(session: Session, *, wish: Wish, by: Principal, now: datetime) -> Transfer:
    """Hand over all that somebody holds: customers, and open alerts, visits, promises and cases.

    What is over stays with whoever did it. His calendar addresses end, and introduction visits are planned.
    Raises NotFound, AboveYourRank, ReceiverImpossible and NothingToTransfer.
    """
    plan = _planned(session, wish, by, now)
    transfer = Transfer(
        branch_id=plan.member.branch_id,
        from_id=plan.member.id,
        made_by_id=by.staff_id,
        made_at=now,
        counts=plan.holdings.counts,
    )
    session.add(transfer)
    session.flush()
    _give_customers(session, transfer, plan, by, now)
    _give_work(session, transfer, plan)
    _introduce(session, transfer, plan, now)
    calendars.revoke(session, staff_id=plan.member.id, by=by, now=now)
    _record(session, "transfer.made", transfer, by, now)
    _tell_receivers(session, transfer, plan, now)
    return transfer


def undo(session: Session, *, transfer_id: UUID, by: Principal, now: datetime) -> Undone:
    """Give everything back that is still where the transfer put it, and drop introductions nobody touched.

    What was finished or given on meanwhile stays. Calendar addresses that ended stay so: whoever had one may
    have passed it on. Raises NotFound, TransferUndone, TransferTooOld and FormerOwnerGone.
    """
    transfer = queries.transfers.locked_by_id(session, transfer_id, by=by)
    rules.check_may_undo(transfer.made_at, transfer.undone_at, now=now)
    queries.staff.lock(session, [transfer.from_id])
    former = session.get_one(StaffMember, transfer.from_id)
    owned = TransferredKind.CUSTOMER in transfer.counts
    if former.deactivated_at is not None or (owned and former.role is not Role.SALES_REP):
        raise FormerOwnerGone()
    items = queries.transfers.items_of(session, transfer.id)
    returned = [_take_back(session, transfer, pieces, by=by, now=now) for pieces in _grouped(items)]
    transfer.undone_at, transfer.undone_by_id = now, by.staff_id
    session.flush()
    _record(session, "transfer.undone", transfer, by, now)
    return Undone(transfer, kept=len(items) - sum(returned))


def _planned(session: Session, wish: Wish, by: Principal, now: datetime) -> _Plan:
    member = queries.staff.by_id(session, wish.staff_id, by=by)
    if not may_manage(by.role, member.role):
        raise AboveYourRank()
    receivers = list(dict.fromkeys(wish.receivers))
    queries.staff.lock(session, [member.id, *receivers])
    if not _can_receive(session, member, receivers):
        raise ReceiverImpossible()
    branch = session.get_one(Branch, member.branch_id)
    today = local_day(now, ZoneInfo(branch.timezone))
    holdings = queries.holdings.of_staff(session, member.id, today=today, now=now)
    if not holdings.counts:
        raise NothingToTransfer()
    loads = queries.holdings.loads_of(session, receivers, after=today)
    receiver_of = rules.share_out(holdings.customers, receivers)
    calendar = queries.work_calendars.of_branch(session, branch, around=now)
    days = rules.introductions(holdings.customers, receiver_of, loads, calendar, today=today)
    return _Plan(member, receivers, holdings, Handover(receiver_of, days), loads)


def _can_receive(session: Session, member: StaffMember, receivers: Sequence[UUID]) -> bool:
    return member.id not in receivers and all(
        queries.staff.is_active_with_role(session, one, branch_id=member.branch_id, role=Role.SALES_REP)
        for one in receivers
    )


def _give_customers(session: Session, transfer: Transfer, plan: _Plan, by: Principal, now: datetime) -> None:
    receiver_of = plan.handover.receiver_of
    _give(session, transfer, TransferredKind.CUSTOMER, receiver_of)
    ownership.record(
        session, receiver_of.items(), from_id=transfer.from_id, by=by, transfer_id=transfer.id, now=now
    )
    changes.note_pickups_of_all(session, receiver_of, now=now)


def _give_work(session: Session, transfer: Transfer, plan: _Plan) -> None:
    about = {customer_id for pieces in plan.holdings.work.values() for customer_id in pieces.values()}
    owners = queries.holdings.owners_of(session, about, besides=transfer.from_id)
    for kind, pieces in plan.holdings.work.items():
        to = {
            piece: rules.receiver_of_work(customer_id, plan.handover.receiver_of, owners, plan.receivers)
            for piece, customer_id in pieces.items()
        }
        _give(session, transfer, kind, to)


def _give(session: Session, transfer: Transfer, kind: TransferredKind, to: Mapping[UUID, UUID]) -> None:
    by_receiver: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for piece, receiver in to.items():
        by_receiver[receiver].append(piece)
    for receiver, pieces in by_receiver.items():
        given = queries.holdings.give(session, kind, pieces, holder=transfer.from_id, to=receiver)
        session.add_all(
            TransferItem(transfer_id=transfer.id, kind=kind, subject_id=piece, to_id=receiver)
            for piece in given
        )


def _introduce(session: Session, transfer: Transfer, plan: _Plan, now: datetime) -> None:
    visits = [
        Visit(
            branch_id=transfer.branch_id,
            customer_id=customer_id,
            rep_id=plan.handover.receiver_of[customer_id],
            state=VisitState.PLANNED,
            purpose=rules.INTRODUCTION,
            planned_on=day,
            created_at=now,
        )
        for customer_id, day in plan.handover.introduced_on.items()
    ]
    session.add_all(visits)
    session.flush()
    session.add_all(
        TransferItem(
            transfer_id=transfer.id,
            kind=TransferredKind.INTRODUCTION,
            subject_id=visit.id,
            to_id=visit.rep_id,
        )
        for visit in visits
    )
    session.flush()


def _grouped(items: Sequence[TransferItem]) -> list[_Pieces]:
    groups: defaultdict[tuple[TransferredKind, UUID], list[UUID]] = defaultdict(list)
    for item in items:
        groups[item.kind, item.to_id].append(item.subject_id)
    return [_Pieces(kind, to_id, ids) for (kind, to_id), ids in groups.items()]


def _take_back(session: Session, transfer: Transfer, pieces: _Pieces, *, by: Principal, now: datetime) -> int:
    """Give back what a receiver still holds of one kind; return how many pieces that were."""
    dropped: list[UUID] = []
    if pieces.kind is TransferredKind.INTRODUCTION:
        dropped = queries.holdings.drop_introductions(session, pieces.ids, holder=pieces.to_id)
    returned = queries.holdings.give(
        session, pieces.kind, pieces.ids, holder=pieces.to_id, to=transfer.from_id
    )
    if pieces.kind is TransferredKind.CUSTOMER:
        back = [(customer_id, transfer.from_id) for customer_id in returned]
        ownership.record(session, back, from_id=pieces.to_id, by=by, transfer_id=transfer.id, now=now)
        changes.note_pickups_of_all(session, returned, now=now)
        notices.supersede_thread(session, f"transfers:{pieces.to_id}", now=now)
    return len(dropped) + len(returned)


def _tell_receivers(session: Session, transfer: Transfer, plan: _Plan, now: datetime) -> None:
    kind = NoticeKind.CUSTOMERS_RECEIVED
    counts = Counter(plan.handover.receiver_of.values())
    tellings = [
        Telling(
            kind,
            transfer.branch_id,
            f"{kind}:{transfer.id}:{receiver}",
            staff_id=receiver,
            variables={"count": count},
        )
        for receiver, count in counts.items()
    ]
    notices.tell_all(session, tellings, now=now)


def _record(session: Session, name: str, transfer: Transfer, by: Principal, now: datetime) -> None:
    events.record(
        session,
        name,
        subject_type="staff",
        subject_id=transfer.from_id,
        branch_id=transfer.branch_id,
        actor_id=by.staff_id,
        data={"transfer_id": str(transfer.id), **transfer.counts},
        now=now,
    )
