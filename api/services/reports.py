"""Taking reports away. Reading them changes nothing and is in `queries.reports`; an export leaves a trace."""

from datetime import datetime

from sqlalchemy.orm import Session

from api import queries
from api.domain.principal import Principal
from api.domain.report_lines import ReportLine
from api.domain.vocabulary import Locale
from api.queries.reports import ReportFilter
from api.services import events


def export_waits(
    session: Session, *, only: ReportFilter, by: Principal, locale: Locale, now: datetime
) -> list[ReportLine]:
    """Return the whole report; who took what away, and how much of it, is kept.

    Raises ReportTooLong, and Forbidden to a rep who asks by courier.
    """
    lines = queries.reports.every_wait_line(session, only=only, by=by, locale=locale)
    events.record(
        session,
        "report.exported",
        subject_type="branch",
        subject_id=by.branch_id,
        branch_id=by.branch_id,
        actor_id=by.staff_id,
        data={
            "report": "waits",
            "from": only.period.first_on.isoformat(),
            "to": only.period.last_on.isoformat(),
            "by": only.by,
            "quality": only.quality,
            "lines": len(lines),
        },
        now=now,
    )
    return lines
