"""Who may see what, as conditions of a query: own pickups, customers, branch. The only place that decides.

What is out of scope is not found, in lists, by id, in search and in exports alike.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, select, true
from sqlalchemy.orm import InstrumentedAttribute

from api.domain.principal import Principal
from api.domain.vocabulary import Role
from api.models import (
    ChurnAlert,
    Contact,
    Customer,
    Feedback,
    Pickup,
    Shipment,
    Site,
    StaffMember,
    Visit,
    Wait,
)


def customers(by: Principal) -> ColumnElement[bool]:
    """A rep sees the customers he owns; a courier none; the others their branch's."""
    mine = Customer.branch_id == by.branch_id
    if by.role is Role.SALES_REP:
        return and_(mine, Customer.owner_id == by.staff_id)
    if by.role is Role.COURIER:
        return and_(mine, Customer.id.is_(None))
    return mine


def contacts(by: Principal) -> ColumnElement[bool]:
    return and_(Contact.branch_id == by.branch_id, _of_visible_customer(Contact.customer_id, by))


def sites(by: Principal) -> ColumnElement[bool]:
    return and_(Site.branch_id == by.branch_id, _of_visible_customer(Site.customer_id, by))


def shipments(by: Principal) -> ColumnElement[bool]:
    return and_(Shipment.branch_id == by.branch_id, _of_visible_customer(Shipment.customer_id, by))


def pickups(by: Principal) -> ColumnElement[bool]:
    """A courier sees the pickups assigned to him; a rep those of his customers; the others their branch's."""
    mine = Pickup.branch_id == by.branch_id
    if by.role is Role.COURIER:
        return and_(mine, Pickup.courier_id == by.staff_id)
    return and_(mine, _of_visible_customer(Pickup.customer_id, by))


def waits(by: Principal) -> ColumnElement[bool]:
    """A wait is seen by whoever sees its pickup; a courier sees only his own waits."""
    mine = Wait.branch_id == by.branch_id
    if by.role is Role.COURIER:
        return and_(mine, Wait.courier_id == by.staff_id)
    if by.role is Role.SALES_REP:
        return and_(mine, exists(select(Pickup.id).where(Pickup.id == Wait.pickup_id, pickups(by))))
    return mine


def feedback(by: Principal) -> ColumnElement[bool]:
    mine = Feedback.branch_id == by.branch_id
    if by.role is Role.COURIER:
        return and_(mine, Feedback.courier_id == by.staff_id)
    return and_(mine, _of_visible_customer(Feedback.customer_id, by))


def churn_alerts(by: Principal) -> ColumnElement[bool]:
    """An alert goes with its customer: a new owner sees it at once, the old one no more."""
    return and_(ChurnAlert.branch_id == by.branch_id, _of_visible_customer(ChurnAlert.customer_id, by))


def visits(by: Principal) -> ColumnElement[bool]:
    mine = Visit.branch_id == by.branch_id
    if by.role is Role.SALES_REP:
        return and_(mine, Visit.rep_id == by.staff_id)
    return mine


def staff(by: Principal) -> ColumnElement[bool]:
    return StaffMember.branch_id == by.branch_id


def _of_visible_customer(column: InstrumentedAttribute[UUID], by: Principal) -> ColumnElement[bool]:
    if by.role in {Role.SALES_REP, Role.COURIER}:
        return exists(select(Customer.id).where(Customer.id == column, customers(by)))
    # The others see the whole branch, which the row's own branch_id has already said.
    return true()
