"""Proofs: by hash for those who may see them, a courier's quota, mentions, and what is past its time."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, select
from sqlalchemy.orm import Session

from api.domain.errors import NotFound
from api.domain.principal import Principal
from api.domain.proofs import MentionedProof
from api.domain.vocabulary import ProofState
from api.models import Pickup, Proof, ProofMention
from api.queries import scope
from api.queries.insertion import insert_missing


def by_hash(session: Session, sha256: str, *, by: Principal) -> Proof:
    """Return a proof that the caller may see: his own, or one that was named at a pickup in his scope."""
    found = session.scalars(select(Proof).where(Proof.sha256 == sha256, scope.proofs(by)).limit(1)).first()
    if found is None:
        raise NotFound()
    return found


def own(session: Session, sha256: str, *, uploader_id: UUID) -> Proof | None:
    return session.scalar(select(Proof).where(Proof.uploader_id == uploader_id, Proof.sha256 == sha256))


def sent_since(session: Session, uploader_id: UUID, since: datetime) -> tuple[int, datetime | None]:
    """Return how many proofs somebody has sent since then, and when the first of them came."""
    count, first = session.execute(
        select(func.count(), func.min(Proof.stored_at)).where(
            Proof.uploader_id == uploader_id, Proof.stored_at > since
        )
    ).one()
    return count, first


def wait_for_file(session: Session, sha256: str) -> None:
    """Let one transaction at a time keep or drop the file of this hash.

    On SQLite the writer is alone anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(sha256, 0))))


def add_mentions(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write which proofs were named; what was named there before stays as it is."""
    unique = ["pickup_id", "courier_id", "sha256"]
    insert_missing(session, ProofMention, rows, unique=unique, told=ProofMention.id)


def named_at(session: Session, pickup_id: UUID, *, by: Principal) -> Sequence[MentionedProof]:
    """List the proofs that were named at a pickup, oldest first; the pickup itself is in the caller's scope.

    A picture counts as come only when he who named it has sent it.
    """
    rows = session.execute(
        select(ProofMention, Proof.type, Proof.size_bytes)
        .outerjoin(
            Proof,
            and_(Proof.sha256 == ProofMention.sha256, Proof.uploader_id == ProofMention.courier_id),
        )
        .where(ProofMention.pickup_id == pickup_id, scope.proof_mentions(by))
        .order_by(ProofMention.mentioned_at, ProofMention.id)
    )
    return [
        MentionedProof(
            sha256=mention.sha256,
            event=mention.event_type,
            mentioned_at=mention.mentioned_at,
            state=ProofState.AWAITED if kind is None else ProofState.STORED,
            type=kind,
            size_bytes=size,
        )
        for mention, kind, size in rows
    ]


def drop_old(session: Session, branch_id: UUID, *, before: datetime, limit: int) -> int:
    """Delete at most `limit` rows of a branch's proofs that came before then; return how many.

    Their files are swept later.
    """
    old = select(Proof.id).where(Proof.branch_id == branch_id, Proof.stored_at < before).limit(limit)
    return len(session.scalars(delete(Proof).where(Proof.id.in_(old)).returning(Proof.id)).all())


def drop_mentions(session: Session, branch_id: UUID, *, before: datetime, limit: int) -> int:
    """Forget at most `limit` mentions of before then, for else what was named would seem to be awaited."""
    old = (
        select(ProofMention.id)
        .join(Pickup, Pickup.id == ProofMention.pickup_id)
        .where(ProofMention.mentioned_at < before, Pickup.branch_id == branch_id)
        .limit(limit)
    )
    dropped = delete(ProofMention).where(ProofMention.id.in_(old)).returning(ProofMention.id)
    return len(session.scalars(dropped).all())


def with_rows(session: Session, hashes: Collection[str]) -> set[str]:
    """Return which of these files somebody still has a row for."""
    return set(session.scalars(select(Proof.sha256).where(Proof.sha256.in_(hashes))))
