"""Scores as stored: of a night, of a customer with reasons in the reader's language, and by what is at stake.

What they are made from is read in `churn_history` and `churn_care`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from api.domain.errors import NotFound
from api.domain.principal import Principal
from api.domain.risk_reasons import NextStep, Reason, ReasonCode, next_step_text, sentence
from api.domain.vocabulary import Locale
from api.models import ChurnModel, ChurnScore, Customer
from api.queries import scope

SCORES_SHOWN = 90


@dataclass(frozen=True, slots=True)
class ReasonView:
    """A reason in the reader's language, beside its code and numbers."""

    code: ReasonCode
    text: str
    next_step: NextStep
    next_step_text: str
    numbers: Mapping[str, Any]

    @classmethod
    def all_of(cls, stored: Sequence[Mapping[str, Any]], locale: Locale) -> list[Self]:
        """Word stored reasons."""
        reasons = map(Reason.from_json, stored)
        return [
            cls(
                code=one.code,
                text=sentence(one, locale),
                next_step=one.next_step,
                next_step_text=next_step_text(one.next_step, locale),
                numbers=one.numbers,
            )
            for one in reasons
        ]


@dataclass(frozen=True, slots=True)
class RiskView:
    """A customer's risk as last scored, None before its first night, and its scores, newest first."""

    customer_id: UUID
    latest: ChurnScore | None
    reasons: Sequence[ReasonView]
    history: Sequence[ChurnScore]


def has_been_scored(session: Session, branch_id: UUID, *, before: date) -> bool:
    """Tell whether the branch had a night of scoring before this day."""
    earlier = exists().where(ChurnScore.branch_id == branch_id, ChurnScore.scored_on < before)
    return bool(session.scalar(select(earlier)))


def latest_scoring(session: Session, branch_id: UUID) -> date | None:
    """Return the last day on which the branch was scored."""
    return session.scalar(select(func.max(ChurnScore.scored_on)).where(ChurnScore.branch_id == branch_id))


def newest_model(session: Session, branch_id: UUID) -> ChurnModel | None:
    """Return what was learned of a branch last, and scored by."""
    models = select(ChurnModel).where(ChurnModel.branch_id == branch_id)
    return session.scalar(models.order_by(ChurnModel.as_of.desc(), ChurnModel.id.desc()).limit(1))


def scores_on(session: Session, customers: Collection[UUID], day: date) -> dict[UUID, ChurnScore]:
    """Return one night's scores of these customers."""
    scores = select(ChurnScore).where(ChurnScore.customer_id.in_(customers), ChurnScore.scored_on == day)
    return {score.customer_id: score for score in session.scalars(scores)}


def risk_of(session: Session, customer_id: UUID, *, by: Principal, locale: Locale) -> RiskView:
    """Return a customer's risk as last scored, and its scores before. Raises NotFound for a stranger's."""
    if session.scalar(select(Customer.id).where(Customer.id == customer_id, scope.customers(by))) is None:
        raise NotFound()
    scores = session.scalars(
        select(ChurnScore)
        .where(ChurnScore.customer_id == customer_id)
        .order_by(ChurnScore.scored_on.desc())
        .limit(SCORES_SHOWN)
    ).all()
    latest = scores[0] if scores else None
    return RiskView(customer_id, latest, ReasonView.all_of(latest.reasons if latest else [], locale), scores)
