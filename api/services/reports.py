"""Taking reports away. Reading them changes nothing and is in `queries.reports`; an export leaves a trace."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api import queries
from api.domain.principal import Principal
from api.domain.readiness_effect import EffectGroup, EffectLine
from api.domain.report_lines import ReportLine
from api.domain.report_period import ReportPeriod
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
    asked = {"report": "waits", "by": only.by, "quality": only.quality, "lines": len(lines)}
    _keep(session, only.period, asked, by, now)
    return lines


def export_effect(
    session: Session,
    *,
    period: ReportPeriod,
    group: EffectGroup,
    by: Principal,
    locale: Locale,
    now: datetime,
) -> list[EffectLine]:
    """Do the same with the report on what an answer is worth."""
    lines = queries.readiness_effect.every_line(session, period=period, group=group, by=by, locale=locale)
    asked = {"report": "readiness_effect", "by": group, "lines": len(lines)}
    _keep(session, period, asked, by, now)
    return lines


def _keep(
    session: Session, period: ReportPeriod, asked: Mapping[str, Any], by: Principal, now: datetime
) -> None:
    events.record(
        session,
        "report.exported",
        subject_type="branch",
        subject_id=by.branch_id,
        branch_id=by.branch_id,
        actor_id=by.staff_id,
        data={"from": period.first_on.isoformat(), "to": period.last_on.isoformat(), **asked},
        now=now,
    )
