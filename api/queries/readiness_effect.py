"""The report on the effect of asking: the waits of `reports`, and the messages that were sent besides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.domain.readiness_effect import EffectGroup, EffectLine
from api.domain.report_lines import GroupBy, ReportLine, key_of
from api.domain.report_period import ReportPeriod
from api.domain.vocabulary import Locale, NoticeState
from api.models import Notice, Pickup
from api.queries import reports, scope
from api.queries.reports import ReportFilter

ROWS_AT_ONCE = 1000

_COLUMNS: dict[EffectGroup, InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None]] = {
    EffectGroup.SITE: Pickup.site_id,
    EffectGroup.COURIER: Pickup.courier_id,
}


def lines(
    session: Session,
    *,
    period: ReportPeriod,
    group: EffectGroup,
    by: Principal,
    locale: Locale,
    page: PageRequest,
) -> Page[EffectLine]:
    """Return one page, in the order of the lines' keys. Raises Forbidden to a rep who asks by courier."""
    only = ReportFilter(period, group.group_by)
    found = reports.wait_lines(session, only=only, by=by, locale=locale, page=page)
    return Page(_with_messages(session, found.items, period, group, by), found.next_cursor)


def every_line(
    session: Session, *, only: ReportFilter, by: Principal, locale: Locale, most: int
) -> list[EffectLine]:
    """Return the whole report, to be taken away. Raises ExportTooLong, and Forbidden as `lines` does."""
    found = reports.every_wait_line(session, only=only, by=by, locale=locale, most=most)
    return _with_messages(session, found, only.period, EffectGroup(only.by), by)


def _with_messages(
    session: Session, waits: Sequence[ReportLine], period: ReportPeriod, group: EffectGroup, by: Principal
) -> list[EffectLine]:
    zone = reports.zone_of(session, by)
    sent = _sent(session, _sent_in(period, zone, by), group, zone)
    return [EffectLine(line, sent[line.key]) for line in waits]


def _sent_in(period: ReportPeriod, zone: ZoneInfo, by: Principal) -> Collection[ColumnElement[bool]]:
    """Return the conditions for messages to contacts that left in the period, about pickups in sight."""
    begins_at, ends_at = period.bounds(zone)
    return [
        Notice.branch_id == by.branch_id,
        Notice.contact_id.is_not(None),
        Notice.decided_at >= begins_at,
        Notice.decided_at < ends_at,
        Notice.state == NoticeState.ACCEPTED,
        scope.pickups(by),
    ]


def _sent(
    session: Session, conditions: Collection[ColumnElement[bool]], group: EffectGroup, zone: ZoneInfo
) -> Counter[str]:
    column = _COLUMNS.get(group)
    if column is not None:
        counted = select(column, func.count()).select_from(Notice).join(Pickup, Pickup.id == Notice.pickup_id)
        rows = session.execute(counted.where(*conditions).group_by(column))
        return Counter({str(key): count for key, count in rows})
    instants = select(Notice.decided_at).join(Pickup, Pickup.id == Notice.pickup_id).where(*conditions)
    # Local weeks are told here: engines do not agree on local time.
    with session.scalars(instants, execution_options={"yield_per": ROWS_AT_ONCE}) as decided:
        return Counter(key_of(at, GroupBy.WEEK, zone) for at in decided)
