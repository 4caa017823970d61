"""Reps who are told of customers who ship less, a calm kind: by day, by night and far too often."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import services
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.principal import Principal
from api.domain.vocabulary import DeliveryState
from api.models import Delivery, Notice, StaffMember

AT_NIGHT = datetime(2026, 11, 18, 14, 0, tzinfo=UTC)
"""22:00 in Shanghai."""

MORNING = datetime(2026, 11, 19, 0, 0, tzinfo=UTC)
"""08:00 in Shanghai, when quiet hours end."""


def alarm(
    session: Session,
    staff: StaffMember,
    numbers: Iterable[int],
    *,
    kind: NoticeKind = NoticeKind.CHURN_ALERT,
    now: datetime,
) -> None:
    """Tell somebody of the customers with these numbers, once each."""
    tellings = [
        Telling(
            kind,
            staff.branch_id,
            f"{kind}:{number}:{staff.id}",
            staff_id=staff.id,
            customer_id=UUID(int=number),
        )
        for number in numbers
    ]
    services.notices.tell_all(session, tellings, now=now)


def notices_of(session: Session, staff: StaffMember) -> Sequence[Notice]:
    """What somebody was told, as the database has it, in the order of the telling."""
    session.expire_all()
    mine = select(Notice).where(Notice.staff_id == staff.id)
    return session.scalars(mine.order_by(Notice.decided_at, Notice.dedupe_key)).all()


def leaving(session: Session) -> list[tuple[str, datetime]]:
    """What is in the outbox to be sent: kinds, and from when on."""
    pending = (
        select(Notice.kind, Delivery.next_at)
        .join(Notice, Notice.id == Delivery.notice_id)
        .where(Delivery.state == DeliveryState.PENDING)
        .order_by(Notice.kind)
    )
    return [(kind, at) for kind, at in session.execute(pending)]


def release(session: Session, now: datetime) -> int:
    return services.held_notices.release(session, people=500, now=now)


def principal(staff: StaffMember) -> Principal:
    return Principal(staff.id, staff.branch_id, staff.role, staff.locale, None)
