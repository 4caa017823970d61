"""Rows about caring for customers, made as in `factories`: reports, occasions, absences and transfers."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api.domain import vocabulary as words
from api.models import (
    Absence,
    Branch,
    Contact,
    FieldReport,
    FieldReportSighting,
    Occasion,
    Site,
    StaffMember,
    Transfer,
)
from tests.factories import make_contact, make_site, make_staff
from tests.fakes import NOW
from tests.rows import add


def make_field_report(session: Session, site: Site | None = None, **overrides: Any) -> FieldReport:
    """A competitor that a courier has seen at a site, who saw it once; nobody has taken note yet."""
    site = site or make_site(session)
    courier = make_staff(session, session.get_one(Branch, site.branch_id))
    report = add(
        session,
        FieldReport,
        overrides,
        branch_id=site.branch_id,
        customer_id=site.customer_id,
        site_id=site.id,
        kind=words.FieldReportKind.COMPETITOR_SEEN,
        reported_by_id=courier.id,
        reported_at=NOW,
        acknowledge_by_at=NOW + timedelta(hours=4),
    )
    add(
        session,
        FieldReportSighting,
        {},
        branch_id=site.branch_id,
        report_id=report.id,
        site_id=site.id,
        seen_by_id=courier.id,
        seen_at=report.reported_at,
    )
    return report


def make_occasion(session: Session, contact: Contact | None = None, **overrides: Any) -> Occasion:
    """The contact's birthday is today, and nobody has congratulated yet."""
    contact = contact or make_contact(session)
    return add(
        session,
        Occasion,
        overrides,
        branch_id=contact.branch_id,
        customer_id=contact.customer_id,
        contact_id=contact.id,
        kind=words.OccasionKind.BIRTHDAY,
        year=NOW.year,
        falls_on=NOW.date(),
        noticed_at=NOW,
    )


def make_absence(
    session: Session,
    staff: StaffMember | None = None,
    *,
    stand_in: StaffMember | None = None,
    **overrides: Any,
) -> Absence:
    """A rep who is away today, all day long in Shanghai, and another who stands in."""
    staff = staff or make_staff(session, role=words.Role.SALES_REP)
    branch = session.get_one(Branch, staff.branch_id)
    stand_in = stand_in or make_staff(session, branch, role=words.Role.SALES_REP)
    today = NOW.date()
    midnight = datetime.combine(today, time.min, ZoneInfo(branch.timezone)).astimezone(UTC)
    return add(
        session,
        Absence,
        overrides,
        branch_id=branch.id,
        staff_id=staff.id,
        stand_in_id=stand_in.id,
        first_on=today,
        last_on=today,
        begins_at=midnight,
        ends_at=midnight + timedelta(days=1),
        entered_by_id=staff.id,
        entered_at=NOW,
    )


def make_transfer(session: Session, staff: StaffMember | None = None, **overrides: Any) -> Transfer:
    """A rep has handed over what he held, which was one customer that is gone since."""
    staff = staff or make_staff(session, role=words.Role.SALES_REP)
    return add(
        session,
        Transfer,
        overrides,
        branch_id=staff.branch_id,
        from_id=staff.id,
        made_by_id=staff.id,
        made_at=NOW,
        counts={"customer": 1},
    )
