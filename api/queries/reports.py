"""Reports on waits: a line per site, customer, courier, week, weekday or hour, or one for the branch."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.domain.errors import Forbidden
from api.domain.exports import ExportTooLong
from api.domain.left_out import Omitted, left_out
from api.domain.paging import Page, PageRequest, encode_cursor
from api.domain.principal import Principal
from api.domain.report_figures import GroupFigures, GroupTally, figures
from api.domain.report_lines import GroupBy, ReportLine, key_of, label_of, rows_of
from api.domain.report_period import ReportPeriod
from api.domain.vocabulary import Locale, Quality, Role
from api.models import Branch, Customer, Pickup, Site, StaffMember, Wait
from api.queries import scope, wait_facts
from api.queries.paging import behind

LABELS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """Which waits a report is about, by the day of arrival, and what it has one line for."""

    period: ReportPeriod
    by: GroupBy
    quality: Quality | None = None


Found = tuple[str, GroupFigures]


def wait_lines(
    session: Session, *, only: ReportFilter, by: Principal, locale: Locale, page: PageRequest
) -> Page[ReportLine]:
    """Return one page, in the order of the lines' keys. Raises Forbidden to a rep who asks by courier."""
    with closing(_groups(session, only, by, page.after)) as groups:
        found = list(islice(groups, page.limit + 1))
    shown = _labelled(session, found[: page.limit], only.by, locale)
    return Page(shown, encode_cursor([shown[-1].key]) if len(found) > page.limit else None)


def every_wait_line(
    session: Session, *, only: ReportFilter, by: Principal, locale: Locale, most: int
) -> list[ReportLine]:
    """Return the whole report, to be taken away in at most so many rows: one for each line and quality.

    Raises ExportTooLong, and Forbidden as `wait_lines` does.
    """
    found: list[Found] = []
    rows = 0
    with closing(_groups(session, only, by, None)) as groups:
        for key, group in groups:
            rows += rows_of(group.by_quality)
            if rows <= most:  # What is beyond is counted only, so that the refusal can say how much it is.
                found.append((key, group))
    if rows > most:
        raise ExportTooLong(rows=rows, most=most)
    return _labelled(session, found, only.by, locale)


def arrived_in(period: ReportPeriod, zone: ZoneInfo, by: Principal) -> list[ColumnElement[bool]]:
    """Return the conditions for waits that the caller may see and that began in the period."""
    begins_at, ends_at = period.bounds(zone)
    # The branch is named besides the scope, because the index begins with it.
    return [
        Wait.branch_id == by.branch_id,
        Wait.arrived_at >= begins_at,
        Wait.arrived_at < ends_at,
        scope.waits(by),
    ]


def zone_of(session: Session, by: Principal) -> ZoneInfo:
    return ZoneInfo(session.get_one(Branch, by.branch_id).timezone)


def _groups(
    session: Session, only: ReportFilter, by: Principal, after: tuple[str, ...] | None
) -> Generator[Found]:
    if only.by is GroupBy.COURIER and by.role is Role.SALES_REP:
        raise Forbidden("Couriers are compared by those who lead them.")
    zone = zone_of(session, by)
    conditions = arrived_in(only.period, zone, by)
    if only.quality is not None:
        conditions.append(Wait.quality == only.quality)
    column = _COLUMNS.get(only.by)
    if column is not None:
        return _kept_together(session, column, conditions, after)
    if only.by is GroupBy.BRANCH:
        return _counted_by(session, lambda _: str(by.branch_id), conditions, after)
    return _counted_by(session, lambda at: key_of(at, only.by, zone), conditions, after)


def _kept_together(
    session: Session,
    column: InstrumentedAttribute[UUID],
    conditions: list[ColumnElement[bool]],
    after: tuple[str, ...] | None,
) -> Generator[Found]:
    """Yield group after group; only one is in memory at a time."""
    if after is not None:
        conditions = [*conditions, behind([column], after)]
    with closing(wait_facts.stream_by(session, column, *conditions)) as facts:
        for key, group in groupby(facts, key=itemgetter(0)):
            yield str(key), figures(fact for _, fact in group)


def _counted_by(
    session: Session,
    key: Callable[[datetime], str],
    conditions: Sequence[ColumnElement[bool]],
    after: tuple[str, ...] | None,
) -> Generator[Found]:
    """Yield the few groups that arrivals fall into. Local time is told here: engines do not agree on it."""
    tallies: dict[str, GroupTally] = {}
    for fact in wait_facts.stream(session, *conditions):
        tallies.setdefault(key(fact.arrived_at), GroupTally()).add(fact)
    for found in sorted(tallies):
        if after is None or (found,) > after:
            yield found, tallies[found].figures()


def _labelled(
    session: Session, found: Sequence[Found], group_by: GroupBy, locale: Locale
) -> list[ReportLine]:
    names = _names(session, [key for key, _ in found], group_by)
    return [
        ReportLine(
            key=key,
            label=names.get(key) or label_of(key, group_by),
            by_quality=group.by_quality,
            left_out=left_out(Omitted.WAITS, group.left_out, locale),
        )
        for key, group in found
    ]


def _names(session: Session, keys: Sequence[str], group_by: GroupBy) -> dict[str, str]:
    named = _NAMES.get(group_by)
    if named is None:
        return {}
    id_column, statement = named
    ids = [UUID(key) for key in keys]
    return {
        str(row[0]): " · ".join(row[1:])
        for start in range(0, len(ids), LABELS_AT_ONCE)
        for row in session.execute(statement.where(id_column.in_(ids[start : start + LABELS_AT_ONCE])))
    }


_COLUMNS: dict[GroupBy, InstrumentedAttribute[UUID]] = {
    GroupBy.SITE: Pickup.site_id,
    GroupBy.CUSTOMER: Pickup.customer_id,
    GroupBy.COURIER: Wait.courier_id,
}

_NAMES: dict[GroupBy, tuple[InstrumentedAttribute[UUID], Select[*tuple[Any, ...]]]] = {
    GroupBy.BRANCH: (Branch.id, select(Branch.id, Branch.name)),
    # Many a customer calls a site "warehouse".
    GroupBy.SITE: (
        Site.id,
        select(Site.id, Customer.name, Site.name).join(Customer, Customer.id == Site.customer_id),
    ),
    GroupBy.CUSTOMER: (Customer.id, select(Customer.id, Customer.name)),
    GroupBy.COURIER: (StaffMember.id, select(StaffMember.id, StaffMember.name)),
}
