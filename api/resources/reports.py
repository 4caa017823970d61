"""Reports on waits, to read and to take away, and couriers' scorecards."""

from api import queries, services
from api.domain.errors import NotFound
from api.domain.exports import ExportTooLong, TooManyExports
from api.domain.rate_limits import REPORTS
from api.domain.report_period import PeriodNotAllowed
from api.domain.vocabulary import Role
from api.queries.reports import ReportFilter
from api.rendering import effect_reports, wait_reports
from api.schemas.reports import (
    EffectReportQuerySchema,
    EffectReportSchema,
    ExportEffectReportSchema,
    ExportWaitReportSchema,
    PeriodSchema,
    ScorecardSchema,
    WaitReportQuerySchema,
    WaitReportSchema,
)
from api.web.blueprint import Blueprint
from api.web.context import locale, now, principal, session
from api.web.csv_files import CSV, EXPORT_ID, csv_file
from api.web.paging import as_page, page_request

blp = Blueprint("reports", __name__, url_prefix="/v1", description="Figures of waits and couriers.")

READERS = (Role.DISPATCHER, Role.MANAGER, Role.ADMIN, Role.SALES_REP)


@blp.get("/reports/waits")
@blp.requires(*READERS)
@blp.within(REPORTS)
@blp.arguments(WaitReportQuerySchema, location="query")
@blp.response(200, WaitReportSchema)
@blp.raises(PeriodNotAllowed)
def get_wait_report(query):
    """Report the waits of a period, a line per site, customer, courier, week, weekday, hour, or one in all.

    A rep's are those of his customers; couriers are not compared for him.
    """
    page = page_request(query)
    lines = queries.reports.wait_lines(
        session(), only=ReportFilter(**query), by=principal(), locale=locale(), page=page
    )
    return as_page(lines)


@blp.post("/reports/waits/export")
@blp.requires(*READERS)
@blp.within(REPORTS)
@blp.confirmed
@blp.arguments(ExportWaitReportSchema)
@blp.response(200, {"type": "string"}, content_type=CSV, headers=EXPORT_ID)
@blp.raises(PeriodNotAllowed, ExportTooLong, TooManyExports)
def export_wait_report(body):
    """Take the whole report away as CSV, for spreadsheet programs; that you did is recorded."""
    only = ReportFilter(**body)
    taken = services.reports.export_waits(session(), only=only, by=principal(), locale=locale(), now=now())
    name = wait_reports.file_name(only.period, only.by)
    return csv_file(wait_reports.csv_of(taken), name, taken.mark)


@blp.get("/reports/readiness-effect")
@blp.requires(*READERS)
@blp.within(REPORTS)
@blp.arguments(EffectReportQuerySchema, location="query")
@blp.response(200, EffectReportSchema)
@blp.raises(PeriodNotAllowed)
def get_readiness_effect(query):
    """Report how long couriers waited with and without a contact's answer, per site, courier or week.

    A rep's are the waits at his customers; couriers are not compared for him.
    """
    page = page_request(query)
    lines = queries.readiness_effect.lines(session(), **query, by=principal(), locale=locale(), page=page)
    return as_page(lines)


@blp.post("/reports/readiness-effect/export")
@blp.requires(*READERS)
@blp.within(REPORTS)
@blp.confirmed
@blp.arguments(ExportEffectReportSchema)
@blp.response(200, {"type": "string"}, content_type=CSV, headers=EXPORT_ID)
@blp.raises(PeriodNotAllowed, ExportTooLong, TooManyExports)
def export_readiness_effect(body):
    """Take the whole report away as CSV, for spreadsheet programs; that you did is recorded."""
    taken = services.reports.export_effect(session(), **body, by=principal(), locale=locale(), now=now())
    return csv_file(effect_reports.csv_of(taken), effect_reports.file_name(**body), taken.mark)


@blp.get("/me/scorecard")
@blp.requires(Role.COURIER)
@blp.arguments(PeriodSchema, location="query")
@blp.response(200, ScorecardSchema)
@blp.raises(PeriodNotAllowed)
def get_my_scorecard(query):
    """Show your own figures, what counts in them, and what was left out and why."""
    return queries.scorecards.own(session(), **query, by=principal(), locale=locale())


@blp.get("/staff/<uuid:staff_id>/scorecard")
@blp.requires(Role.MANAGER)
@blp.arguments(PeriodSchema, location="query")
@blp.response(200, ScorecardSchema)
@blp.raises(NotFound, PeriodNotAllowed)
def get_scorecard(query, staff_id):
    """Show a courier's figures as he sees them."""
    return queries.scorecards.of_courier(session(), staff_id, **query, by=principal(), locale=locale())
