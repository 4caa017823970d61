"""The audit trail: what waits for its place in the chain, the chain from end to end, and lists for people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, Text, delete, func, select, type_coerce, update
from sqlalchemy.orm import Session, contains_eager

from api.domain.audit_chain import START, CheckpointKind, Place
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.models import AuditCheckpoint, AuditEntry, EventRecord
from api.queries import scope
from api.queries.paging import paginate

# Written out, not taken from the models: a column that comes later must not change what older hashes mean.
FACT = ("id", "branch_id", "name", "subject_type", "subject_id", "actor_id", "data", "occurred_at")
ENTRY = ("branch_id", "name", "about_id", "actor_id", "via", "address", "session_id", "role", "reason")
SEALED = ("address", "reason")
CONTENT = (*(f"fact.{name}" for name in FACT), *(f"entry.{name}" for name in ENTRY))
AT_A_TIME = 1_000

WRITTEN = select(
    *[getattr(EventRecord, name).label(f"fact.{name}") for name in FACT],
    *[getattr(AuditEntry, name).label(f"entry.{name}") for name in ENTRY if name not in SEALED],
    # As they are stored: where one does not open, that is a finding and no crash.
    *[type_coerce(getattr(AuditEntry, name), Text).label(f"entry.{name}") for name in SEALED],
).join(AuditEntry, AuditEntry.id == EventRecord.id)


@dataclass(frozen=True, slots=True)
class Aged:
    """A place at the beginning of the chain, and when its fact was recorded."""

    event_id: UUID
    place: Place
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class TrailFilter:
    """What is None does not matter."""

    about: UUID | None = None
    by: UUID | None = None
    name: str | None = None


def is_any_unchained(session: Session) -> bool:
    """Tell whether there is work. One statement, answered by the index of places."""
    return session.scalar(select(AuditEntry.id).where(_is_unchained()).limit(1)) is not None


def count_unchained(session: Session) -> int:
    return session.scalars(select(func.count()).select_from(AuditEntry).where(_is_unchained())).one()


def lock_unchained(session: Session, limit: int) -> Sequence[RowMapping]:
    """Return the content of the oldest entries without a place; a second process waits, then finds others."""
    waiting = WRITTEN.where(_is_unchained()).order_by(AuditEntry.id).limit(limit)
    return session.execute(waiting.with_for_update(of=AuditEntry)).mappings().all()


def tail(session: Session) -> Place | None:
    """Return the last place of the chain that is still kept."""
    found = session.execute(
        _places(AuditEntry.position, AuditEntry.hash).order_by(AuditEntry.position.desc()).limit(1)
    ).one_or_none()
    return None if found is None else Place(*found)


def put_in_place(session: Session, places: Mapping[UUID, Place]) -> None:
    session.execute(
        update(AuditEntry),
        [
            {"id": event_id, "position": place.position, "hash": place.hash}
            for event_id, place in places.items()
        ],
    )


def every_link(session: Session) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Yield the whole chain in order, in bounded memory: it is one statement, so it sees one moment."""
    chain = WRITTEN.add_columns(AuditEntry.position, AuditEntry.hash).where(AuditEntry.position.is_not(None))
    ordered = chain.order_by(AuditEntry.position).execution_options(yield_per=AT_A_TIME)
    # Closed also when the reader has seen enough.
    with session.execute(ordered) as rows:
        for row in rows.mappings():
            yield Place(row["position"], row["hash"]), {name: row[name] for name in CONTENT}


def checkpoints(session: Session) -> Sequence[AuditCheckpoint]:
    return session.scalars(select(AuditCheckpoint).order_by(AuditCheckpoint.position)).all()


def latest_checkpoint(session: Session, kind: CheckpointKind) -> AuditCheckpoint | None:
    newest = select(AuditCheckpoint).where(AuditCheckpoint.kind == kind)
    return session.scalar(newest.order_by(AuditCheckpoint.position.desc()).limit(1))


def end_of_chain(session: Session) -> Place:
    """Return where the next entry is chained to: the tail, or the last purge when nothing is left."""
    last = tail(session)
    if last is not None:
        return last
    purged = latest_checkpoint(session, CheckpointKind.PURGED)
    return START if purged is None else Place(purged.position, purged.hash)


def oldest(session: Session, limit: int) -> list[Aged]:
    """Return the beginning of the chain as far as it is kept."""
    rows = session.execute(
        _places(AuditEntry.id, AuditEntry.position, AuditEntry.hash, EventRecord.occurred_at)
        .join(EventRecord, EventRecord.id == AuditEntry.id)
        .order_by(AuditEntry.position)
        .limit(limit)
    )
    return [Aged(event_id, Place(position, digest), at) for event_id, position, digest, at in rows]


def delete_with_facts(session: Session, event_ids: Sequence[UUID]) -> None:
    """Delete entries and their facts. The database refuses where no checkpoint says so."""
    session.execute(delete(AuditEntry).where(AuditEntry.id.in_(event_ids)))
    session.execute(delete(EventRecord).where(EventRecord.id.in_(event_ids)))


def listed(session: Session, *, by: Principal, only: TrailFilter, page: PageRequest) -> Page[AuditEntry]:
    """List a branch's trail, newest first."""
    return _page(session, _entries(only).where(scope.audit_entries(by)), page)


def every(
    session: Session, *, only: TrailFilter, since: datetime | None, page: PageRequest
) -> Page[AuditEntry]:
    """List the trail of all branches for the operator, newest first."""
    entries = _entries(only)
    return _page(session, entries if since is None else entries.where(EventRecord.occurred_at >= since), page)


def _page(session: Session, entries: Select[AuditEntry], page: PageRequest) -> Page[AuditEntry]:
    return paginate(session, entries, [AuditEntry.id], page, descending=True)


def _entries(only: TrailFilter) -> Select[AuditEntry]:
    entries = select(AuditEntry).join(AuditEntry.event).options(contains_eager(AuditEntry.event))
    wanted = {AuditEntry.about_id: only.about, AuditEntry.actor_id: only.by, AuditEntry.name: only.name}
    return entries.where(*[column == value for column, value in wanted.items() if value is not None])


def _places(*columns: Any) -> Select[Any]:
    return select(*columns).where(AuditEntry.position.is_not(None))


def _is_unchained() -> Any:
    return AuditEntry.position.is_(None)
