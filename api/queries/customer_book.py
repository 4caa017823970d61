"""The customers as one takes them away: a rep his own book, those who lead him the branch's."""

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from api.domain.customers import BookLine
from api.domain.exports import ExportTooLong
from api.domain.principal import Principal
from api.domain.vocabulary import Role
from api.models import ChurnScore, Customer, Shipment, StaffMember
from api.queries import churn, customers, scope
from api.queries.customers import CustomerFilter


def every_line(session: Session, *, only: CustomerFilter, by: Principal, most: int) -> list[BookLine]:
    """Return the whole book by code, with last night's band. Raises ExportTooLong beyond `most` lines."""
    wanted = [_in_book(by), *customers.narrowed_to(only)]
    count = session.scalar(select(func.count()).select_from(Customer).where(*wanted)) or 0
    if count > most:
        raise ExportTooLong(rows=count, most=most)
    last_night = and_(
        ChurnScore.customer_id == Customer.id,
        ChurnScore.scored_on == churn.latest_scoring(session, by.branch_id),
    )
    last_shipped_on = (
        select(func.max(Shipment.shipped_on)).where(Shipment.customer_id == Customer.id).scalar_subquery()
    )
    rows = session.execute(
        select(
            Customer.code, Customer.name, Customer.grade, StaffMember.name, last_shipped_on, ChurnScore.band
        )
        .outerjoin(StaffMember, StaffMember.id == Customer.owner_id)
        .outerjoin(ChurnScore, last_night)
        .where(*wanted)
        .order_by(Customer.code)
    )
    return [BookLine(*row) for row in rows]


def _in_book(by: Principal) -> ColumnElement[bool]:
    """Standing in for a colleague is no reason to take his customers away."""
    in_sight = scope.customers(by)
    return and_(in_sight, Customer.owner_id == by.staff_id) if by.role is Role.SALES_REP else in_sight
