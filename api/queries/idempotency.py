"""Answers kept for repeated writes."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from api.models import IdempotentAnswer

KEPT_FOR = timedelta(hours=24)


def is_alone(session: Session, caller_id: UUID, key_hash: str) -> bool:
    """Tell whether no twin of this request is running. Always so on SQLite, where writers queue."""
    if session.get_bind().dialect.name == "sqlite":
        return True
    lock = int.from_bytes(bytes.fromhex(key_hash)[:8], signed=True) ^ (caller_id.int & 0x7FFF_FFFF)
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(lock))))


def find(session: Session, caller_id: UUID, key_hash: str, *, now: datetime) -> IdempotentAnswer | None:
    kept = session.scalar(
        select(IdempotentAnswer).where(
            IdempotentAnswer.caller_id == caller_id, IdempotentAnswer.key_hash == key_hash
        )
    )
    if kept is not None and kept.created_at <= now - KEPT_FOR:
        session.delete(kept)
        session.flush()
        return None
    return kept


def keep(
    session: Session,
    *,
    caller_id: UUID,
    key_hash: str,
    request_hash: str,
    status: int,
    headers: str,
    body: str,
    now: datetime,
) -> None:
    session.add(
        IdempotentAnswer(
            caller_id=caller_id,
            key_hash=key_hash,
            request_hash=request_hash,
            status=status,
            headers=headers,
            body=body,
            created_at=now,
        )
    )


def drop_old(session: Session, *, now: datetime) -> int:
    """Delete what is past its day; returns how many."""
    gone = session.execute(
        delete(IdempotentAnswer)
        .where(IdempotentAnswer.created_at <= now - KEPT_FOR)
        .returning(IdempotentAnswer.id)
    )
    return len(gone.all())
