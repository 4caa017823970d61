"""What is written into a case: what somebody said, and the facts about it. Nothing is decided here."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from api.domain.principal import Principal
from api.domain.vocabulary import CaseSaying
from api.models import Case, CaseMessage
from api.services import events


def say(
    session: Session,
    case: Case,
    saying: CaseSaying,
    text: str,
    *,
    by: Principal | None = None,
    link_id: UUID | None = None,
    now: datetime,
) -> None:
    staff_id = by.staff_id if by else None
    session.add(
        CaseMessage(
            case_id=case.id, saying=saying, staff_id=staff_id, link_id=link_id, text=text, said_at=now
        )
    )
    case.changed_at = now
    # Two may write in one instant, and each of them is news to whoever has read the case before.
    flag_modified(case, "changed_at")
    session.flush()


def record(
    session: Session,
    case: Case,
    name: str,
    by: Principal | None,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> None:
    events.record(
        session,
        name,
        subject_type="case",
        subject_id=case.id,
        branch_id=case.branch_id,
        actor_id=by.staff_id if by else None,
        data={**(data or {}), "customer_id": str(case.customer_id)},
        now=now,
    )
