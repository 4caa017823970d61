"""Taking in photos and signatures, handing them out again, and forgetting them when their time is over.

The bytes are on the disk before a transaction begins (`ProofDraft`); here they only get their name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from api import queries
from api.domain.errors import NotFound
from api.domain.principal import Principal
from api.domain.proofs import (
    DAY,
    MOST_A_DAY,
    ProofDraft,
    ProofFile,
    ProofStore,
    TooManyProofs,
    checked,
    file_name,
    name_of,
)
from api.domain.vocabulary import FieldEventType
from api.models import Proof
from api.security import UnreadableFile
from api.security_log import SecurityEvent, say
from api.services import events


@dataclass(frozen=True, slots=True)
class Mention:
    """A courier names proofs at a pickup, by an event or (None) at the signing of the wait slip."""

    pickup_id: UUID
    courier_id: UUID
    hashes: Iterable[str]
    event_type: FieldEventType | None = None


def take_in(
    session: Session,
    *,
    sha256: str,
    data: bytes,
    media_type: str,
    draft: ProofDraft,
    by: Principal,
    now: datetime,
) -> Proof:
    """Keep a courier's picture under its hash. The same again changes nothing and counts once.

    The file has its name before the row is committed: a row without a file is never seen, a file without
    a row is swept. Raises NotThatPicture, HashMismatch and TooManyProofs.
    """
    kind = checked(data, sha256=name_of(sha256), said=media_type)
    queries.proofs.wait_for_file(session, sha256)
    known = queries.proofs.own(session, sha256, uploader_id=by.staff_id)
    if known is None:
        _check_quota(session, by, now)
    draft.keep(sha256)
    if known is not None:
        return known
    proof = Proof(
        branch_id=by.branch_id,
        uploader_id=by.staff_id,
        sha256=sha256,
        type=kind,
        size_bytes=len(data),
        stored_at=now,
    )
    session.add(proof)
    session.flush()
    return proof


def hand_back(session: Session, sha256: str, *, store: ProofStore, by: Principal) -> ProofFile:
    """Return a picture to the courier who sent it; for anybody else there is none."""
    proof = queries.proofs.own(session, name_of(sha256), uploader_id=by.staff_id)
    if proof is None:
        raise NotFound()
    return _file_of(proof, store)


def view(session: Session, sha256: str, *, store: ProofStore, by: Principal, now: datetime) -> ProofFile:
    """Show a picture to somebody who may see it; that he looked is kept. For anybody else there is none."""
    proof = queries.proofs.by_hash(session, name_of(sha256), by=by)
    file = _file_of(proof, store)
    events.record(
        session,
        "proof.viewed",
        subject_type="proof",
        subject_id=proof.id,
        branch_id=proof.branch_id,
        actor_id=by.staff_id,
        data={"sha256": sha256},
        now=now,
    )
    return file


def mention(session: Session, mentions: Iterable[Mention], *, now: datetime) -> None:
    """Write down which pictures were named where; they may have come already or be still to come."""
    rows: list[dict[str, Any]] = [
        {
            "id": uuid7(),
            "pickup_id": said.pickup_id,
            "courier_id": said.courier_id,
            "sha256": sha256,
            "event_type": said.event_type,
            "mentioned_at": now,
        }
        for said in mentions
        for sha256 in said.hashes
    ]
    queries.proofs.add_mentions(session, rows)


def drop_stray(session: Session, sha256: str, *, store: ProofStore) -> bool:
    """Remove a file that nobody has a row for; tell whether it was one."""
    queries.proofs.wait_for_file(session, sha256)
    if queries.proofs.with_rows(session, [sha256]):
        return False
    store.drop(sha256)
    return True


def _file_of(proof: Proof, store: ProofStore) -> ProofFile:
    try:
        data = store.read(proof.sha256)
    except UnreadableFile as problem:
        say(SecurityEvent.FILE_UNREADABLE, sha256=proof.sha256, problem=str(problem))
        data = None
    if data is None:
        raise NotFound("The picture itself is lost.")
    return ProofFile(file_name(proof.sha256, proof.type), proof.type, data)


def _check_quota(session: Session, by: Principal, now: datetime) -> None:
    count, first = queries.proofs.sent_since(session, by.staff_id, now - DAY)
    if count >= MOST_A_DAY and first is not None:
        raise TooManyProofs(max(1, ceil((first + DAY - now).total_seconds())))
