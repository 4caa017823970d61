"""Notices that wait: let go when their time has come, several at once as one digest; put off by the reader.

When something is held at all is decided where it is told, with the rules of `domain.notice_timing`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.fall_back import UNSEEN_FOR
from api.domain.notice_kinds import KINDS, NoticeKind, Telling
from api.domain.notice_timing import Snoozable, becomes_digest, snoozed_until
from api.domain.principal import Principal
from api.domain.vocabulary import Channel, DeliveryState, NoticeState
from api.models import Notice
from api.queries.held_notices import LetGo
from api.services import changes, events, notices

_Phones: TypeAlias = Mapping[UUID, Sequence[UUID]]


@dataclass(slots=True)
class _Release:
    """What becomes of held notices: of no more use, told of by a digest, or pushed as themselves."""

    over: list[Notice] = field(default_factory=list)
    folded: list[tuple[Telling, Sequence[Notice]]] = field(default_factory=list)
    alone: list[Notice] = field(default_factory=list)


def release(session: Session, *, people: int, now: datetime) -> int:
    """Let go of what was held for at most so many people; return how many notices that were.

    What is of no more use by now, or acknowledged, is superseded. What is folded into a digest is superseded
    by it, and stays in the inbox.
    """
    due = queries.held_notices.due(session, people=people, now=now)
    if not due:
        return 0
    phones = queries.devices.live_of(session, {notice.staff_id for notice in due if notice.staff_id})
    released = _sorted_out(due, phones, now)
    queries.held_notices.let_go(
        session,
        [
            *(_superseded(notice, now) for notice in released.over),
            *(_superseded(one, now, digest.id) for digest, folded in released.folded for one in folded),
            *(_on_its_way(notice, _phones_of(notice, phones), now) for notice in released.alone),
        ],
    )
    queries.deliveries.add_again(
        session,
        [_delivery(notice, phone, now) for notice in released.alone for phone in _phones_of(notice, phones)],
    )
    notices.tell_all(session, [digest for digest, _ in released.folded], now=now)
    return len(due)


def wake(session: Session, staff_id: UUID, *, now: datetime) -> None:
    """Let somebody who begins to work have what is live and was held while he did not."""
    queries.held_notices.wake(session, staff_id, now=now)


def snooze(session: Session, *, notice_id: UUID, minutes: int, by: Principal, now: datetime) -> Notice:
    """Put one of the caller's notices off: it comes again as a push, and nobody else is told meanwhile.

    Who puts it off has read it. Raises NotFound, LiveNotice, NoticeIsOver, SnoozedEnough, NoUseByThen.
    """
    notice = queries.held_notices.to_snooze(session, notice_id, by=by)
    until = snoozed_until(_as_snoozable(notice), minutes, now=now)
    queries.deliveries.supersede(session, [notice.id], now=now)
    notice.state, notice.settled_at, notice.digest_id = NoticeState.PENDING, None, None
    notice.held_until, notice.snoozes = until, notice.snoozes + 1
    notice.seen_at = notice.seen_at or now
    notice.falls_back_at = None
    if notice.climbs_at is not None:
        notice.climbs_at = max(notice.climbs_at, until)
    session.flush()
    changes.note(session, [notice], now=now)
    events.record(
        session,
        "notice.snoozed",
        subject_type="notice",
        subject_id=notice.id,
        branch_id=notice.branch_id,
        actor_id=by.staff_id,
        data={"minutes": minutes},
        now=now,
    )
    return notice


def _as_snoozable(notice: Notice) -> Snoozable:
    # What was read before it was pushed is superseded in that very moment: there it is still so.
    overtaken = notice.state is NoticeState.SUPERSEDED and notice.digest_id is None
    no_longer_so = overtaken and notice.settled_at != notice.seen_at
    return Snoozable(
        live=KINDS[NoticeKind(notice.kind)].live,
        over=no_longer_so or notice.acknowledged_at is not None,
        snoozes=notice.snoozes,
        useful_until=notice.useful_until,
    )


def _sorted_out(due: Iterable[Notice], phones: _Phones, now: datetime) -> _Release:
    release = _Release()
    for staff_id, held in groupby(due, key=lambda notice: notice.staff_id):
        several = []
        for notice in held:
            if notice.useful_until <= now or notice.acknowledged_at is not None:
                release.over.append(notice)
            elif notice.snoozes > 0:
                # It comes as itself: who has put it off waits for that very notice.
                release.alone.append(notice)
            else:
                several.append(notice)
        if staff_id and becomes_digest(len(several), has_phone=staff_id in phones):
            release.folded.append((_digest_of(several, staff_id, now), several))
        else:
            release.alone += several
    return release


def _digest_of(folded: Sequence[Notice], staff_id: UUID, now: datetime) -> Telling:
    kind = NoticeKind.DIGEST
    return Telling(
        kind,
        folded[0].branch_id,
        f"{kind}:{folded[0].id}:{staff_id}",
        staff_id=staff_id,
        variables={"count": len(folded)},
        useful_until=max(notice.useful_until for notice in folded),
        leaves_at=now,
    )


def _superseded(notice: Notice, now: datetime, digest_id: UUID | None = None) -> LetGo:
    return LetGo(notice.id, NoticeState.SUPERSEDED, settled_at=now, digest_id=digest_id)


def _on_its_way(notice: Notice, reached: Collection[UUID], now: datetime) -> LetGo:
    if notice.falls_back_at is not None:
        falls_back_at = now + UNSEEN_FOR if reached else now
        return LetGo(notice.id, NoticeState.PENDING, falls_back_at=falls_back_at)
    if reached:
        return LetGo(notice.id, NoticeState.PENDING)
    # The last of his phones went meanwhile: he finds it in his inbox.
    return LetGo(notice.id, NoticeState.SUPPRESSED, settled_at=now)


def _phones_of(notice: Notice, phones: _Phones) -> Sequence[UUID]:
    return phones.get(notice.staff_id, ()) if notice.staff_id else ()


def _delivery(notice: Notice, phone: UUID, now: datetime) -> dict[str, Any]:
    return {
        "notice_id": notice.id,
        "channel": Channel.PUSH,
        "address_key": str(phone),
        "state": DeliveryState.PENDING,
        "next_at": now,
        "expires_at": notice.useful_until,
    }
