"""Keeping the audit trail: chaining its entries, signing how far it reaches, purging, verifying it."""

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy.orm import Session

from api import queries
from api.domain.audit_chain import (
    SIGNED_EVERY,
    Chained,
    Checkpoint,
    CheckpointKind,
    Place,
    Verdict,
    link_hash,
    signed_text,
    verify,
)
from api.models import AuditCheckpoint
from api.queries.audit import SEALED
from api.security import FieldCipher, UnreadableField, Vault, vault_of

log = logging.getLogger("doorstep.audit")

CHECKPOINT = "audit checkpoint"
"""What such a signature is for: no other signature of ours passes for one."""


def chain(session: Session, *, limit: int) -> int:
    """Give the oldest entries that have none their place and hash; return how many.

    Two at once: the second waits for the first one's rows and goes on behind them.
    """
    waiting = queries.audit.lock_unchained(session, limit)
    if not waiting:
        return 0
    here, cipher = queries.audit.end_of_chain(session), vault_of(session).fields
    places = {}
    for content in waiting:
        here = Place(here.position + 1, link_hash(here.hash, _opened(content, cipher)))
        places[content["fact.id"]] = here
    queries.audit.put_in_place(session, places)
    return len(places)


def sign(session: Session, *, now: datetime) -> bool:
    """Sign how far the chain reaches, once a day and only when it has grown. Tells whether it did."""
    last, end = queries.audit.latest_checkpoint(session, CheckpointKind.REACHED), queries.audit.tail(session)
    if end is None or (
        last is not None and (now - last.made_at < SIGNED_EVERY or end.position <= last.position)
    ):
        return False
    _sign(session, CheckpointKind.REACHED, end, now)
    return True


def purge(session: Session, *, before: datetime, limit: int, now: datetime) -> int:
    """Delete at most `limit` entries and facts from the chain's beginning, all older than `before`.

    Only an unbroken beginning goes, under a checkpoint that says where the chain begins from now on.
    """
    aged = list(takewhile(lambda one: one.occurred_at < before, queries.audit.oldest(session, limit)))
    if not aged:
        return 0
    _sign(session, CheckpointKind.PURGED, aged[-1].place, now)
    queries.audit.delete_with_facts(session, [one.event_id for one in aged])
    return len(aged)


def verdict(session: Session) -> Verdict:
    """Verify the whole trail as it stands; see `audit_chain.verify`."""
    vault = vault_of(session)
    signed = [_checked(row, vault) for row in queries.audit.checkpoints(session)]
    return verify(_links(session, vault.fields), signed)


def _links(session: Session, cipher: FieldCipher) -> Iterator[Chained]:
    for place, stored in queries.audit.every_link(session):
        try:
            content: Mapping[str, Any] | None = _opened(stored, cipher)
        except UnreadableField:
            content = None
        yield Chained(place, content)


def _opened(stored: Mapping[Any, Any], cipher: FieldCipher) -> Mapping[str, Any]:
    """Return the content with what is sealed in it in clear: keys change, and the hashes must not."""
    sealed = {f"entry.{name}": f"audit_entries.{name}" for name in SEALED}
    opened = {name: cipher.open(stored[name], purpose) for name, purpose in sealed.items() if stored[name]}
    return {**stored, **opened}


def _sign(session: Session, kind: CheckpointKind, place: Place, now: datetime) -> None:
    signature = vault_of(session).signature(signed_text(kind, place, now), CHECKPOINT)
    session.add(
        AuditCheckpoint(kind=kind, position=place.position, hash=place.hash, made_at=now, signature=signature)
    )
    session.flush()
    # A log that is kept elsewhere remembers what somebody might take away here.
    log.info(
        "audit.checkpoint_signed",
        extra={"kind": kind.value, "position": place.position, "hash": place.hash},
    )


def _checked(row: AuditCheckpoint, vault: Vault) -> Checkpoint:
    place = Place(row.position, row.hash)
    text = signed_text(row.kind, place, row.made_at)
    is_genuine = vault.is_signature(row.signature, text, CHECKPOINT)
    return Checkpoint(row.kind, place, row.made_at, is_genuine)
