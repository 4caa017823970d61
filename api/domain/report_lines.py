"""What a report has one line for, and what stands in it. How figures come about is in `report_figures`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from api.domain.business_hours import WEEKDAYS
from api.domain.errors import RuleBroken
from api.domain.left_out import LeftOut
from api.domain.report_figures import WaitFigures

MOST_LINES = 5_000
"""In one file: more than a branch has customers in a quarter, and a bound to what one takes away."""


class ReportTooLong(RuleBroken):
    """A report that is taken away has at most 5,000 lines: ask for a shorter period or for other lines."""

    code = "report_too_long"


class GroupBy(StrEnum):
    """One line for each of these; `branch` is one line for all that the reader may see."""

    BRANCH = "branch"
    SITE = "site"
    CUSTOMER = "customer"
    COURIER = "courier"
    WEEK = "week"
    WEEKDAY = "weekday"
    HOUR = "hour"


@dataclass(frozen=True, slots=True)
class ReportLine:
    """Figures by quality, and what was left out. `key` is an id, a week, a weekday or an hour."""

    key: str
    label: str
    by_quality: tuple[WaitFigures, ...]
    left_out: tuple[LeftOut, ...]


def key_of(at: datetime, by: GroupBy, zone: ZoneInfo) -> str:
    """Return an instant's ISO week ("2026-W47"), weekday ("1" is Monday) or hour ("09"), by local time."""
    local = at.astimezone(zone)
    match by:
        case GroupBy.WEEK:
            year, week, _ = local.isocalendar()
            return f"{year}-W{week:02}"
        case GroupBy.WEEKDAY:
            return str(local.isoweekday())
        case GroupBy.HOUR:
            return f"{local.hour:02}"
        case _:
            raise ValueError(f"no calendar tells a {by}")


def label_of(key: str, by: GroupBy) -> str:
    """Return how a key is read where no record has a name for it: "mon", "09:00", else as it is."""
    match by:
        case GroupBy.WEEKDAY:
            return WEEKDAYS[int(key) - 1]
        case GroupBy.HOUR:
            return f"{key}:00"
        case _:
            return key
