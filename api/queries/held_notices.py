"""Notices that were decided and are not on their way yet: whose time has come, and how they are held."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from api.domain.errors import NotFound
from api.domain.notice_kinds import KINDS
from api.domain.principal import Principal
from api.domain.vocabulary import NoticeState
from api.models import Notice

LIVE = tuple(kind.value for kind, rule in KINDS.items() if rule.live)
UNTRACKED = {"synchronize_session": False}


def hold(session: Session, until: Mapping[UUID, datetime]) -> None:
    """Hold notices that were just decided, by their ids: a statement for each instant, and those are few."""
    by_instant: defaultdict[datetime, list[UUID]] = defaultdict(list)
    for notice_id, at in until.items():
        by_instant[at].append(notice_id)
    for at, notice_ids in by_instant.items():
        held = update(Notice).where(Notice.id.in_(notice_ids)).values(held_until=at)
        session.execute(held, execution_options=UNTRACKED)


def due(session: Session, *, people: int, now: datetime) -> Sequence[Notice]:
    """Take what may leave by now of at most so many people, by person and in the order of their decision.

    Whoever releases at the same moment waits here, and finds nothing left: one person's notices are never
    parted between two, so that they become one digest.
    """
    has_come = Notice.held_until <= now
    readers = select(Notice.staff_id).where(has_come).distinct().order_by(Notice.staff_id).limit(people)
    staff_ids = session.scalars(readers).all()
    if not staff_ids:
        return []
    return session.scalars(
        select(Notice)
        .where(Notice.staff_id.in_(staff_ids), has_come)
        .order_by(Notice.staff_id, Notice.decided_at, Notice.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


@dataclass(frozen=True, slots=True)
class LetGo:
    """What a notice that is held no more becomes. `digest_id` is what tells of it instead."""

    id: UUID
    state: NoticeState
    settled_at: datetime | None = None
    digest_id: UUID | None = None
    falls_back_at: datetime | None = None


def let_go(session: Session, notices: Iterable[LetGo]) -> None:
    """Write what becomes of notices that were held, whatever their number, in one statement."""
    rows = [{**asdict(one), "held_until": None} for one in notices]
    if rows:
        session.execute(update(Notice), rows, execution_options=UNTRACKED)


def earliest(session: Session) -> datetime | None:
    """Return when the first of all held notices is due."""
    return session.scalar(select(func.min(Notice.held_until)).where(Notice.held_until.is_not(None)))


def wake(session: Session, staff_id: UUID, *, now: datetime) -> None:
    """Let what is live of one person leave with the next release, unless he has put it off himself."""
    session.execute(
        update(Notice)
        .where(
            Notice.staff_id == staff_id,
            Notice.held_until > now,
            Notice.kind.in_(LIVE),
            Notice.snoozes == 0,
        )
        .values(held_until=now),
        execution_options=UNTRACKED,
    )


def to_snooze(session: Session, notice_id: UUID, *, by: Principal) -> Notice:
    """Find one of the caller's own notices, locked: it is put off so many times and no more."""
    mine = select(Notice).where(Notice.id == notice_id, Notice.staff_id == by.staff_id)
    found = session.scalar(mine.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound()
    return found
