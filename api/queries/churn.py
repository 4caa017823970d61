"""What churn risk reads: histories to learn from, shippers to score, how each was served; and stored scores.

Everything here is set-based: a branch of a million customers is read in batches by customer id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from sqlalchemy import case, exists, func, select
from sqlalchemy.orm import Session

from api.domain.errors import NotFound
from api.domain.principal import Principal
from api.domain.risk_reasons import NextStep, Reason, ReasonCode, next_step_text, sentence
from api.domain.shipping_history import HistoryGroup, ShippingHistory
from api.domain.vocabulary import CustomerState, Grade, Locale, PickupState, ShipmentFailure, WaitOutcome
from api.models import ChurnScore, Customer, Feedback, Pickup, Shipment, Visit, Wait
from api.queries import scope

RECENT_SHIPMENTS = 20
RECENT = timedelta(days=30)
SCORES_SHOWN = 90


@dataclass(frozen=True, slots=True)
class Shipper:
    """A customer with at least one shipment before the day of scoring."""

    id: UUID
    code: str
    grade: Grade | None
    owner_id: UUID | None
    state: CustomerState
    history: ShippingHistory
    revenue_minor: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Some customers of a branch in order of id; `last_id` is None after the end."""

    shippers: Sequence[Shipper]
    last_id: UUID | None


@dataclass(frozen=True, slots=True)
class Service:
    """How one customer was served lately."""

    failures: dict[ShipmentFailure, int]
    failures_of: int
    leaves: int
    late_arrivals: int
    low_score: tuple[int, datetime] | None
    last_visited_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReasonView:
    """A reason in the reader's language, beside its code and numbers."""

    code: ReasonCode
    text: str
    next_step: NextStep
    next_step_text: str
    numbers: Mapping[str, Any]

    @classmethod
    def all_of(cls, stored: Sequence[Mapping[str, Any]], locale: Locale) -> list[Self]:
        """Word stored reasons."""
        reasons = map(Reason.from_json, stored)
        return [
            cls(
                code=one.code,
                text=sentence(one, locale),
                next_step=one.next_step,
                next_step_text=next_step_text(one, locale),
                numbers=one.numbers,
            )
            for one in reasons
        ]


@dataclass(frozen=True, slots=True)
class RiskView:
    """A customer's risk as last scored, None before its first night, and its scores, newest first."""

    customer_id: UUID
    latest: ChurnScore | None
    reasons: Sequence[ReasonView]
    history: Sequence[ChurnScore]


def history_groups(session: Session, branch_id: UUID, as_of: date) -> list[HistoryGroup]:
    """Return every customer's shipping history before `as_of`, equal ones counted together."""
    each = (
        select(
            func.min(Shipment.shipped_on).label("first_on"),
            func.max(Shipment.shipped_on).label("last_on"),
            func.count(Shipment.shipped_on.distinct()).label("days"),
        )
        .join(Customer, Customer.id == Shipment.customer_id)
        .where(
            Shipment.branch_id == branch_id,
            Shipment.shipped_on < as_of,
            Customer.state != CustomerState.CLOSED_BY_US,
        )
        .group_by(Shipment.customer_id)
        .subquery()
    )
    columns = (each.c.first_on, each.c.last_on, each.c.days)
    rows = session.execute(select(*columns, func.count()).group_by(*columns).order_by(*columns))
    return [
        HistoryGroup(ShippingHistory(first, last, days, as_of), equals) for first, last, days, equals in rows
    ]


def shippers(
    session: Session, branch_id: UUID, currency: str, as_of: date, *, after: UUID | None, limit: int
) -> Batch:
    """Return the next customers of a branch with what they shipped before `as_of`.

    `limit` counts customers read; those without a shipment are left out of the batch. Revenue is that
    in `currency`: amounts of several currencies are never added.
    """
    ids = select(Customer.id).where(Customer.branch_id == branch_id).order_by(Customer.id).limit(limit)
    batch = session.scalars(ids if after is None else ids.where(Customer.id > after)).all()
    if not batch:
        return Batch((), None)
    about = (Customer.id, Customer.code, Customer.grade, Customer.owner_id, Customer.state)
    rows = session.execute(
        select(
            *about,
            func.min(Shipment.shipped_on).label("first_on"),
            func.max(Shipment.shipped_on).label("last_on"),
            func.count(Shipment.shipped_on.distinct()).label("days"),
            func.sum(case((Shipment.currency == currency, Shipment.revenue_minor), else_=0)).label("revenue"),
        )
        .join(Shipment, Shipment.customer_id == Customer.id)
        .where(Customer.id.in_(batch), Shipment.shipped_on < as_of)
        .group_by(*about)
        .order_by(Customer.id)
    )
    found = [
        Shipper(
            row.id,
            row.code,
            row.grade,
            row.owner_id,
            row.state,
            ShippingHistory(row.first_on, row.last_on, row.days, as_of),
            int(row.revenue),
        )
        for row in rows
    ]
    return Batch(found, batch[-1])


def services(
    session: Session, customers: Sequence[UUID], *, low_score: int, now: datetime
) -> dict[UUID, Service]:
    """Return how these customers were served: failures of the last 20 shipments, the last 30 days at the
    door, the newest rating of `low_score` or less, the last visit."""
    if not customers:
        return {}
    failures, shipments = _failures(session, customers)
    leaves, late = _at_the_door(session, customers, since=now - RECENT)
    scores = session.execute(
        select(Feedback.customer_id, Feedback.score, Feedback.changed_at)
        .where(Feedback.customer_id.in_(customers), Feedback.score <= low_score)
        .order_by(Feedback.changed_at)
    )
    low_scores = {customer: (score, given_at) for customer, score, given_at in scores}
    visited = last_visited_at(session, customers)
    return {
        customer: Service(
            failures=failures[customer],
            failures_of=shipments[customer],
            leaves=leaves[customer],
            late_arrivals=late[customer],
            low_score=low_scores.get(customer),
            last_visited_at=visited.get(customer),
        )
        for customer in customers
    }


def last_visited_at(session: Session, customers: Sequence[UUID]) -> dict[UUID, datetime]:
    """Return when each of these customers was last visited; those never visited are left out."""
    rows = session.execute(
        select(Visit.customer_id, func.max(Visit.completed_at))
        .where(Visit.customer_id.in_(customers), Visit.completed_at.is_not(None))
        .group_by(Visit.customer_id)
    )
    return {customer: at for customer, at in rows if at is not None}


def has_been_scored(session: Session, branch_id: UUID, *, before: date) -> bool:
    """Tell whether the branch had a night of scoring before this day."""
    earlier = exists().where(ChurnScore.branch_id == branch_id, ChurnScore.scored_on < before)
    return bool(session.scalar(select(earlier)))


def latest_scoring(session: Session, branch_id: UUID) -> date | None:
    """Return the last day on which the branch was scored."""
    return session.scalar(select(func.max(ChurnScore.scored_on)).where(ChurnScore.branch_id == branch_id))


def risk_of(session: Session, customer_id: UUID, *, by: Principal, locale: Locale) -> RiskView:
    """Return a customer's risk as last scored, and its scores before. Raises NotFound for a stranger's."""
    if session.scalar(select(Customer.id).where(Customer.id == customer_id, scope.customers(by))) is None:
        raise NotFound()
    scores = session.scalars(
        select(ChurnScore)
        .where(ChurnScore.customer_id == customer_id)
        .order_by(ChurnScore.scored_on.desc())
        .limit(SCORES_SHOWN)
    ).all()
    latest = scores[0] if scores else None
    return RiskView(customer_id, latest, ReasonView.all_of(latest.reasons if latest else [], locale), scores)


def _failures(
    session: Session, customers: Sequence[UUID]
) -> tuple[dict[UUID, dict[ShipmentFailure, int]], dict[UUID, int]]:
    """Count failures by kind among each customer's last 20 shipments, and how many shipments those are."""
    ranked = (
        select(
            Shipment.customer_id,
            Shipment.failure,
            func.row_number()
            .over(
                partition_by=Shipment.customer_id, order_by=(Shipment.picked_up_at.desc(), Shipment.id.desc())
            )
            .label("place"),
        )
        .where(Shipment.customer_id.in_(customers))
        .subquery()
    )
    rows = session.execute(
        select(ranked.c.customer_id, ranked.c.failure, func.count())
        .where(ranked.c.place <= RECENT_SHIPMENTS)
        .group_by(ranked.c.customer_id, ranked.c.failure)
    )
    failures: dict[UUID, dict[ShipmentFailure, int]] = defaultdict(dict)
    shipments: dict[UUID, int] = defaultdict(int)
    for customer, failure, count in rows:
        shipments[customer] += count
        if failure is not None:
            failures[customer][failure] = count
    return failures, shipments


def _at_the_door(
    session: Session, customers: Sequence[UUID], *, since: datetime
) -> tuple[dict[UUID, int], dict[UUID, int]]:
    """Count how often couriers left without goods, and how often they came after the window or not at all."""
    left = case((Wait.outcome == WaitOutcome.LEFT, 1), else_=0)
    late = case((Wait.arrived_at > Pickup.window_end, 1), else_=0)
    rows = session.execute(
        select(Pickup.customer_id, func.sum(left), func.sum(late))
        .join(Pickup, Pickup.id == Wait.pickup_id)
        .where(
            Pickup.customer_id.in_(customers), Wait.arrived_at >= since, Wait.outcome != WaitOutcome.UNDONE
        )
        .group_by(Pickup.customer_id)
    ).all()
    leaves: dict[UUID, int] = defaultdict(int, {customer: int(count) for customer, count, _ in rows})
    came_late: dict[UUID, int] = defaultdict(int, {customer: int(count) for customer, _, count in rows})
    for customer, count in _missed(session, customers, since=since).items():
        came_late[customer] += count
    return leaves, came_late


def _missed(session: Session, customers: Sequence[UUID], *, since: datetime) -> dict[UUID, int]:
    """Count the pickups to which nobody came at all; one that came after all is late, and counted as such."""
    missed = select(Pickup.customer_id, func.count()).where(
        Pickup.customer_id.in_(customers), Pickup.state == PickupState.MISSED, Pickup.window_end >= since
    )
    return dict(session.execute(missed.group_by(Pickup.customer_id)).all())
