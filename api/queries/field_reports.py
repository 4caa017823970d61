"""Field reports: by id, listed, their sightings, and what has been said of a site or customer already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from api.domain.errors import NotFound
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.domain.vocabulary import FieldReportKind, FieldReportState, Role
from api.models import Customer, FieldReport, FieldReportSighting, Pickup, Site
from api.queries import scope
from api.queries.paging import paginate


@dataclass(frozen=True, slots=True)
class FieldReportFilter:
    """What a list of reports is narrowed to."""

    state: FieldReportState | None = None
    kind: FieldReportKind | None = None
    customer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class FieldReportView:
    """A report, whom and which door it is about, and how often it has been seen again since."""

    report: FieldReport
    customer_name: str
    site_name: str | None
    confirmations: int

    @property
    def version(self) -> int:
        return self.report.version


@dataclass(frozen=True, slots=True)
class OwnSightingView:
    """What somebody reported himself, and what has become of it."""

    sighting: FieldReportSighting
    report: FieldReport
    customer_name: str
    site_name: str


def listed(
    session: Session, *, only: FieldReportFilter, by: Principal, page: PageRequest
) -> Page[FieldReportView]:
    """List reports about the customers that the caller sees, newest first."""
    exact = {
        FieldReport.state: only.state,
        FieldReport.kind: only.kind,
        FieldReport.customer_id: only.customer_id,
    }
    narrowed = [column == wanted for column, wanted in exact.items() if wanted is not None]
    statement = select(FieldReport).where(scope.field_reports(by), *narrowed)
    key = [FieldReport.reported_at, FieldReport.id]
    found = paginate(session, statement, key, page, descending=True)
    return Page(_views(session, found.items), found.next_cursor)


def by_id(session: Session, report_id: UUID, *, by: Principal) -> FieldReportView:
    found = session.scalar(select(FieldReport).where(FieldReport.id == report_id, scope.field_reports(by)))
    if found is None:
        raise NotFound()
    return view_of(session, found)


def locked_by_id(session: Session, report_id: UUID, *, by: Principal) -> FieldReport:
    found = session.scalar(
        select(FieldReport)
        .where(FieldReport.id == report_id, scope.field_reports(by))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound()
    return found


def view_of(session: Session, report: FieldReport) -> FieldReportView:
    return _views(session, [report])[0]


def sightings(
    session: Session, report_id: UUID, *, by: Principal, page: PageRequest
) -> Page[FieldReportSighting]:
    """List who saw it, in turn. Raises NotFound when the report is out of sight."""
    by_id(session, report_id, by=by)
    statement = select(FieldReportSighting).where(FieldReportSighting.report_id == report_id)
    return paginate(session, statement, [FieldReportSighting.seen_at, FieldReportSighting.id], page)


def own(session: Session, *, by: Principal, page: PageRequest) -> Page[OwnSightingView]:
    """List what the caller reported himself, newest first."""
    statement = select(FieldReportSighting).where(FieldReportSighting.seen_by_id == by.staff_id)
    key = [FieldReportSighting.seen_at, FieldReportSighting.id]
    found = paginate(session, statement, key, page, descending=True)
    return Page(_own_views(session, found.items), found.next_cursor)


def own_view_of(session: Session, sighting: FieldReportSighting) -> OwnSightingView:
    return _own_views(session, [sighting])[0]


def reporters_of(session: Session, report_id: UUID) -> Sequence[UUID]:
    """Return who saw it, each once."""
    seen = select(FieldReportSighting.seen_by_id).where(FieldReportSighting.report_id == report_id)
    return session.scalars(seen.distinct().order_by(FieldReportSighting.seen_by_id)).all()


def place_of(session: Session, *, pickup_id: UUID | None, site_id: UUID | None, by: Principal) -> Site:
    """Return the site where something was seen. A courier names a pickup of his, or a site where he had one.

    Raises NotFound when it is out of sight.
    """
    if pickup_id is not None:
        statement = (
            select(Site)
            .join(Pickup, Pickup.site_id == Site.id)
            .where(Pickup.id == pickup_id, scope.pickups(by))
        )
    elif by.role is Role.COURIER:
        been_there = select(Pickup.id).where(Pickup.site_id == Site.id, scope.pickups(by))
        statement = select(Site).where(Site.id == site_id, exists(been_there.correlate(Site)))
    else:
        statement = select(Site).where(Site.id == site_id, scope.sites(by))
    found = session.scalar(statement)
    if found is None:
        raise NotFound()
    return found


def newest_of(session: Session, customer_id: UUID, kind: FieldReportKind) -> FieldReport | None:
    """Return what people last reported of a customer, for it to be confirmed.

    The customer is locked until the end of the transaction: of two who see the same at the same moment the
    second confirms the first.
    """
    session.execute(select(Customer.id).where(Customer.id == customer_id).with_for_update(key_share=True))
    return session.scalars(
        select(FieldReport)
        .where(
            FieldReport.customer_id == customer_id,
            FieldReport.kind == kind,
            FieldReport.reported_by_id.is_not(None),
        )
        .order_by(FieldReport.reported_at.desc(), FieldReport.id.desc())
        .limit(1)
        .with_for_update(key_share=True)
    ).first()


def open_of_house(session: Session, site_id: UUID, kind: FieldReportKind) -> FieldReport | None:
    """Return what the house has said of a site and nobody has closed, locked."""
    return session.scalar(
        select(FieldReport)
        .where(
            FieldReport.site_id == site_id,
            FieldReport.kind == kind,
            FieldReport.reported_by_id.is_(None),
            FieldReport.state != FieldReportState.CLOSED,
        )
        .with_for_update(key_share=True)
    )


def forget_photos(session: Session, branch_id: UUID, *, before: datetime, limit: int) -> int:
    """Take out the names of at most `limit` pictures past their time, for else they would seem awaited."""
    old = (
        select(FieldReportSighting.id)
        .where(
            FieldReportSighting.branch_id == branch_id,
            FieldReportSighting.seen_at < before,
            FieldReportSighting.photo_sha256.is_not(None),
        )
        .limit(limit)
    )
    forgotten = session.execute(
        update(FieldReportSighting)
        .where(FieldReportSighting.id.in_(old))
        .values(photo_sha256=None)
        .returning(FieldReportSighting.id)
        .execution_options(synchronize_session=False)
    )
    return len(forgotten.all())


def _views(session: Session, reports: Sequence[FieldReport]) -> list[FieldReportView]:
    seen = (
        select(func.count())
        .where(FieldReportSighting.report_id == FieldReport.id)
        .correlate(FieldReport)
        .scalar_subquery()
    )
    rows = session.execute(
        select(FieldReport.id, Customer.name, Site.name, seen)
        .join(Customer, Customer.id == FieldReport.customer_id)
        .outerjoin(Site, Site.id == FieldReport.site_id)
        .where(FieldReport.id.in_([report.id for report in reports]))
    )
    found = {row[0]: (row[1], row[2], max(row[3] - 1, 0)) for row in rows}
    return [FieldReportView(report, *found[report.id]) for report in reports]


def _own_views(session: Session, seen: Sequence[FieldReportSighting]) -> list[OwnSightingView]:
    rows = session.execute(
        select(FieldReportSighting.id, FieldReport, Customer.name, Site.name)
        .join(FieldReport, FieldReport.id == FieldReportSighting.report_id)
        .join(Customer, Customer.id == FieldReport.customer_id)
        .join(Site, Site.id == FieldReportSighting.site_id)
        .where(FieldReportSighting.id.in_([one.id for one in seen]))
    )
    found = {row[0]: (row[1], row[2], row[3]) for row in rows}
    return [OwnSightingView(one, *found[one.id]) for one in seen]
