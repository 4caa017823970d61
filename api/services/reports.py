"""Taking reports away. Reading them changes nothing and is in `queries.reports`; an export leaves a trace."""

from datetime import datetime

from sqlalchemy.orm import Session

from api import queries
from api.domain.exports import TakenAway
from api.domain.principal import Principal
from api.domain.readiness_effect import EffectGroup, EffectLine
from api.domain.report_lines import ReportLine, rows_of
from api.domain.report_period import ReportPeriod
from api.domain.vocabulary import ExportKind, Locale
from api.queries.reports import ReportFilter
from api.services import exports
from api.services.exports import Wish


def export_waits(
    session: Session, *, only: ReportFilter, by: Principal, locale: Locale, now: datetime
) -> TakenAway[ReportLine]:
    """Take it away whole. Raises as `exports.take_away`, and Forbidden to a rep who asks by courier."""
    wish = Wish(
        ExportKind.WAITS,
        {**_days(only.period), "by": only.by, "quality": only.quality},
        lambda most: queries.reports.every_wait_line(session, only=only, by=by, locale=locale, most=most),
        lambda lines: sum(rows_of(line.by_quality) for line in lines),
    )
    return exports.take_away(session, wish, by=by, now=now)


def export_effect(
    session: Session,
    *,
    period: ReportPeriod,
    group: EffectGroup,
    by: Principal,
    locale: Locale,
    now: datetime,
) -> TakenAway[EffectLine]:
    """Do the same with the report on what an answer is worth."""
    wish = Wish(
        ExportKind.READINESS_EFFECT,
        {**_days(period), "by": group},
        lambda most: queries.readiness_effect.every_line(
            session, only=ReportFilter(period, group.group_by), by=by, locale=locale, most=most
        ),
        lambda lines: sum(rows_of(line.waits.by_quality) for line in lines),
    )
    return exports.take_away(session, wish, by=by, now=now)


def _days(period: ReportPeriod) -> dict[str, str]:
    return {"from": period.first_on.isoformat(), "to": period.last_on.isoformat()}
