"""Field reports: opened by people or by the house, confirmed, acknowledged, and closed with an outcome.

What confirms what, and by when a report is acknowledged, is decided in `domain.field_reports`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain import field_reports as rules
from api.domain.field_reports import NewSighting, Outcome
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.plain_text import plain_text
from api.domain.principal import Principal
from api.domain.vocabulary import FieldReportKind, FieldReportState, HouseFinding, Role
from api.models import Customer, FieldReport, FieldReportSighting, Site
from api.queries.field_reports import FieldReportView, OwnSightingView
from api.services import absences, churn_rescoring, climbing, events, notices


@dataclass(frozen=True, slots=True)
class Found:
    """What the house has found out about a site, and the numbers behind it."""

    site_id: UUID
    kind: FieldReportKind
    finding: HouseFinding
    figures: Mapping[str, int]


def report(session: Session, seen: NewSighting, *, by: Principal, now: datetime) -> OwnSightingView:
    """Take in what somebody saw. The same of the same customer within 7 days confirms the report there is.

    The owner is told of a new report at once, of a confirmation not: it stands in the report. Raises
    NotFound for a place out of sight.
    """
    site = queries.field_reports.place_of(session, pickup_id=seen.pickup_id, site_id=seen.site_id, by=by)
    earlier = None
    if rules.can_be_confirmed(seen.kind):
        earlier = queries.field_reports.newest_of(session, site.customer_id, seen.kind)
    if earlier is not None and rules.confirms(earlier.reported_at, earlier.state, now=now):
        sighting = _sighting(session, earlier, site, seen, by, now)
        _record(session, "field_report.confirmed", earlier, by.staff_id, now)
    else:
        opened = _open(session, site, seen.kind, now, reported_by_id=by.staff_id)
        sighting = _sighting(session, opened, site, seen, by, now)
    return queries.field_reports.own_view_of(session, sighting)


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
        _stop_climbing(session, earlier, now)
    site = session.get_one(Site, found.site_id)
    opened = _open(session, site, found.kind, now, finding=found.finding, figures=dict(found.figures))
    churn_rescoring.rescore(session, [(opened.branch_id, opened.customer_id)], now=now)
    return opened


def acknowledge(session: Session, *, report_id: UUID, by: Principal, now: datetime) -> FieldReportView:
    """Take note of a report. Once is enough: who did so first, and when, stays. Raises ReportNotOpen."""
    report = queries.field_reports.locked_by_id(session, report_id, by=by)
    rules.check_open(report.state)
    if report.state is FieldReportState.OPEN:
        _acknowledge(session, report, by, now)
    return queries.field_reports.view_of(session, report)


def give_outcome(
    session: Session, *, report_id: UUID, outcome: Outcome, by: Principal, now: datetime
) -> FieldReportView:
    """Close a report with what became of it; everybody who reported it is told. Raises ReportNotOpen.

    One that nobody has acknowledged is thereby acknowledged.
    """
    report = queries.field_reports.locked_by_id(session, report_id, by=by)
    rules.check_open(report.state)
    if report.state is FieldReportState.OPEN:
        _acknowledge(session, report, by, now)
    report.state, report.closed_at, report.closed_by_id = FieldReportState.CLOSED, now, by.staff_id
    report.outcome = outcome.outcome
    report.outcome_note = plain_text(outcome.note) if outcome.note else None
    session.flush()
    _record(session, "field_report.closed", report, by.staff_id, now)
    _tell_reporters(session, report, by, now)
    return queries.field_reports.view_of(session, report)


def _open(
    session: Session,
    site: Site,
    kind: FieldReportKind,
    now: datetime,
    **origin: object,
) -> FieldReport:
    policy = queries.branches.policy(session, site.branch_id)
    hours = queries.work_calendars.opening_hours(session, site.branch_id, around=now)
    opened = FieldReport(
        branch_id=site.branch_id,
        customer_id=site.customer_id,
        site_id=site.id,
        kind=kind,
        state=FieldReportState.OPEN,
        reported_at=now,
        acknowledge_by_at=rules.acknowledge_by(kind, policy, hours, now=now),
        **origin,
    )
    session.add(opened)
    session.flush()
    _record(session, "field_report.opened", opened, opened.reported_by_id, now)
    _tell_owner(session, opened, now)
    return opened


def _sighting(
    session: Session, report: FieldReport, site: Site, seen: NewSighting, by: Principal, now: datetime
) -> FieldReportSighting:
    sighting = FieldReportSighting(
        branch_id=report.branch_id,
        report_id=report.id,
        site_id=site.id,
        pickup_id=seen.pickup_id,
        seen_by_id=by.staff_id,
        note=plain_text(seen.note) if seen.note else None,
        photo_sha256=seen.photo_sha256,
        seen_at=now,
    )
    session.add(sighting)
    session.flush()
    return sighting


def _acknowledge(session: Session, report: FieldReport, by: Principal, now: datetime) -> None:
    report.state = FieldReportState.ACKNOWLEDGED
    report.acknowledged_at, report.acknowledged_by_id = now, by.staff_id
    session.flush()
    _record(session, "field_report.acknowledged", report, by.staff_id, now)
    _stop_climbing(session, report, now)


def _stop_climbing(session: Session, report: FieldReport, now: datetime) -> None:
    """Somebody looks after this report: other reports about the same customer still wait."""
    thread, told_as = f"field-reports:{report.customer_id}", f"{NoticeKind.FIELD_REPORT}:{report.id}:"
    climbing.stop_climbing(session, [thread], told_as=told_as, now=now)


def _tell_owner(session: Session, report: FieldReport, now: datetime) -> None:
    """Tell the owner or who stands in; where a customer has none, the managers, who can give him one."""
    owner_id = session.get_one(Customer, report.customer_id).owner_id
    if owner_id is None:
        recipients = queries.staff.active_with_role(session, report.branch_id, Role.MANAGER)
    else:
        recipients = absences.present(session, [owner_id], now=now)
    notices.tell_all(
        session,
        [
            Telling(
                NoticeKind.FIELD_REPORT,
                report.branch_id,
                f"{NoticeKind.FIELD_REPORT}:{report.id}:{staff_id}",
                staff_id=staff_id,
                customer_id=report.customer_id,
                climbs_at=report.acknowledge_by_at,
            )
            for staff_id in recipients
        ],
        now=now,
    )


def _tell_reporters(session: Session, report: FieldReport, by: Principal, now: datetime) -> None:
    assert report.outcome is not None, "it has just been given"
    kind = NoticeKind.FIELD_REPORT_OUTCOME
    notices.tell_all(
        session,
        [
            Telling(
                kind,
                report.branch_id,
                f"{kind}:{report.id}:{staff_id}",
                staff_id=staff_id,
                customer_id=report.customer_id,
                variables={"outcome": report.outcome},
            )
            for staff_id in queries.field_reports.reporters_of(session, report.id)
            if staff_id != by.staff_id
        ],
        now=now,
    )


def _record(session: Session, name: str, report: FieldReport, actor_id: UUID | None, now: datetime) -> None:
    outcome = {"outcome": report.outcome} if report.outcome else {}
    events.record(
        session,
        name,
        subject_type="field_report",
        subject_id=report.id,
        branch_id=report.branch_id,
        actor_id=actor_id,
        data={"kind": report.kind, "finding": report.finding, **(report.figures or {}), **outcome},
        now=now,
    )
