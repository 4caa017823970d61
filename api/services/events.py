"""Records facts, append-only, in the transaction of their change; some of them enter the audit trail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api.domain.audit import AUDITED, Origin
from api.models import AuditEntry, EventRecord


def record(
    session: Session,
    name: str,
    *,
    subject_type: str,
    subject_id: UUID,
    branch_id: UUID | None,
    actor_id: UUID | None = None,
    data: Mapping[str, Any] | None = None,
    reason: str | None = None,
    now: datetime,
) -> None:
    """Write one fact. `name` is `subject.past_tense`; `data` holds ids, codes and numbers, never a person.

    An audited name gets its entry in the trail, with where it came from and the `reason` somebody gave.
    """
    fact = EventRecord(
        branch_id=branch_id,
        name=name,
        subject_type=subject_type,
        subject_id=subject_id,
        actor_id=actor_id,
        data=dict(data or {}),
        occurred_at=now,
    )
    session.add(fact)
    if name in AUDITED:
        session.add(_entry(fact, session.info["origin"], reason))


def _entry(fact: EventRecord, origin: Origin, reason: str | None) -> AuditEntry:
    # A session is of no interest by itself; whose it is, is.
    holder = fact.data.get("staff_id")
    return AuditEntry(
        event=fact,
        branch_id=fact.branch_id,
        name=fact.name,
        about_id=UUID(holder) if holder else fact.subject_id,
        actor_id=fact.actor_id,
        via=origin.via,
        address=origin.address,
        session_id=origin.session_id,
        role=origin.role,
        reason=reason,
    )
