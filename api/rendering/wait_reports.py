"""The report on waits as a table to take away: a row for each line and quality."""

from __future__ import annotations

from collections.abc import Iterator

from api.domain.exports import TakenAway
from api.domain.left_out import Omitted, Why
from api.domain.report_figures import WaitFigures
from api.domain.report_lines import GroupBy, ReportLine
from api.domain.report_period import ReportPeriod
from api.domain.vocabulary import WaitCause
from api.rendering.spreadsheets import Cell, to_csv

_FIGURES = (
    "quality",
    "count",
    "collected",
    "left",
    "protected_leaves",
    "early_leaves",
    "dwell_p50_seconds",
    "dwell_p90_seconds",
    "dwell_max_seconds",
    "dwell_once_seconds",
    "avoidable_wait_p50_seconds",
    "avoidable_wait_p90_seconds",
    "avoidable_wait_max_seconds",
    "avoidable_wait_total_seconds",
    "answered_share",
    "with_answer_mean_seconds",
    "without_answer_mean_seconds",
    "promised",
    "promises_kept",
    "in_window_share",
    *(f"cause_{cause}" for cause in WaitCause),
)
_WHYS = tuple(why for why in Why if why not in (Why.AVOIDABLE_WAIT, Why.PROTECTED_LEAVE))
HEADER = ("key", "label", *_FIGURES, *(f"left_out_{why}" for why in _WHYS))


def csv_of(report: TakenAway[ReportLine]) -> bytes:
    """Return the report as CSV. What was left out stands in the first row of a line, whatever its quality."""
    return to_csv(HEADER, (row for line in report.lines for row in _rows(line)), report.mark)


def file_name(period: ReportPeriod, by: GroupBy) -> str:
    """Return a name made of our own words and the period, never of what somebody typed."""
    return f"waits-by-{by}-{period.first_on}-{period.last_on}.csv"


def _rows(line: ReportLine) -> Iterator[list[Cell]]:
    counts = {one.why: one.count for one in line.left_out if one.what is Omitted.WAITS}
    left_out: list[Cell] = [counts.get(why, 0) for why in _WHYS]
    if not line.by_quality:
        yield [line.key, line.label, *[None] * len(_FIGURES), *left_out]
    for figures in line.by_quality:
        yield [line.key, line.label, *_cells(figures), *left_out]
        left_out = [None] * len(_WHYS)


def _cells(figures: WaitFigures) -> list[Cell]:
    return [
        figures.quality.value,
        figures.count,
        figures.collected,
        figures.left,
        figures.protected_leaves,
        figures.early_leaves,
        figures.dwell.p50_seconds,
        figures.dwell.p90_seconds,
        figures.dwell.max_seconds,
        figures.dwell_once_seconds,
        figures.avoidable_wait.p50_seconds,
        figures.avoidable_wait.p90_seconds,
        figures.avoidable_wait.max_seconds,
        figures.avoidable_wait.total_seconds,
        round(figures.answered_share, 4),
        figures.with_answer.mean_seconds,
        figures.without_answer.mean_seconds,
        figures.promises.promised,
        figures.promises.kept,
        round(figures.punctuality.share, 4),
        *(figures.causes[cause] for cause in WaitCause),
    ]
