"""The one door through which data is taken away: within the branch's limits, marked, recorded, and told.

What is in a file is read by the queries; what it looks like is for `rendering`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import ceil
from typing import Generic, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api import queries
from api.domain.branch_policy import BranchPolicy
from api.domain.business_hours import local_day, local_instant
from api.domain.exports import TakenAway, TooManyExports, Watermark, leaders_hear_of_it
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.principal import Principal
from api.domain.vocabulary import ExportKind, Role
from api.models import Branch, Export
from api.services import events, notices

Line = TypeVar("Line")


@dataclass(frozen=True, slots=True)
class Wish(Generic[Line]):
    """What somebody asks to take away. `only` are codes and ids, for they are recorded; never a person."""

    kind: ExportKind
    only: Mapping[str, str | None]
    read: Callable[[int], Sequence[Line]]
    """Takes how many rows are allowed at most, and raises ExportTooLong where there are more."""
    count_rows: Callable[[Sequence[Line]], int] = len


def take_away(session: Session, wish: Wish[Line], *, by: Principal, now: datetime) -> TakenAway[Line]:
    """Return what was asked for, as a whole or not at all.

    Raises TooManyExports after the day's last, ExportTooLong, and what `wish.read` raises.
    """
    branch = session.get_one(Branch, by.branch_id)
    policy = queries.branches.policy(session, branch.id)
    _refuse_after_the_last(session, branch, policy, by, now)
    lines = wish.read(policy.export_most_rows)
    export = _keep(session, wish, wish.count_rows(lines), by, now)
    hours = queries.work_calendars.opening_hours(session, branch.id, around=now)
    if leaders_hear_of_it(
        export.row_count, by.role, threshold=policy.export_alert_rows, is_open=hours.is_open(now)
    ):
        _tell_leaders(session, export, now=now)
    return TakenAway(lines, Watermark(export.id, export.staff_id, now, export.row_count))


def _refuse_after_the_last(
    session: Session, branch: Branch, policy: BranchPolicy, by: Principal, now: datetime
) -> None:
    # One at a time for each person: two at once would both find room for one more.
    queries.staff.lock(session, [by.staff_id])
    zone = ZoneInfo(branch.timezone)
    today = local_day(now, zone)
    taken = queries.exports.taken_since(session, by.staff_id, local_instant(today, time.min, zone))
    if taken >= policy.exports_per_day:
        tomorrow = local_instant(today + timedelta(days=1), time.min, zone)
        raise TooManyExports(ceil((tomorrow - now).total_seconds()))


def _keep(session: Session, wish: Wish[Line], rows: int, by: Principal, now: datetime) -> Export:
    export = Export(
        branch_id=by.branch_id, staff_id=by.staff_id, kind=wish.kind, row_count=rows, taken_at=now
    )
    session.add(export)
    session.flush()
    events.record(
        session,
        "data.exported",
        subject_type="export",
        subject_id=export.id,
        branch_id=by.branch_id,
        actor_id=by.staff_id,
        data={"kind": wish.kind, "only": dict(wish.only), "rows": rows},
        now=now,
    )
    return export


def _tell_leaders(session: Session, export: Export, *, now: datetime) -> None:
    kind = NoticeKind.DATA_EXPORTED
    tellings = [
        Telling(
            kind,
            export.branch_id,
            f"{kind}:{export.id}:{leader_id}",
            staff_id=leader_id,
            variables={"count": export.row_count},
        )
        for leader_id in _leaders_besides(session, export)
    ]
    notices.tell_all(session, tellings, now=now)


def _leaders_besides(session: Session, export: Export) -> list[UUID]:
    """Return the managers but for who did it; where there is no other, the admins likewise."""
    for role in (Role.MANAGER, Role.ADMIN):
        leaders = queries.staff.active_with_role(session, export.branch_id, role)
        others = [one for one in leaders if one != export.staff_id]
        if others:
            return others
    return []
