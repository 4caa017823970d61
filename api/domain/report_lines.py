"""What a report has one line for, and what stands in it. How figures come about is in `report_figures`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from api.domain.business_hours import WEEKDAYS
from api.domain.left_out import LeftOut
from api.domain.report_figures import WaitFigures


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


def rows_of(by_quality: Sequence[WaitFigures]) -> int:
    """Count the rows that a line becomes in a file: one for each quality, and one where nothing counted."""
    return max(1, len(by_quality))


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
