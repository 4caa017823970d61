"""What a rep's calendar feed shows of his visits: their span, and when the phone rings for each.

Pure values; `rendering.calendar` writes them down. There is a customer's business name in it and nothing
about a person: whoever gets hold of the address reads the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from api.domain.business_hours import local_instant
from api.domain.visit_cadence import VISIT_LASTS
from api.domain.visit_reminders import BEFORE_A_FIXED_TIME, EVENING, MORNING

SHOWN_BEHIND = timedelta(days=30)
SHOWN_AHEAD = timedelta(days=180)
MOST_SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class CalendarVisit:
    """One visit in the feed. Without `starts_at` it is of the whole day; a tentative one is proposed only."""

    visit_id: UUID
    customer_name: str
    planned_on: date
    starts_at: datetime | None
    is_tentative: bool
    version: int
    created_at: datetime

    @property
    def ends_at(self) -> datetime | None:
        return None if self.starts_at is None else self.starts_at + VISIT_LASTS


def alarms(visit: CalendarVisit, zone: ZoneInfo, now: datetime) -> list[datetime]:
    """Return when the phone rings: an hour before a fixed time, else the evening before and that morning.

    They are instants, not distances from midnight, which would be an hour wrong on the day the clocks change.
    What is only proposed does not ring, nor does what is past.
    """
    if visit.is_tentative:
        return []
    if visit.starts_at is not None:
        rings = [visit.starts_at - BEFORE_A_FIXED_TIME]
    else:
        evening_before = visit.planned_on - timedelta(days=1)
        rings = [
            local_instant(evening_before, EVENING, zone),
            local_instant(visit.planned_on, MORNING, zone),
        ]
    return [at for at in rings if at > now]
