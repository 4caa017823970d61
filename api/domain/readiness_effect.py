"""The effect of asking: how long couriers waited with and without an answer, and what was written for it.

How the figures come about is in `report_figures`; what each means for readers in docs/reports.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from api.domain.report_lines import GroupBy, ReportLine


class EffectGroup(StrEnum):
    """What the report on the effect has one line for."""

    SITE = "site"
    COURIER = "courier"
    WEEK = "week"

    @property
    def group_by(self) -> GroupBy:
        return GroupBy(self.value)


@dataclass(frozen=True, slots=True)
class EffectLine:
    """The waits of one site, courier or week, and how many messages left about its pickups."""

    waits: ReportLine
    messages: int
