"""Silent refreshes, set-based: whose feed has something new, and which phones are to be told so now.

A wish stands on the phone's own row. It is a convenience, kept cheap: what it tells of is in the feed anyway.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, literal, or_, select, tuple_, update
from sqlalchemy.orm import Session

from api.domain.changes import FeedPosition
from api.domain.refreshes import EVERY
from api.domain.vocabulary import ChangeKind, NoticeState
from api.models import Change, Device, FeedReader, Notice, StaffMember, StaffSession
from api.queries.insertion import insert_missing

READER = "silent_refreshes"

NEWEST = 20_000
"""No older changes than so many are looked at: on PostgreSQL no index begins with the writing transaction."""


def position(session: Session) -> FeedPosition | None:
    """Return how far the feed has been read for this; None when it never was."""
    return _position_of(session.get(FeedReader, READER))


def locked_position(session: Session) -> FeedPosition | None:
    """Return the same, for whoever moves it on; None also while another process does."""
    mine = select(FeedReader).where(FeedReader.name == READER).with_for_update(skip_locked=True)
    return _position_of(session.scalar(mine.execution_options(populate_existing=True)))


def begin_at(session: Session, place: FeedPosition) -> None:
    """Read from here on, if nobody has begun yet: what is older was told or found long ago."""
    row = {"name": READER, "xid": place.transaction, "seq": place.number}
    insert_missing(session, FeedReader, [row], unique=("name",), told=FeedReader.name)


def move_to(session: Session, place: FeedPosition) -> None:
    session.execute(
        update(FeedReader).where(FeedReader.name == READER).values(xid=place.transaction, seq=place.number)
    )


def something_between(session: Session, after: FeedPosition, until: FeedPosition) -> bool:
    """Tell whether anything of anybody's changed there."""
    return bool(session.scalar(select(exists().where(*_between(after, until)))))


def want(session: Session, *, after: FeedPosition, until: FeedPosition, now: datetime) -> None:
    """Note a wish on the phones of everybody whose feed has something new between two places.

    Not for those who were told something visible of it: their phones were woken by that. Only phones that
    are signed in count.
    """
    between = _between(after, until)
    concerned = select(Change.staff_id).where(*between, Change.staff_id.is_not(None))
    session.execute(
        update(Device)
        .where(
            Device.staff_id.in_(concerned),
            Device.staff_id.not_in(_told(between)),
            Device.refresh_wanted_at.is_(None),
            _is_signed_in(),
        )
        .values(refresh_wanted_at=now)
        .execution_options(synchronize_session=False)
    )


def any_due(session: Session, *, now: datetime) -> bool:
    return bool(session.scalar(select(exists().where(*_due(now)))))


def take_due(session: Session, *, limit: int, now: datetime) -> Sequence[Device]:
    """Take phones that are to be told now, those that wait longest first; each is taken by one process."""
    due = (
        select(Device.id)
        .where(*_due(now))
        .order_by(Device.refresh_wanted_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    taken = (
        update(Device)
        .where(Device.id.in_(select(due.c.id)))
        .values(refresh_wanted_at=None, refreshed_at=now)
        .returning(Device)
    )
    return session.scalars(taken, execution_options={"synchronize_session": False}).all()


def _position_of(reader: FeedReader | None) -> FeedPosition | None:
    return None if reader is None else FeedPosition(reader.xid, reader.seq)


def _between(after: FeedPosition, until: FeedPosition) -> list[ColumnElement[bool]]:
    place = tuple_(Change.xid, Change.seq)
    newest = select(func.max(Change.seq) - NEWEST).scalar_subquery()
    # On SQLite the number alone is the place; on PostgreSQL the number of a place is 0.
    by_number = [Change.seq > newest, Change.seq > after.number]
    return [*by_number, place > _place(after), place <= _place(until)]


def _place(position: FeedPosition) -> Any:
    values = literal(position.transaction, Change.xid.type), literal(position.number, Change.seq.type)
    return tuple_(*values)


def _told(between: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """Select those who were told there by a push that shows: decided at that moment, and on its way."""
    return (
        select(Change.staff_id)
        .join(Notice, Notice.id == Change.subject_id)
        .where(
            *between,
            Change.kind == ChangeKind.NOTICE,
            Change.staff_id.is_not(None),
            Notice.decided_at == Change.changed_at,
            Notice.state != NoticeState.SUPPRESSED,
            Notice.held_until.is_(None),
        )
    )


def _is_signed_in() -> ColumnElement[bool]:
    return exists().where(
        StaffSession.id == Device.session_id,
        StaffSession.ended_at.is_(None),
        StaffMember.id == Device.staff_id,
        StaffMember.token_epoch == StaffSession.token_epoch,
        StaffMember.deactivated_at.is_(None),
    )


def _due(now: datetime) -> list[ColumnElement[bool]]:
    rested = or_(Device.refreshed_at.is_(None), Device.refreshed_at <= now - EVERY)
    return [Device.refresh_wanted_at.is_not(None), rested]
