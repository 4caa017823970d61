"""The feed of changes: written row by row or set-based, read in an order in which none is skipped.

A transaction gets its number before it commits, and others overtake it. So on PostgreSQL a change is
served once every transaction with a lower number has ended; then nothing can appear before it any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, literal, literal_column, select, tuple_
from sqlalchemy.orm import Session

from api.domain.changes import CursorTooOld, FeedCursor, FeedPosition
from api.domain.paging import PageRequest, decode_cursor
from api.domain.pickups import ENDED
from api.domain.principal import Principal
from api.domain.vocabulary import ChangeKind, Locale
from api.models import Change, Contact, Customer, FeedReader, Pickup, Restoration, Site, Wait
from api.queries import notices, pickups, scope, waits
from api.queries.insertion import insert_rows
from api.queries.notices import NoticeView
from api.queries.pickup_views import PickupView
from api.queries.wait_views import WaitView

COLUMNS = ("branch_id", "staff_id", "kind", "subject_id", "changed_at")

NEWEST_NUMBER = "(SELECT seq FROM sqlite_sequence WHERE name = 'changes')"
OLDEST_RUNNING = "CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)"

_BELONGS_BY = {Customer: Pickup.customer_id, Contact: Pickup.contact_id, Site: Pickup.site_id}


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One thing as it is now. What the reader may not see, or no longer, is `gone`: only its id is told."""

    kind: ChangeKind
    id: UUID
    pickup: PickupView | None = None
    wait: WaitView | None = None
    notice: NoticeView | None = None

    @property
    def gone(self) -> bool:
        return self.pickup is None and self.wait is None and self.notice is None


@dataclass(frozen=True, slots=True)
class FeedPage:
    """The next part of the feed. `cursor` is good for the next call, whether or not there is more by now."""

    items: Sequence[ChangeView]
    cursor: str
    has_more: bool
    server_now: datetime


def write(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    insert_rows(session, Change, rows)


def write_open_pickups(session: Session, subject: Customer | Contact | Site, *, now: datetime) -> None:
    """Note the pickups that are still to be done there, or with this person."""
    columns = Pickup.branch_id, Pickup.courier_id, literal(ChangeKind.PICKUP), Pickup.id, literal(now)
    noted = select(*columns).where(_BELONGS_BY[type(subject)] == subject.id, Pickup.state.not_in(ENDED))
    session.execute(insert(Change).from_select(COLUMNS, noted))


def write_open_pickups_of(session: Session, customer_ids: Collection[UUID], *, now: datetime) -> None:
    """Note the pickups still to be done at these customers, whose owner has changed."""
    columns = Pickup.branch_id, Pickup.courier_id, literal(ChangeKind.PICKUP), Pickup.id, literal(now)
    noted = select(*columns).where(Pickup.customer_id.in_(customer_ids), Pickup.state.not_in(ENDED))
    session.execute(insert(Change).from_select(COLUMNS, noted))


def write_past_pickups(session: Session, contact_id: UUID, *, since: datetime, now: datetime) -> None:
    """Note a contact's pickups whose windows ended since then."""
    columns = Pickup.branch_id, Pickup.courier_id, literal(ChangeKind.PICKUP), Pickup.id, literal(now)
    noted = select(*columns).where(Pickup.contact_id == contact_id, Pickup.window_end > since)
    session.execute(insert(Change).from_select(COLUMNS, noted))


def write_waits(session: Session, wait_ids: Collection[UUID], *, now: datetime) -> None:
    """Note these waits for their couriers, in one statement and without loading them."""
    columns = Wait.branch_id, Wait.courier_id, literal(ChangeKind.WAIT), Wait.id, literal(now)
    noted = select(*columns).where(Wait.id.in_(wait_ids))
    session.execute(insert(Change).from_select(COLUMNS, noted))


def drop_old(session: Session, *, before: datetime, limit: int) -> int:
    """Delete at most `limit` changes from the feed's beginning that are older; return how many."""
    # By number, which is nearly the order of time: the table needs no index for this.
    first = select(Change.seq, Change.changed_at).order_by(Change.seq).limit(limit).subquery()
    old = select(first.c.seq).where(first.c.changed_at < before)
    dropped = session.execute(
        delete(Change)
        .where(Change.seq.in_(old))
        .returning(Change.seq)
        .execution_options(synchronize_session=False)
    )
    return len(dropped.all())


def forget_all(session: Session) -> None:
    """Empty the feed, and forget how far it was read: after a restore neither fits what phones keep."""
    session.execute(delete(Change))
    session.execute(delete(FeedReader))


def feed(
    session: Session, *, cursor: str | None, by: Principal, locale: Locale, limit: int, now: datetime
) -> FeedPage:
    """Return what changed for the reader behind his cursor; without one, his work of today.

    Raises Invalid for what never was a cursor, and CursorTooOld.
    """
    reader = f"{by.role}:{by.staff_id}"
    horizon, restored_at = _horizon(session)
    if cursor is None:
        return _present(session, FeedCursor(reader, horizon, now), by, limit, now)
    known = FeedCursor.parse(cursor, reader=reader, now=now)
    if restored_at is not None and known.seen_at < restored_at:
        raise CursorTooOld()  # What was read since the backup is not so any more.
    if known.position > horizon:
        raise CursorTooOld()  # The database was restored, and nobody said so.
    if known.rest is not None:
        return _present(session, known, by, limit, now)
    return _changed(session, known, horizon, _Reader(by, locale), limit, now)


@dataclass(frozen=True, slots=True)
class _Reader:
    by: Principal
    locale: Locale


def complete_to(session: Session) -> FeedPosition:
    """Return the place up to which the feed is complete."""
    return _horizon(session)[0]


def _horizon(session: Session) -> tuple[FeedPosition, datetime | None]:
    """Return that place, and when the database came out of a backup, if it ever did."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    restored_at = select(func.max(Restoration.restored_at)).scalar_subquery()
    newest: ColumnElement[int | None] = literal_column(NEWEST_NUMBER if is_sqlite else OLDEST_RUNNING)
    place, restored = session.execute(select(newest, restored_at)).one()
    number = place or 0
    return FeedPosition(0, number) if is_sqlite else FeedPosition(number, 0), restored


def _changed(
    session: Session, cursor: FeedCursor, horizon: FeedPosition, reader: _Reader, limit: int, now: datetime
) -> FeedPage:
    place = tuple_(Change.xid, Change.seq)
    rows = session.execute(
        select(Change.xid, Change.seq, Change.kind, Change.subject_id, Change.changed_at)
        .where(scope.changes(reader.by), place > _place(cursor.position), place <= _place(horizon))
        .order_by(Change.xid, Change.seq)
        .limit(limit + 1)
    ).all()
    shown, has_more = rows[:limit], len(rows) > limit
    # What changed five times is shown once, as it is now.
    subjects = dict.fromkeys((row.kind, row.subject_id) for row in shown)
    last = FeedPosition(shown[-1].xid, shown[-1].seq) if shown else cursor.position
    moved = cursor.at(last, seen_at=shown[-1].changed_at if has_more else now)
    return FeedPage(_as_now(session, subjects, reader, now), moved.encode(), has_more, now)


def _as_now(
    session: Session, subjects: Iterable[tuple[ChangeKind, UUID]], reader: _Reader, now: datetime
) -> list[ChangeView]:
    """Load the things themselves, a statement or two for each kind: the reader sees what is in his scope."""
    subjects = list(subjects)
    ids = {kind: [found_id for found_kind, found_id in subjects if found_kind is kind] for kind in ChangeKind}
    shown_pickups = pickups.views_of(session, ids[ChangeKind.PICKUP], by=reader.by, now=now)
    shown_waits = waits.views_of(session, ids[ChangeKind.WAIT], by=reader.by, now=now)
    shown_notices = notices.views_of(session, ids[ChangeKind.NOTICE], by=reader.by, locale=reader.locale)
    return [
        ChangeView(
            kind,
            subject_id,
            pickup=shown_pickups.get(subject_id),
            wait=shown_waits.get(subject_id),
            notice=shown_notices.get(subject_id),
        )
        for kind, subject_id in subjects
    ]


def _present(session: Session, cursor: FeedCursor, by: Principal, limit: int, now: datetime) -> FeedPage:
    """Return today's pickups and those left over from yesterday, each followed by its newest wait.

    What changes while the pages are read comes once more behind them: the cursor's place is the beginning.
    """
    page = pickups.of_today(session, by=by, page=PageRequest(limit, cursor.rest), now=now)
    at_door = waits.newest_views(session, [view.pickup.id for view in page.items], by=by, now=now)
    items = []
    for view in page.items:
        items.append(ChangeView(ChangeKind.PICKUP, view.pickup.id, pickup=view))
        wait = at_door.get(view.pickup.id)
        if wait is not None:
            items.append(ChangeView(ChangeKind.WAIT, wait.id, wait=wait))
    if page.next_cursor is None:
        return FeedPage(items, cursor.at(cursor.position, seen_at=cursor.seen_at).encode(), False, now)
    rest = FeedCursor(cursor.reader, cursor.position, cursor.seen_at, decode_cursor(page.next_cursor))
    return FeedPage(items, rest.encode(), True, now)


def _place(position: FeedPosition) -> Any:
    values = literal(position.transaction, Change.xid.type), literal(position.number, Change.seq.type)
    return tuple_(*values)
