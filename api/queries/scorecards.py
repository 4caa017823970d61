"""A courier's scorecard: his waits of a period, his rating, his sightings, and what counted for neither."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from api.domain.business_hours import local_day
from api.domain.errors import NotFound
from api.domain.left_out import Omitted, Why, left_out, sentence
from api.domain.principal import Principal
from api.domain.report_figures import figures
from api.domain.report_period import ReportPeriod
from api.domain.scorecard import LAST_RATINGS, RatingFigures, Scorecard, ScoreLeftOut, SightingFigures
from api.domain.vocabulary import FieldReportOutcome, Locale, Role, Screening
from api.models import Feedback, FieldReport, FieldReportSighting, StaffMember, Wait
from api.queries import reports, scope, wait_facts


def of_courier(
    session: Session, courier_id: UUID, *, period: ReportPeriod, by: Principal, locale: Locale
) -> Scorecard:
    """Return the scorecard of a courier whom the caller may see; raises NotFound for anybody else."""
    visible = select(StaffMember.id).where(
        StaffMember.id == courier_id, StaffMember.role == Role.COURIER, scope.staff(by)
    )
    if session.scalar(visible) is None:
        raise NotFound()
    return _scorecard(session, courier_id, period, by, locale)


def own(session: Session, *, period: ReportPeriod, by: Principal, locale: Locale) -> Scorecard:
    """Return the caller's own scorecard."""
    return _scorecard(session, by.staff_id, period, by, locale)


def _scorecard(
    session: Session, courier_id: UUID, period: ReportPeriod, by: Principal, locale: Locale
) -> Scorecard:
    zone = reports.zone_of(session, by)
    begins_at, ends_at = period.bounds(zone)
    conditions = reports.arrived_in(period, zone, by)
    waits = figures(wait_facts.stream(session, *conditions, Wait.courier_id == courier_id))
    ratings = [Feedback.courier_id == courier_id, scope.feedback(by), Feedback.given_at < ends_at]
    not_counted = [
        ScoreLeftOut(local_day(given_at, zone), why, sentence(Why(why.value), locale))
        for given_at, why in _screened(session, *ratings, Feedback.given_at >= begins_at)
    ]
    because = Counter(Why(score.why.value) for score in not_counted)
    return Scorecard(
        period=period,
        waits=waits.by_quality,
        rating=RatingFigures.of(_newest_scores(session, *ratings)),
        field_reports=_sightings(session, courier_id, begins_at, ends_at),
        scores_left_out=tuple(not_counted),
        left_out=(
            *left_out(Omitted.WAITS, waits.left_out, locale),
            *left_out(Omitted.SCORES, because, locale),
        ),
    )


def _newest_scores(session: Session, *ratings: ColumnElement[bool]) -> Sequence[int]:
    return session.scalars(
        select(Feedback.score)
        .where(*ratings, Feedback.left_out_because.is_(None))
        .order_by(Feedback.given_at.desc(), Feedback.id.desc())
        .limit(LAST_RATINGS)
    ).all()


def _sightings(session: Session, courier_id: UUID, begins_at: datetime, ends_at: datetime) -> SightingFigures:
    was_of_use = and_(
        FieldReport.outcome.is_not(None), FieldReport.outcome != FieldReportOutcome.NOTHING_TO_IT
    )
    reported, of_use = session.execute(
        select(func.count(), func.count(case((was_of_use, 1))))
        .select_from(FieldReportSighting)
        .join(FieldReport, FieldReport.id == FieldReportSighting.report_id)
        .where(
            FieldReportSighting.seen_by_id == courier_id,
            FieldReportSighting.seen_at >= begins_at,
            FieldReportSighting.seen_at < ends_at,
        )
    ).one()
    return SightingFigures(reported, of_use)


def _screened(session: Session, *ratings: ColumnElement[bool]) -> list[tuple[datetime, Screening]]:
    rows = session.execute(
        select(Feedback.given_at, Feedback.left_out_because)
        .where(*ratings, Feedback.left_out_because.is_not(None))
        .order_by(Feedback.given_at, Feedback.id)
    )
    return [(given_at, Screening(cast(str, why))) for given_at, why in rows.all()]
