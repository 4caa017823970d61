"""Cases: by id, what a contact may know of one, and which are overdue. Staff's lists: `case_lists`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from api.domain.errors import NotFound
from api.domain.principal import Principal
from api.domain.vocabulary import CaseCategory, CaseKind, CaseSaying, CaseState, Role
from api.models import Branch, Case, CaseMessage, StaffMember
from api.queries import scope


@dataclass(frozen=True, slots=True)
class CaseMessageView:
    """What was said. `staff_id` is None for the contact's own words."""

    saying: CaseSaying
    staff_id: UUID | None
    text: str | None
    """None once its time is over."""
    said_at: datetime

    @property
    def by_contact(self) -> bool:
        return self.staff_id is None


@dataclass(frozen=True, slots=True)
class CaseHandler:
    """Who has a case. The contact is told the name: he knows his rep, and may ask for him."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as its contact may know it: who has it and until when, and how it ended.

    The messages are shown through the case's own link only.
    """

    id: UUID
    number: int
    kind: CaseKind
    category: CaseCategory
    state: CaseState
    handler: CaseHandler | None
    respond_by_at: datetime
    opened_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    messages: tuple[CaseMessageView, ...]
    version: int


@dataclass(frozen=True, slots=True)
class LastComplaint:
    """What became of a contact's last complaint; `outcome` is what he was told at its end."""

    number: int
    category: CaseCategory
    state: CaseState
    opened_at: datetime
    closed_at: datetime | None
    outcome: str | None


def by_id(session: Session, case_id: UUID, *, by: Principal) -> Case:
    """Return a case. Raises NotFound for one that is not the caller's."""
    found = session.scalar(select(Case).where(Case.id == case_id, scope.cases(by)))
    if found is None:
        raise NotFound()
    return found


def lock(session: Session, case_id: UUID) -> Case:
    """Return the case as it is now, and keep others from changing it."""
    locked = select(Case).where(Case.id == case_id).with_for_update(key_share=True)
    return session.scalars(locked.execution_options(populate_existing=True)).one()


def find_opened_for(session: Session, what: str) -> Case | None:
    return session.scalar(select(Case).where(Case.opened_for == what))


def newest_of_pickup(
    session: Session, pickup_id: UUID, contact_id: UUID, *, unclosed: bool = False
) -> Case | None:
    """Return the contact's newest case about a pickup."""
    statement = select(Case).where(Case.pickup_id == pickup_id, Case.contact_id == contact_id)
    if unclosed:
        statement = statement.where(Case.state != CaseState.CLOSED)
    return session.scalar(statement.order_by(Case.id.desc()).limit(1))


def last_outcome_for(
    session: Session, contact_id: UUID, *, except_pickup_id: UUID | None = None
) -> LastComplaint | None:
    """Return what became of the contact's newest complaint, leaving out the one about this pickup."""
    statement = select(Case).where(Case.contact_id == contact_id, Case.kind == CaseKind.COMPLAINT)
    if except_pickup_id is not None:
        statement = statement.where(Case.pickup_id.is_distinct_from(except_pickup_id))
    found = session.scalar(statement.order_by(Case.id.desc()).limit(1))
    if found is None:
        return None
    return LastComplaint(
        number=found.number,
        category=found.category,
        state=found.state,
        opened_at=found.opened_at,
        closed_at=found.closed_at,
        outcome=_outcome(found, messages_of(session, found.id)),
    )


def view_of(session: Session, case: Case, *, with_messages: bool = True) -> CaseView:
    """Return what the contact may know of his case."""
    said = messages_of(session, case.id)
    owner = session.get(StaffMember, case.owner_id) if case.owner_id else None
    return CaseView(
        id=case.id,
        number=case.number,
        kind=case.kind,
        category=case.category,
        state=case.state,
        handler=CaseHandler(owner.name, owner.role) if owner else None,
        respond_by_at=case.respond_by_at,
        opened_at=case.opened_at,
        answered_at=case.answered_at,
        closed_at=case.closed_at,
        outcome=_outcome(case, said) if with_messages else None,
        messages=said if with_messages else (),
        version=case.version,
    )


def messages_of(session: Session, case_id: UUID) -> tuple[CaseMessageView, ...]:
    """Return what was said, the oldest first."""
    said = session.scalars(select(CaseMessage).where(CaseMessage.case_id == case_id).order_by(CaseMessage.id))
    return tuple(CaseMessageView(one.saying, one.staff_id, one.text, one.said_at) for one in said)


def written_through(
    session: Session, link_id: UUID, saying: CaseSaying, *, since: datetime
) -> Sequence[datetime]:
    """Return when a link wrote messages of this kind since then, the oldest first."""
    return session.scalars(
        select(CaseMessage.said_at)
        .where(CaseMessage.link_id == link_id, CaseMessage.saying == saying, CaseMessage.said_at > since)
        .order_by(CaseMessage.said_at)
    ).all()


def next_number(session: Session, branch_id: UUID) -> int:
    """Take the branch's next case number. The branch stays locked until the commit: no gap, no twin."""
    counted = (
        update(Branch)
        .where(Branch.id == branch_id)
        .values(last_case_number=func.coalesce(Branch.last_case_number, 0) + 1)
        .returning(Branch.last_case_number)
        .execution_options(synchronize_session=False)
    )
    return session.execute(counted).scalar_one() or 1


def claim_overdue(session: Session, *, limit: int, now: datetime) -> Sequence[Case]:
    """Take open cases whose time to answer has passed and of which nobody was told, and mark them told.

    Their versions stay: whoever writes an answer at this moment is not turned away for it.
    """
    due = (
        select(Case)
        .where(Case.state == CaseState.OPEN, Case.respond_by_at <= now, Case.overdue_told_at.is_(None))
        .order_by(Case.respond_by_at)
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
    )
    found = session.scalars(due).all()
    told = update(Case).where(Case.id.in_([case.id for case in found])).values(overdue_told_at=now)
    session.execute(told.execution_options(synchronize_session=False))
    return found


def _outcome(case: Case, said: Sequence[CaseMessageView]) -> str | None:
    if case.state is not CaseState.CLOSED:
        return None
    return next((one.text for one in reversed(said) if one.saying is CaseSaying.OUTCOME), None)
