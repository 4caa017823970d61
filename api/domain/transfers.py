"""Transfers: who gets which of a leaving rep's customers, when each is introduced, and what can be undone.

Pure rules over plain values; moving rows, and moving them back, is the service's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from api.domain.business_hours import WorkCalendar
from api.domain.errors import Conflict, RuleBroken
from api.domain.vocabulary import Grade, TransferredKind

GRADE_A_WITHIN_WORKING_DAYS = 3
ALL_WITHIN = timedelta(days=14)
UNDO_WITHIN = timedelta(days=7)
MOST_RECEIVERS = 20
INTRODUCTION = "introduction"
"""The purpose of a visit on which the new rep introduces himself."""


class NothingToTransfer(Conflict):
    """This person holds nothing that could be handed over."""

    code = "nothing_to_transfer"


class ReceiverImpossible(RuleBroken):
    """Customers go to active sales reps of the branch, other than the one who hands them over."""

    code = "receiver_impossible"


class StillHolds(Conflict):
    """Hand over first what this person holds: nothing open may be left without somebody who has it."""

    code = "still_holds"


class TransferUndone(Conflict):
    """This transfer has been undone."""

    code = "transfer_undone"


class TransferTooOld(Conflict):
    """A transfer can be undone for 7 days."""

    code = "transfer_too_old"


class FormerOwnerGone(Conflict):
    """Who handed these customers over is no active sales rep any more: transfer them anew instead."""

    code = "former_owner_gone"


@dataclass(frozen=True, slots=True)
class Held:
    """A customer whom a rep holds. On `busy_on` it has an open visit already, on `planned_on` a fixed one."""

    customer_id: UUID
    grade: Grade | None = None
    busy_on: frozenset[date] = frozenset()
    planned_on: date | None = None


@dataclass(frozen=True, slots=True)
class Holdings:
    """All that is open with one person: his customers, and other work by id with the customer it is about."""

    customers: tuple[Held, ...] = ()
    work: Mapping[TransferredKind, Mapping[UUID, UUID]] = field(default_factory=dict)
    stands_in: int = 0
    """In how many absences that are not over he stands in. That is not handed over but entered anew."""

    @property
    def counts(self) -> dict[str, int]:
        """Return how much there is of each kind; what there is none of is left out."""
        found = {TransferredKind.CUSTOMER.value: len(self.customers)}
        found |= {kind.value: len(pieces) for kind, pieces in self.work.items()}
        return {kind: count for kind, count in found.items() if count}

    @property
    def hindrances(self) -> dict[str, int]:
        """Return what somebody must be rid of before he can leave."""
        return self.counts | ({"stands_in": self.stands_in} if self.stands_in else {})


@dataclass(frozen=True, slots=True)
class Share:
    """What one receiver gets, and how full his fullest day becomes by introductions."""

    receiver_id: UUID
    customers: int
    by_grade: Mapping[str, int]
    introductions: int
    most_visits_a_day: int


@dataclass(frozen=True, slots=True)
class Handover:
    """A transfer as it is going to be: who gets each customer, and the day each is introduced.

    A customer with a visit planned in time is introduced then, and has no day here.
    """

    receiver_of: Mapping[UUID, UUID]
    introduced_on: Mapping[UUID, date]


def share_out(customers: Iterable[Held], receivers: Sequence[UUID]) -> dict[UUID, UUID]:
    """Deal the customers out in turn, grade by grade: of none does anybody get two more than another."""
    in_turn = sorted(customers, key=lambda one: (one.grade or Grade.C, one.customer_id))
    return {one.customer_id: receivers[place % len(receivers)] for place, one in enumerate(in_turn)}


def introductions(
    customers: Iterable[Held],
    receiver_of: Mapping[UUID, UUID],
    loads: Mapping[tuple[UUID, date], int],
    calendar: WorkCalendar,
    *,
    today: date,
) -> dict[UUID, date]:
    """Return a day for each introduction: the receiver's emptiest working day in time, the earliest of those.

    Grade A is introduced within 3 working days, everybody within 14 days, both counted from tomorrow. As long
    as a day in time has room, none gets more than it has (five are a day's visits); after that deadlines come
    first, and the preview tells how full the days become. `loads` counts the visits a receiver has by day.
    """
    soon, in_time = _days(calendar, today, urgent=True), _days(calendar, today, urgent=False)
    filled = Counter(loads)
    found = {}
    for one in sorted(customers, key=lambda one: (one.grade or Grade.C, one.customer_id)):
        days = soon if one.grade is Grade.A else in_time
        if one.planned_on is not None and one.planned_on <= days[-1]:
            continue
        receiver = receiver_of[one.customer_id]
        free = [day for day in days if day not in one.busy_on]
        if free:
            day = min(free, key=lambda day: (filled[receiver, day], day))
            filled[receiver, day] += 1
            found[one.customer_id] = day
    return found


def shares(
    customers: Collection[Held], handover: Handover, loads: Mapping[tuple[UUID, date], int]
) -> list[Share]:
    """Return what each receiver gets, those with most customers first."""
    filled = Counter(loads)
    filled.update((handover.receiver_of[who], day) for who, day in handover.introduced_on.items())
    return sorted(
        (
            _share(receiver, customers, handover, filled)
            for receiver in dict.fromkeys(handover.receiver_of.values())
        ),
        key=lambda share: (-share.customers, share.receiver_id),
    )


def receiver_of_work(
    customer_id: UUID,
    receiver_of: Mapping[UUID, UUID],
    owners: Mapping[UUID, UUID],
    receivers: Sequence[UUID],
) -> UUID:
    """Return who gets a piece of work: the new owner of its customer, else who owns that, else the first."""
    return receiver_of.get(customer_id) or owners.get(customer_id) or receivers[0]


def check_may_undo(made_at: datetime, undone_at: datetime | None, *, now: datetime) -> None:
    """Raise TransferUndone or TransferTooOld when it is too late to undo a transfer."""
    if undone_at is not None:
        raise TransferUndone()
    if now >= made_at + UNDO_WITHIN:
        raise TransferTooOld()


def _days(calendar: WorkCalendar, today: date, *, urgent: bool) -> list[date]:
    """Return the working days on which somebody can be introduced in time; one day at least."""
    soon = [calendar.add_working_days(today, count) for count in range(1, GRADE_A_WITHIN_WORKING_DAYS + 1)]
    if urgent:
        return soon
    later = (today + timedelta(days=count) for count in range(1, ALL_WITHIN.days + 1))
    return [day for day in later if calendar.is_working_day(day)] or soon[:1]


def _share(
    receiver: UUID, customers: Collection[Held], handover: Handover, filled: Mapping[tuple[UUID, date], int]
) -> Share:
    his = [one for one in customers if handover.receiver_of[one.customer_id] == receiver]
    introduced = [one.customer_id for one in his if one.customer_id in handover.introduced_on]
    days = {handover.introduced_on[customer_id] for customer_id in introduced}
    return Share(
        receiver_id=receiver,
        customers=len(his),
        by_grade=dict(sorted(Counter((one.grade or Grade.C).value for one in his).items())),
        introductions=len(introduced),
        most_visits_a_day=max((filled[receiver, day] for day in days), default=0),
    )
