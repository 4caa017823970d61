"""The list of customers with last night's churn risk: by code, or the most value at risk first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from api.domain.customers import CustomerSort, RiskIsForSales, sees_risk
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.domain.vocabulary import Band, CustomerState, Grade
from api.models import ChurnScore, Customer
from api.queries import churn, customers, scope
from api.queries.customers import CustomerFilter
from api.queries.paging import paginate


@dataclass(frozen=True, slots=True)
class ListedCustomer:
    """A customer as a list shows it."""

    id: UUID
    code: str
    name: str
    industry: str | None
    grade: Grade | None
    owner_id: UUID | None
    state: CustomerState
    founded_on: date | None
    wait_limit_seconds: int | None
    created_at: datetime
    version: int
    risk: ChurnScore | None
    """None for who may not see it, and for a customer that was not scored last night."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """In which order customers are listed, and of which band of last night."""

    sort: CustomerSort = CustomerSort.CODE
    band: Band | None = None


def listed(
    session: Session,
    *,
    by: Principal,
    only: CustomerFilter,
    ranking: Ranking,
    page: PageRequest,
) -> Page[ListedCustomer]:
    """List customers. A band, and the order by value at risk, leave out who was not scored last night.

    Raises RiskIsForSales to those who may not see the risk and ask by it.
    """
    night = churn.latest_scoring(session, by.branch_id) if sees_risk(by) else None
    if ranking == Ranking():
        found = customers.listed(session, by=by, only=only, page=page)
        return Page(_with_risk(session, found.items, night), found.next_cursor)
    if not sees_risk(by):
        raise RiskIsForSales()
    if night is None:
        return Page((), None)
    conditions = [scope.customers(by), *customers.narrowed_to(only), *_scored(by, ranking, night)]
    if ranking.sort is CustomerSort.CODE:
        return _by_code(session, conditions, night, page)
    return _by_risk(session, conditions, page)


def _scored(by: Principal, ranking: Ranking, night: date) -> list[ColumnElement[bool]]:
    scored = [ChurnScore.branch_id == by.branch_id, ChurnScore.scored_on == night]
    return scored if ranking.band is None else [*scored, ChurnScore.band == ranking.band]


def _by_code(
    session: Session, conditions: Sequence[ColumnElement[bool]], night: date, page: PageRequest
) -> Page[ListedCustomer]:
    statement = select(Customer).join(ChurnScore, ChurnScore.customer_id == Customer.id).where(*conditions)
    found = paginate(session, statement, [Customer.code, Customer.id], page)
    return Page(_with_risk(session, found.items, night), found.next_cursor)


def _by_risk(
    session: Session, conditions: Sequence[ColumnElement[bool]], page: PageRequest
) -> Page[ListedCustomer]:
    statement = select(ChurnScore).join(Customer, Customer.id == ChurnScore.customer_id).where(*conditions)
    keys = [ChurnScore.value_at_risk_minor, ChurnScore.customer_id]
    ranked = paginate(session, statement, keys, page, descending=True)
    wanted = [score.customer_id for score in ranked.items]
    about = {one.id: one for one in session.scalars(select(Customer).where(Customer.id.in_(wanted)))}
    return Page([_listed(about[score.customer_id], score) for score in ranked.items], ranked.next_cursor)


def _with_risk(session: Session, found: Sequence[Customer], night: date | None) -> list[ListedCustomer]:
    scores = churn.scores_on(session, [one.id for one in found], night) if night else {}
    return [_listed(one, scores.get(one.id)) for one in found]


def _listed(customer: Customer, score: ChurnScore | None) -> ListedCustomer:
    return ListedCustomer(
        id=customer.id,
        code=customer.code,
        name=customer.name,
        industry=customer.industry,
        grade=customer.grade,
        owner_id=customer.owner_id,
        state=customer.state,
        founded_on=customer.founded_on,
        wait_limit_seconds=customer.wait_limit_seconds,
        created_at=customer.created_at,
        version=customer.version,
        risk=score,
    )
