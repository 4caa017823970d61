"""The report on the effect of asking as a table to take away: a row for each line and quality."""

from __future__ import annotations

from collections.abc import Iterator

from api.domain.exports import TakenAway
from api.domain.readiness_effect import EffectGroup, EffectLine
from api.domain.report_figures import WaitFigures
from api.domain.report_period import ReportPeriod
from api.rendering.spreadsheets import Cell, to_csv

_FIGURES = (
    "quality",
    "count",
    "answered_share",
    "with_answer_count",
    "with_answer_mean_seconds",
    "without_answer_count",
    "without_answer_mean_seconds",
)
HEADER = ("key", "label", *_FIGURES, "messages")


def csv_of(report: TakenAway[EffectLine]) -> bytes:
    """Return the report as CSV. The messages of a line stand in its first row, so that they add up."""
    return to_csv(HEADER, (row for line in report.lines for row in _rows(line)), report.mark)


def file_name(period: ReportPeriod, group: EffectGroup) -> str:
    """Return a name made of our own words and the period, never of what somebody typed."""
    return f"readiness-effect-by-{group}-{period.first_on}-{period.last_on}.csv"


def _rows(line: EffectLine) -> Iterator[list[Cell]]:
    messages: Cell = line.messages
    if not line.waits.by_quality:
        yield [line.waits.key, line.waits.label, *[None] * len(_FIGURES), messages]
    for figures in line.waits.by_quality:
        yield [line.waits.key, line.waits.label, *_cells(figures), messages]
        messages = None


def _cells(figures: WaitFigures) -> list[Cell]:
    return [
        figures.quality.value,
        figures.count,
        round(figures.answered_share, 4),
        figures.with_answer.count,
        figures.with_answer.mean_seconds,
        figures.without_answer.count,
        figures.without_answer.mean_seconds,
    ]
