"""Records facts, append-only, in the transaction of the change that caused them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api.models import EventRecord


def record(
    session: Session,
    name: str,
    *,
    subject_type: str,
    subject_id: UUID,
    branch_id: UUID | None,
    actor_id: UUID | None = None,
    data: Mapping[str, Any] | None = None,
    now: datetime,
) -> None:
    """Write one fact. `name` is `subject.past_tense`; `data` holds ids, codes and numbers, never a person."""
    session.add(
        EventRecord(
            branch_id=branch_id,
            name=name,
            subject_type=subject_type,
            subject_id=subject_id,
            actor_id=actor_id,
            data=dict(data or {}),
            occurred_at=now,
        )
    )
