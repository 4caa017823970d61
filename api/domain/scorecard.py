"""A courier's own figures: what counts for him, what does not, and why. Only he and his manager see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from api.domain.left_out import LeftOut
from api.domain.report_figures import WaitFigures
from api.domain.report_period import ReportPeriod
from api.domain.vocabulary import Screening

LEAST_RATINGS = 10
LAST_RATINGS = 100


@dataclass(frozen=True, slots=True)
class RatingFigures:
    """The average of a courier's last ratings, to a hundredth; None under ten, so that none can be guessed.

    `ratings` is how many count, at most a hundred.
    """

    ratings: int
    average: float | None

    @classmethod
    def of(cls, newest_scores: Sequence[int]) -> RatingFigures:
        """`newest_scores` are the scores that count, the newest first."""
        scores = newest_scores[:LAST_RATINGS]
        average = round(sum(scores) / len(scores), 2) if len(scores) >= LEAST_RATINGS else None
        return cls(len(scores), average)


@dataclass(frozen=True, slots=True)
class ScoreLeftOut:
    """A rating that does not count: the day it was given, and why. Its score stays with the contact."""

    given_on: date
    why: Screening
    text: str


@dataclass(frozen=True, slots=True)
class SightingFigures:
    """How often a courier saw in a period what its customer's owner should know.

    `of_use` counts those whose report has ended with an outcome other than "nothing to it" by now.
    """

    reported: int
    of_use: int


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A courier's waits of a period, his rating up to its end, his sightings, and all that was left out."""

    period: ReportPeriod
    waits: tuple[WaitFigures, ...]
    rating: RatingFigures
    field_reports: SightingFigures
    scores_left_out: tuple[ScoreLeftOut, ...]
    left_out: tuple[LeftOut, ...]
