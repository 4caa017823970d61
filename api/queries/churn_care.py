"""How customers were served lately: what may explain why one ships less. Facts only, no verdict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from api.domain.vocabulary import (
    CaseState,
    FieldReportKind,
    FieldReportState,
    PickupState,
    ShipmentFailure,
    WaitOutcome,
)
from api.models import Case, Feedback, FieldReport, Pickup, Shipment, Visit, Wait

RECENT_SHIPMENTS = 20
RECENT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Service:
    """How one customer was served lately."""

    failures: dict[ShipmentFailure, int]
    failures_of: int
    leaves: int
    late_arrivals: int
    low_score: tuple[int, datetime] | None
    last_visited_at: datetime | None
    overdue_case: tuple[int, datetime] | None
    """The number of the case that is open longest past its deadline, and that deadline."""
    sightings: dict[FieldReportKind, datetime]
    """When the newest field report of each kind was made that nobody has closed."""


def services(
    session: Session, customers: Sequence[UUID], *, low_score: int, now: datetime
) -> dict[UUID, Service]:
    """Return how these customers were served: failures of the last 20 shipments, the last 30 days at the
    door, the newest rating of `low_score` or less, cases past due, field reports, the last visit."""
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
    overdue, sightings = _overdue_cases(session, customers, now), _sightings(session, customers)
    return {
        customer: Service(
            failures=failures[customer],
            failures_of=shipments[customer],
            leaves=leaves[customer],
            late_arrivals=late[customer],
            low_score=low_scores.get(customer),
            last_visited_at=visited.get(customer),
            overdue_case=overdue.get(customer),
            sightings=sightings[customer],
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


def _overdue_cases(
    session: Session, customers: Sequence[UUID], now: datetime
) -> dict[UUID, tuple[int, datetime]]:
    rows = session.execute(
        select(Case.customer_id, Case.number, Case.respond_by_at)
        .where(Case.customer_id.in_(customers), Case.state == CaseState.OPEN, Case.respond_by_at < now)
        .order_by(Case.respond_by_at.desc())
    )
    return {customer: (number, respond_by_at) for customer, number, respond_by_at in rows}


def _sightings(session: Session, customers: Sequence[UUID]) -> dict[UUID, dict[FieldReportKind, datetime]]:
    rows = session.execute(
        select(FieldReport.customer_id, FieldReport.kind, func.max(FieldReport.reported_at))
        .where(FieldReport.customer_id.in_(customers), FieldReport.state != FieldReportState.CLOSED)
        .group_by(FieldReport.customer_id, FieldReport.kind)
    )
    sightings: dict[UUID, dict[FieldReportKind, datetime]] = defaultdict(dict)
    for customer, kind, reported_at in rows:
        sightings[customer][kind] = reported_at
    return sightings
