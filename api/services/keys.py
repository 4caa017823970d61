"""Keeping keys: sealing fields and pictures anew with the newest."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from api import queries, security
from api.domain.proofs import ProofStore
from api.queries.keys import SealedColumn
from api.security_log import SecurityEvent, say

BATCH = 200
"""Values sealed anew in one transaction: few enough that a server beside it hardly waits."""


@dataclass(frozen=True, slots=True)
class Resealed:
    """One batch of a column. `last_id` is where the next one begins; None: the column is done."""

    done: int
    unreadable: int
    last_id: Any


def reseal(session: Session, column: SealedColumn, *, after: Any = None) -> Resealed:
    """Seal a batch of the column's values with the newest key. What no key opens is counted and left."""
    cipher = security.vault_of(session).fields
    found = queries.keys.sealed_otherwise(
        session, column, newest=cipher.current_key_id, after=after, limit=BATCH
    )
    sealed = []
    for row_id, stored in found:
        try:
            sealed.append((row_id, stored, cipher.reseal(stored, column.purpose)))
        except security.UnreadableField:
            say(SecurityEvent.FIELD_UNREADABLE, column=column.purpose, row_id=str(row_id))
    queries.keys.replace(session, column, sealed)
    last_id = found[-1][0] if len(found) == BATCH else None
    return Resealed(len(sealed), len(found) - len(sealed), last_id)


def reseal_file(store: ProofStore, sha256: str) -> bool:
    """Seal a picture's file with the newest key. What no key opens, or is damaged, is left; tells which."""
    try:
        whole = store.reseal(sha256)
    except security.UnreadableFile:
        whole = False
    if not whole:
        say(SecurityEvent.FILE_UNREADABLE, sha256=sha256)
    return whole
