"""Field reports: when the house opens one by itself, and what may be done with one."""

from __future__ import annotations

from datetime import datetime, timedelta

from api.domain.errors import Conflict
from api.domain.vocabulary import FieldReportState

SAID_AGAIN_AFTER = timedelta(days=30)
"""What the house found stays said for so long, unless it was closed before."""


class ReportNotOpen(Conflict):
    """This report has been closed."""

    code = "report_not_open"


def may_say_again(reported_at: datetime, *, now: datetime) -> bool:
    """Tell whether a finding that nobody has closed yet may be reported anew; at 30 days it may."""
    return now >= reported_at + SAID_AGAIN_AFTER


def check_acknowledge(state: FieldReportState) -> None:
    """Allow a report to be acknowledged, even twice, until it is closed."""
    if state is FieldReportState.CLOSED:
        raise ReportNotOpen(state=state.value)
