"""Field reports: opened by the house when it has found something, and taken note of by who must act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain import field_reports as rules
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.principal import Principal
from api.domain.vocabulary import FieldReportKind, FieldReportState, HouseFinding, Role
from api.models import Customer, FieldReport, Site
from api.queries.field_reports import FieldReportView
from api.services import churn_rescoring, events, notices


@dataclass(frozen=True, slots=True)
class Found:
    """What the house has found out about a site, and the numbers behind it."""

    site_id: UUID
    kind: FieldReportKind
    finding: HouseFinding
    figures: Mapping[str, int]


def open_by_house(session: Session, found: Found, *, now: datetime) -> FieldReport | None:
    """Report a finding to the customer's owner; None while it was said before and nobody has closed it.

    After 30 days it is said anew, and the old report is closed.
    """
    earlier = queries.field_reports.open_of_house(session, found.site_id, found.kind)
    if earlier is not None:
        if not rules.may_say_again(earlier.reported_at, now=now):
            return None
        earlier.state, earlier.closed_at = FieldReportState.CLOSED, now
        session.flush()  # The database allows one open at a time.
    site = session.get_one(Site, found.site_id)
    report = FieldReport(
        branch_id=site.branch_id,
        customer_id=site.customer_id,
        site_id=site.id,
        kind=found.kind,
        state=FieldReportState.OPEN,
        finding=found.finding,
        figures=dict(found.figures),
        reported_at=now,
    )
    session.add(report)
    session.flush()
    _record(session, "field_report.opened", report, None, now)
    _tell(session, report, now)
    churn_rescoring.rescore(session, [(report.branch_id, report.customer_id)], now=now)
    return report


def acknowledge(session: Session, *, report_id: UUID, by: Principal, now: datetime) -> FieldReportView:
    """Take note of a report. Once is enough: who did so first, and when, stays. Raises ReportNotOpen."""
    report = queries.field_reports.locked_by_id(session, report_id, by=by)
    rules.check_acknowledge(report.state)
    if report.state is FieldReportState.OPEN:
        report.state = FieldReportState.ACKNOWLEDGED
        report.acknowledged_at, report.acknowledged_by_id = now, by.staff_id
        session.flush()
        _record(session, "field_report.acknowledged", report, by.staff_id, now)
    return queries.field_reports.view_of(session, report)


def _tell(session: Session, report: FieldReport, now: datetime) -> None:
    """Tell the owner; where a customer has none, the managers, who can give him one."""
    owner_id = session.get_one(Customer, report.customer_id).owner_id
    managers = queries.staff.active_with_role(session, report.branch_id, Role.MANAGER)
    notices.tell_all(
        session,
        [
            Telling(
                NoticeKind.FIELD_REPORT,
                report.branch_id,
                f"{NoticeKind.FIELD_REPORT}:{report.id}:{staff_id}",
                staff_id=staff_id,
                customer_id=report.customer_id,
            )
            for staff_id in ([owner_id] if owner_id else managers)
        ],
        now=now,
    )


def _record(session: Session, name: str, report: FieldReport, actor_id: UUID | None, now: datetime) -> None:
    events.record(
        session,
        name,
        subject_type="field_report",
        subject_id=report.id,
        branch_id=report.branch_id,
        actor_id=actor_id,
        data={"kind": report.kind, "finding": report.finding, **(report.figures or {})},
        now=now,
    )
