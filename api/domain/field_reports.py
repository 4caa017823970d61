"""Field reports: when the house opens one by itself, and what may be done with one."""

from __future__ import annotations

from datetime import datetime, timedelta

from api.domain.business_hours import OpeningHours
from api.domain.errors import Conflict
from api.domain.vocabulary import FieldReportKind, FieldReportState

PRESSING = frozenset({FieldReportKind.COMPETITOR_SEEN, FieldReportKind.CUSTOMER_UNHAPPY})
"""With these a customer may be on his way out already."""

ACKNOWLEDGED_WITHIN = timedelta(hours=24)
PRESSING_ACKNOWLEDGED_WITHIN = timedelta(hours=4)
"""Of the hours in which the branch is open."""

SAID_AGAIN_AFTER = timedelta(days=30)
"""What the house found stays said for so long, unless it was closed before."""


class ReportNotOpen(Conflict):
    """This report has been closed."""

    code = "report_not_open"


def may_say_again(reported_at: datetime, *, now: datetime) -> bool:
    """Tell whether a finding that nobody has closed yet may be reported anew; at 30 days it may."""
    return now >= reported_at + SAID_AGAIN_AFTER


def acknowledge_by(kind: FieldReportKind, hours: OpeningHours, *, now: datetime) -> datetime:
    """Return by when somebody must have taken note of a report, before the managers hear of it."""
    if kind in PRESSING:
        return hours.after(now, PRESSING_ACKNOWLEDGED_WITHIN)
    return now + ACKNOWLEDGED_WITHIN


def check_acknowledge(state: FieldReportState) -> None:
    """Allow a report to be acknowledged, even twice, until it is closed."""
    if state is FieldReportState.CLOSED:
        raise ReportNotOpen(state=state.value)
