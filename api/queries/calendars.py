"""Calendar links by token and by person, and the visits that a feed shows."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.domain.visit_cadence import LIVE_STATES
from api.domain.visit_calendar import MOST_SHOWN, CalendarVisit
from api.domain.vocabulary import VisitState
from api.models import CalendarLink, Customer, StaffMember, Visit

SHOWN = (*LIVE_STATES, VisitState.COMPLETED)


def live_of(session: Session, staff_id: UUID) -> CalendarLink | None:
    return session.scalar(
        select(CalendarLink).where(CalendarLink.staff_id == staff_id, CalendarLink.revoked_at.is_(None))
    )


def holder_of(session: Session, token_sha256: str) -> tuple[CalendarLink, StaffMember] | None:
    """Return the live link with this token and whose it is; None once he has left, too."""
    row = session.execute(
        select(CalendarLink, StaffMember)
        .join(StaffMember, StaffMember.id == CalendarLink.staff_id)
        .where(
            CalendarLink.token_sha256 == token_sha256,
            CalendarLink.revoked_at.is_(None),
            StaffMember.deactivated_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def visits_shown(session: Session, staff_id: UUID, first: date, last: date) -> Sequence[CalendarVisit]:
    """Return a rep's open and completed visits of a span of days, both ends included."""
    rows = session.execute(
        select(
            Visit.id,
            Customer.name,
            Visit.planned_on,
            Visit.starts_at,
            Visit.state,
            Visit.version,
            Visit.created_at,
        )
        .join(Customer, Customer.id == Visit.customer_id)
        .where(Visit.rep_id == staff_id, Visit.planned_on.between(first, last), Visit.state.in_(SHOWN))
        .order_by(Visit.planned_on, Visit.id)
        .limit(MOST_SHOWN)
    )
    return [
        CalendarVisit(
            visit_id=row.id,
            customer_name=row.name,
            planned_on=row.planned_on,
            starts_at=row.starts_at,
            is_tentative=row.state is VisitState.PROPOSED,
            version=row.version,
            created_at=row.created_at,
        )
        for row in rows
    ]
