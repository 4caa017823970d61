"""Staff members: by id, by phone, by role."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from api.domain.errors import NotFound
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.domain.vocabulary import Role
from api.models import ApiKey, Branch, Shift, SignInThrottle, StaffMember
from api.queries import scope, shifts
from api.queries.paging import paginate


@dataclass(frozen=True, slots=True)
class FieldRep:
    """An active sales rep, and the time zone he works in."""

    staff_id: UUID
    branch_id: UUID
    zone: ZoneInfo


def by_id(session: Session, staff_id: UUID, *, by: Principal) -> StaffMember:
    found = session.scalar(select(StaffMember).where(StaffMember.id == staff_id, scope.staff(by)))
    if found is None:
        raise NotFound()
    return found


def myself(session: Session, by: Principal) -> StaffMember:
    return session.get_one(StaffMember, by.staff_id)


def find_by_phone(session: Session, phone: str) -> StaffMember | None:
    """Find by E.164 number, through its keyed hash."""
    return session.scalar(select(StaffMember).where(StaffMember.phone_index == phone))


def listed(session: Session, *, by: Principal, role: Role | None, page: PageRequest) -> Page[StaffMember]:
    """List the branch's staff, oldest first."""
    statement = select(StaffMember).where(scope.staff(by))
    if role is not None:
        statement = statement.where(StaffMember.role == role)
    return paginate(session, statement, [StaffMember.id], page)


def active_with_role(session: Session, branch_id: UUID, role: Role) -> Sequence[UUID]:
    """Return the ids of the branch's active staff of one role."""
    return session.scalars(
        select(StaffMember.id)
        .where(
            StaffMember.branch_id == branch_id,
            StaffMember.role == role,
            StaffMember.deactivated_at.is_(None),
        )
        .order_by(StaffMember.id)
    ).all()


def field_reps(session: Session) -> list[FieldRep]:
    """Return every active sales rep of the house."""
    rows = session.execute(
        select(StaffMember.id, StaffMember.branch_id, func.coalesce(StaffMember.timezone, Branch.timezone))
        .join(Branch, Branch.id == StaffMember.branch_id)
        .where(StaffMember.role == Role.SALES_REP, StaffMember.deactivated_at.is_(None))
        .order_by(StaffMember.id)
    )
    return [FieldRep(row[0], row[1], ZoneInfo(row[2])) for row in rows]


def zone_of(session: Session, staff_id: UUID) -> ZoneInfo:
    """Return the time zone somebody works in: his own if he has one, else his branch's."""
    named = session.execute(
        select(func.coalesce(StaffMember.timezone, Branch.timezone))
        .join(Branch, Branch.id == StaffMember.branch_id)
        .where(StaffMember.id == staff_id)
    )
    return ZoneInfo(named.scalar_one())


def dispatchers_on_duty(session: Session, branch_id: UUID, *, now: datetime) -> Sequence[UUID]:
    """Return the branch's dispatchers on shift; all active ones when none is: somebody has to hear of it."""
    on_shift = exists(select(Shift.id).where(Shift.staff_id == StaffMember.id, shifts.runs(now)))
    found = session.execute(
        select(StaffMember.id, on_shift.label("is_on_shift"))
        .where(
            StaffMember.branch_id == branch_id,
            StaffMember.role == Role.DISPATCHER,
            StaffMember.deactivated_at.is_(None),
        )
        .order_by(StaffMember.id)
    ).all()
    return [row.id for row in found if row.is_on_shift] or [row.id for row in found]


def lock(session: Session, staff_ids: Collection[UUID]) -> None:
    """Let one transaction at a time decide about these people; in one order everywhere."""
    wanted = select(StaffMember.id).where(StaffMember.id.in_(staff_ids)).order_by(StaffMember.id)
    session.execute(wanted.with_for_update(key_share=True))


def is_active_with_role(session: Session, staff_id: UUID, *, branch_id: UUID, role: Role) -> bool:
    return (
        session.scalar(
            select(StaffMember.id).where(
                StaffMember.id == staff_id,
                StaffMember.branch_id == branch_id,
                StaffMember.role == role,
                StaffMember.deactivated_at.is_(None),
            )
        )
        is not None
    )


def api_keys_of(session: Session, staff_id: UUID) -> Sequence[ApiKey]:
    return session.scalars(
        select(ApiKey).where(ApiKey.staff_id == staff_id, ApiKey.revoked_at.is_(None)).order_by(ApiKey.id)
    ).all()


def latest_lock(session: Session, subjects: Sequence[str]) -> datetime | None:
    """Return until when attempts on these subjects (plain text, found by keyed hash) are or were locked."""
    return session.scalar(
        select(func.max(SignInThrottle.locked_until)).where(SignInThrottle.subject.in_(subjects))
    )


def find_throttle(session: Session, subject: str) -> SignInThrottle | None:
    """Find a counter and lock it: failures that happen at the same moment are all counted."""
    return session.scalar(select(SignInThrottle).where(SignInThrottle.subject == subject).with_for_update())


def drop_throttle(session: Session, subject: str) -> None:
    session.execute(delete(SignInThrottle).where(SignInThrottle.subject == subject))


def drop_idle_throttles(session: Session, *, before: datetime) -> int:
    """Delete counters whose window began before; returns how many."""
    idle = delete(SignInThrottle).where(SignInThrottle.window_started_at < before)
    return len(session.scalars(idle.returning(SignInThrottle.subject)).all())
