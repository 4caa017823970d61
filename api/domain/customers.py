"""Rules about customers and who owns them. Contacts, sites and shipments have files of their own."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from api.domain.errors import Conflict, Forbidden, RuleBroken
from api.domain.principal import Principal
from api.domain.vocabulary import Band, Grade, Role


class CustomerCodeTaken(Conflict):
    """This branch already has a customer with this code."""

    code = "customer_code_taken"


class OwnerIsNotASalesRep(RuleBroken):
    """A customer is owned by an active sales rep of its own branch."""

    code = "owner_is_not_a_sales_rep"


class OwnerIsNotYours(Forbidden):
    """A sales rep creates customers of his own; a manager decides who else owns one."""

    code = "owner_is_not_yours"


class RiskIsForSales(Forbidden):
    """Churn risk is shown to sales reps, their managers and admins."""

    code = "risk_is_for_sales"


RISK_READERS = frozenset({Role.SALES_REP, Role.MANAGER, Role.ADMIN})


class CustomerSort(StrEnum):
    """What a list of customers is sorted by; a minus turns the order round."""

    CODE = "code"
    MOST_AT_RISK = "-value_at_risk"


@dataclass(frozen=True, slots=True)
class CustomerDraft:
    """A customer as somebody enters or imports it. The code is unique in its branch."""

    code: str
    name: str
    industry: str | None = None
    grade: Grade | None = None
    owner_id: UUID | None = None
    wait_limit_seconds: int | None = None
    founded_on: date | None = None


@dataclass(frozen=True, slots=True)
class BookLine:
    """A customer as one takes him away: the business and how it stands, nobody to call."""

    code: str
    name: str
    grade: Grade | None
    owner: str | None
    last_shipped_on: date | None
    risk_band: Band | None


def sees_risk(by: Principal) -> bool:
    """Say whether churn risk is shown to somebody."""
    return by.role in RISK_READERS


def owner_when_created(by: Principal, asked_for: UUID | None) -> UUID | None:
    """Say who owns a new customer: a rep his own, otherwise whoever is asked for, or nobody yet.

    Raises OwnerIsNotYours when a rep names a colleague.
    """
    if by.role is not Role.SALES_REP:
        return asked_for
    if asked_for not in (None, by.staff_id):
        raise OwnerIsNotYours()
    return by.staff_id


def check_owner_change(by: Principal, *, before: UUID | None, after: UUID | None) -> None:
    """Refuse a rep who gives a customer away or, standing in, takes it over: a manager decides that."""
    if by.role is Role.SALES_REP and after != before:
        raise OwnerIsNotYours()
