"""The days that a report covers: both ends included, local to the branch, and not too many of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from api.domain.business_hours import local_instant
from api.domain.errors import RuleBroken

LONGEST_DAYS = 92  # A quarter. What is longer is put together from several reports.


class PeriodNotAllowed(RuleBroken):
    """A report covers 1 to 92 days, and ends no earlier than it begins."""

    code = "period_not_allowed"


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """From the first day to the last, both included. Raises PeriodNotAllowed."""

    first_on: date
    last_on: date

    def __post_init__(self) -> None:
        days = (self.last_on - self.first_on).days + 1
        if not 1 <= days <= LONGEST_DAYS:
            raise PeriodNotAllowed(errors={"to": [PeriodNotAllowed.__doc__]})

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the instant at which the first day begins, and the one at which the last has ended."""
        after_last = self.last_on + timedelta(days=1)
        return local_instant(self.first_on, time.min, zone), local_instant(after_last, time.min, zone)
