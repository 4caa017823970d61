"""What churn risk learns from and scores by: shipping histories, counted in the database, read in batches.

A branch of a million customers never stands in memory: histories come as a stream of groups, customers in
batches by id, and single days of a few thousand customers only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, and_, case, cast, func, select
from sqlalchemy.orm import Session

from api.domain.decline import BASELINE_WEEKS, FREQUENT_FROM_DAYS_A_WEEK, FURTHEST_BACK
from api.domain.shipping_history import (
    RECENT_DAYS,
    YEAR_DAYS,
    Dealings,
    HistoryGroup,
    ShippingHistory,
)
from api.domain.vocabulary import CustomerState, Grade
from api.models import Branch, Customer, Shipment

if TYPE_CHECKING:  # It loads numpy, which only a night of scoring needs.
    from api.domain.shipping_ledger import Ledger

LEDGER_CUSTOMERS = 5_000
"""Whose days a correction is learned from: seven weights ask for no more."""
STREAMED = 10_000
FEWEST_FREQUENT_DAYS = FREQUENT_FROM_DAYS_A_WEEK * BASELINE_WEEKS


@dataclass(frozen=True, slots=True)
class Shipper:
    """A customer with at least one shipment before the day of scoring."""

    id: UUID
    code: str
    grade: Grade | None
    owner_id: UUID | None
    state: CustomerState
    dealings: Dealings
    lately_days: int
    """Shipping days in the weeks that the decline engine looks at."""

    @property
    def history(self) -> ShippingHistory:
        return self.dealings.history

    @property
    def may_be_frequent(self) -> bool:
        return self.lately_days >= FEWEST_FREQUENT_DAYS


@dataclass(frozen=True, slots=True)
class Batch:
    """Some customers of a branch in order of id; `last_id` is None after the end."""

    shippers: Sequence[Shipper]
    last_id: UUID | None


def history_groups(session: Session, branch_id: UUID, as_of: date) -> Iterator[HistoryGroup]:
    """Stream every customer's shipping history before `as_of`, equal ones counted together."""
    each = (
        select(
            func.min(Shipment.shipped_on).label("first_on"),
            func.max(Shipment.shipped_on).label("last_on"),
            func.count(Shipment.shipped_on.distinct()).label("days"),
        )
        .join(Customer, Customer.id == Shipment.customer_id)
        .where(*_shipped_before(branch_id, as_of))
        .group_by(Shipment.customer_id)
        .subquery()
    )
    columns = (each.c.first_on, each.c.last_on, each.c.days)
    grouped = select(*columns, func.count()).group_by(*columns).order_by(*columns)
    rows = session.execute(grouped, execution_options={"yield_per": STREAMED})
    for first, last, days, equals in rows:
        yield HistoryGroup(ShippingHistory(first, last, days, as_of), equals)


def ledger(session: Session, branch_id: UUID, as_of: date, *, customers: int | None) -> Ledger:
    """Return the shipping days before `as_of` of about so many customers, every k-th by id; None: of all."""
    from api.domain.shipping_ledger import Ledger, ShippingDay

    currency = session.get_one(Branch, branch_id).currency
    numbered = (
        select(Customer.id, func.row_number().over(order_by=Customer.id).label("number"))
        .where(Customer.branch_id == branch_id, Customer.state != CustomerState.CLOSED_BY_US)
        .subquery()
    )
    count = session.scalar(select(func.count()).select_from(numbered)) or 0
    every = 1 if customers is None else max(1, -(-count // customers))
    rows = session.execute(
        select(
            numbered.c.number,
            Shipment.shipped_on,
            func.count(),
            func.count(Shipment.failure),
            func.sum(_revenue(currency)),
        )
        .join(numbered, numbered.c.id == Shipment.customer_id)
        .where(numbered.c.number % every == 0, Shipment.shipped_on < as_of)
        .group_by(numbered.c.number, Shipment.shipped_on),
        execution_options={"yield_per": STREAMED},
    )
    return Ledger.of(
        ShippingDay(int(number), shipped_on, parcels, failed, int(revenue))
        for number, shipped_on, parcels, failed, revenue in rows
    )


def branch_parcels(session: Session, branch_id: UUID, as_of: date) -> dict[date, int]:
    """Return what the branch shipped on each of the days that the decline engine looks at."""
    rows = session.execute(
        select(Shipment.shipped_on, func.count())
        .where(
            Shipment.branch_id == branch_id,
            Shipment.shipped_on >= as_of - FURTHEST_BACK,
            Shipment.shipped_on < as_of,
        )
        .group_by(Shipment.shipped_on)
    )
    return dict(rows.all())


def parcels_of(session: Session, customers: Collection[UUID], as_of: date) -> dict[UUID, dict[date, int]]:
    """Return what these customers shipped on each of the days that the decline engine looks at."""
    rows = session.execute(
        select(Shipment.customer_id, Shipment.shipped_on, func.count())
        .where(
            Shipment.customer_id.in_(customers),
            Shipment.shipped_on >= as_of - FURTHEST_BACK,
            Shipment.shipped_on < as_of,
        )
        .group_by(Shipment.customer_id, Shipment.shipped_on)
    )
    parcels: dict[UUID, dict[date, int]] = defaultdict(dict)
    for customer, day, count in rows:
        parcels[customer][day] = count
    return parcels


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
    return Batch(shippers_of(session, batch, currency, as_of), batch[-1])


def shippers_of(session: Session, customers: Collection[UUID], currency: str, as_of: date) -> list[Shipper]:
    """Return those of these customers that shipped before `as_of`, in order of id."""
    about = (Customer.id, Customer.code, Customer.grade, Customer.owner_id, Customer.state)
    recent = Shipment.shipped_on >= as_of - timedelta(days=RECENT_DAYS)
    a_year_ago = as_of - timedelta(days=YEAR_DAYS)
    season = and_(
        Shipment.shipped_on >= a_year_ago, Shipment.shipped_on < a_year_ago + timedelta(days=RECENT_DAYS)
    )
    rows = session.execute(
        select(
            *about,
            func.min(Shipment.shipped_on).label("first_on"),
            func.max(Shipment.shipped_on).label("last_on"),
            func.count(Shipment.shipped_on.distinct()).label("days"),
            func.sum(_revenue(currency)).label("revenue"),
            _days_when(recent).label("recent_days"),
            func.sum(cast(recent, Integer)).label("recent_parcels"),
            func.sum(case((and_(recent, Shipment.failure.is_not(None)), 1), else_=0)).label("recent_failed"),
            _days_when(season).label("season_days"),
            _days_when(Shipment.shipped_on >= as_of - FURTHEST_BACK).label("lately_days"),
        )
        .join(Shipment, Shipment.customer_id == Customer.id)
        .where(Customer.id.in_(customers), Shipment.shipped_on < as_of)
        .group_by(*about)
        .order_by(Customer.id)
    )
    return [
        Shipper(
            row.id,
            row.code,
            row.grade,
            row.owner_id,
            row.state,
            Dealings(
                ShippingHistory(row.first_on, row.last_on, row.days, as_of),
                int(row.revenue),
                row.recent_days,
                int(row.recent_parcels),
                int(row.recent_failed),
                row.season_days,
            ),
            row.lately_days,
        )
        for row in rows
    ]


def _shipped_before(branch_id: UUID, as_of: date) -> tuple[ColumnElement[bool], ...]:
    """Shipments to learn from: of customers we closed ourselves, silence teaches nothing."""
    return (
        Shipment.branch_id == branch_id,
        Shipment.shipped_on < as_of,
        Customer.state != CustomerState.CLOSED_BY_US,
    )


def _days_when(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count(case((condition, Shipment.shipped_on)).distinct())


def _revenue(currency: str) -> ColumnElement[int]:
    return case((Shipment.currency == currency, Shipment.revenue_minor), else_=0)
