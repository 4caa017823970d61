"""Field reports: when one opens or is only confirmed, by when it is acknowledged, and what ends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from api.domain.branch_policy import BranchPolicy
from api.domain.business_hours import OpeningHours
from api.domain.errors import Conflict
from api.domain.vocabulary import FieldReportKind, FieldReportOutcome, FieldReportState

SAID_AGAIN_AFTER = timedelta(days=30)
"""What the house found stays said for so long, unless it was closed before."""

CONFIRMS_WITHIN = timedelta(days=7)
"""For so long the same seen again is a confirmation; after that it is news once more."""

PRESSING = frozenset({FieldReportKind.CUSTOMER_UNHAPPY, FieldReportKind.COMPETITOR_SEEN})
"""What a customer can be lost by within days."""


class ReportNotOpen(Conflict):
    """This report has been closed."""

    code = "report_not_open"


@dataclass(frozen=True, slots=True)
class NewSighting:
    """What somebody saw: the kind, and where, by a pickup or by a site; exactly one of the two is given."""

    kind: FieldReportKind
    pickup_id: UUID | None = None
    site_id: UUID | None = None
    note: str | None = None
    photo_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a report ended; the note is for those who reported it."""

    outcome: FieldReportOutcome
    note: str | None = None


def may_say_again(reported_at: datetime, *, now: datetime) -> bool:
    """Tell whether a finding that nobody has closed yet may be reported anew; at 30 days it may."""
    return now >= reported_at + SAID_AGAIN_AFTER


def can_be_confirmed(kind: FieldReportKind) -> bool:
    """Tell whether two sightings of this kind are about the same thing; of two "other" ones nobody knows."""
    return kind is not FieldReportKind.OTHER


def confirms(reported_at: datetime, state: FieldReportState, *, now: datetime) -> bool:
    """Tell whether what is seen now confirms a report of its customer and kind.

    It does until 7 days after the report. What was closed and is seen again was not settled: it is news.
    """
    return state is not FieldReportState.CLOSED and now < reported_at + CONFIRMS_WITHIN


def acknowledge_by(
    kind: FieldReportKind, policy: BranchPolicy, hours: OpeningHours, *, now: datetime
) -> datetime:
    """Return by when a report must be acknowledged.

    A pressing one within the policy's hours, counted while the branch is open (4 h); any other within 24 h.
    """
    if kind not in PRESSING:
        return now + timedelta(hours=policy.field_report_hours)
    return hours.after(now, timedelta(hours=policy.field_report_hours_pressing))


def check_open(state: FieldReportState) -> None:
    """Allow a report to be acknowledged, even twice, and to be given its outcome, until it is closed."""
    if state is FieldReportState.CLOSED:
        raise ReportNotOpen(state=state.value)
