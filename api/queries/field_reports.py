"""Field reports: by id, listed, and what the house has said of a site already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.domain.errors import NotFound
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.domain.vocabulary import FieldReportKind, FieldReportState
from api.models import Customer, FieldReport, Site
from api.queries import scope
from api.queries.paging import paginate


@dataclass(frozen=True, slots=True)
class FieldReportView:
    """A report and whom and which door it is about."""

    report: FieldReport
    customer_name: str
    site_name: str | None

    @property
    def version(self) -> int:
        return self.report.version


def listed(
    session: Session, *, state: FieldReportState | None, by: Principal, page: PageRequest
) -> Page[FieldReportView]:
    """List reports about the customers that the caller sees, newest first."""
    statement = select(FieldReport).where(scope.field_reports(by))
    if state is not None:
        statement = statement.where(FieldReport.state == state)
    key = [FieldReport.reported_at, FieldReport.id]
    found = paginate(session, statement, key, page, descending=True)
    return Page(_views(session, found.items), found.next_cursor)


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


def _views(session: Session, reports: Sequence[FieldReport]) -> list[FieldReportView]:
    names = {
        report_id: (customer_name, site_name)
        for report_id, customer_name, site_name in session.execute(
            select(FieldReport.id, Customer.name, Site.name)
            .join(Customer, Customer.id == FieldReport.customer_id)
            .outerjoin(Site, Site.id == FieldReport.site_id)
            .where(FieldReport.id.in_([report.id for report in reports]))
        )
    }
    return [FieldReportView(report, *names[report.id]) for report in reports]
