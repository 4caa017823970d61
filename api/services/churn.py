"""Scoring a branch for churn risk: keep the model, score a batch of customers, store what was found.

What a score means for the alerts is decided in `churn_alerts`; the steps of a night are the job's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from api import queries
from api.domain.branch_policy import BranchPolicy
from api.domain.business_hours import local_day
from api.domain.churn_alerts import is_frozen
from api.domain.churn_engine import Engine
from api.domain.churn_risk import RiskFacts, Verdict, judge
from api.domain.risk_reasons import CareFacts, Reason, explain
from api.domain.visit_cadence import cadence
from api.domain.vocabulary import CustomerState, ReasonFamily
from api.models import Branch, ChurnModel, ChurnScore
from api.queries.churn import Service, Shipper


@dataclass(frozen=True, slots=True)
class Night:
    """What stays the same while one branch is scored."""

    branch_id: UUID
    currency: str
    zone: ZoneInfo
    policy: BranchPolicy
    engine: Engine
    model_id: UUID
    first_scoring: bool

    @property
    def scored_on(self) -> date:
        return self.engine.as_of


@dataclass(frozen=True, slots=True)
class Judged:
    """One customer's verdict, with its reasons when it calls for care."""

    shipper: Shipper
    verdict: Verdict
    reasons: Sequence[Reason] = ()


def begin_night(session: Session, *, branch_id: UUID, engine: Engine, now: datetime) -> Night:
    """Keep what was learned of the branch, and fix what its scoring will go by."""
    model = ChurnModel(
        branch_id=branch_id,
        engine=engine.kind,
        status=engine.status,
        parameters={
            "population_gap_days": engine.population_gap_days,
            "log_likelihood": engine.log_likelihood,
            **(asdict(engine.parameters) if engine.parameters else {}),
        },
        customers=engine.customers,
        as_of=engine.as_of,
        fitted_at=now,
    )
    session.add(model)
    session.flush()
    branch = session.get_one(Branch, branch_id)
    return Night(
        branch_id=branch_id,
        currency=branch.currency,
        zone=ZoneInfo(branch.timezone),
        policy=queries.branches.policy(session, branch_id),
        engine=engine,
        model_id=model.id,
        first_scoring=not queries.churn.has_been_scored(session, branch_id, before=engine.as_of),
    )


def judge_all(engine: Engine, shippers: Sequence[Shipper], policy: BranchPolicy) -> list[Judged]:
    """Judge customers by their histories alone, each over its own horizon."""
    chances = engine.chances([one.history for one in shippers])
    facts = (
        RiskFacts(shipper.history, engine.usual_gap(shipper.history), chance, shipper.revenue_minor)
        for shipper, chance in zip(shippers, chances, strict=True)
    )
    return [
        Judged(shipper, judge(known, policy.margin_percent))
        for shipper, known in zip(shippers, facts, strict=True)
    ]


def score_customers(
    session: Session, night: Night, shippers: Sequence[Shipper], *, now: datetime
) -> Sequence[Judged]:
    """Judge some customers and store their scores; a second scoring on the same day replaces the first.

    Those closed by us are never scored, and the score of a lost customer stands still until he ships.
    """
    known = queries.churn_alerts.newest_of(
        session, [one.id for one in shippers], ReasonFamily.SILENCE, night.scored_on
    )
    frozen = {customer for customer, last in known.items() if is_frozen(last.as_last(night.zone))}
    scored = [one for one in shippers if one.state is not CustomerState.CLOSED_BY_US and one.id not in frozen]
    judged = _with_reasons(session, night, judge_all(night.engine, scored, night.policy), now)
    _store(session, night, judged, now)
    return judged


def _with_reasons(session: Session, night: Night, judged: Sequence[Judged], now: datetime) -> list[Judged]:
    """Explain the verdicts that call for care; the others need no explanation."""
    in_need = [one.shipper.id for one in judged if one.verdict.calls_for_care]
    served = queries.churn.services(session, in_need, low_score=night.policy.low_score, now=now)
    return [_explained(one, night, served) for one in judged]


def _explained(one: Judged, night: Night, served: Mapping[UUID, Service]) -> Judged:
    service = served.get(one.shipper.id)
    if service is None:
        return one
    today = night.scored_on
    visited = service.last_visited_at
    score, scored_at = service.low_score or (None, None)
    facts = CareFacts(
        silent_days=one.shipper.history.recency_days,
        usual_gap_days=one.verdict.usual_gap_days,
        critical=one.verdict.critical,
        grade=one.shipper.grade,
        days_since_visit=(today - local_day(visited, night.zone)).days if visited else None,
        visit_every_days=cadence(night.policy, one.shipper.grade).days,
        failures=service.failures,
        failures_of=service.failures_of,
        leaves_in_30_days=service.leaves,
        late_arrivals_in_30_days=service.late_arrivals,
        low_score=score,
        low_score_days_ago=(today - local_day(scored_at, night.zone)).days if scored_at else 0,
    )
    return Judged(one.shipper, one.verdict, explain(facts))


def _store(session: Session, night: Night, judged: Sequence[Judged], now: datetime) -> None:
    if not judged:
        return
    session.execute(
        delete(ChurnScore).where(
            ChurnScore.customer_id.in_([one.shipper.id for one in judged]),
            ChurnScore.scored_on == night.scored_on,
        )
    )
    session.execute(insert(ChurnScore), [_row(one, night, now) for one in judged])


def _row(one: Judged, night: Night, now: datetime) -> dict[str, object]:
    return {
        "branch_id": night.branch_id,
        "customer_id": one.shipper.id,
        "model_id": night.model_id,
        "scored_on": night.scored_on,
        "engine": one.verdict.engine,
        "band": one.verdict.band,
        "p_ships": one.verdict.p_ships,
        "horizon_days": one.verdict.horizon_days,
        "recency_days": one.shipper.history.recency_days,
        "shipping_days": one.shipper.history.shipping_days,
        "value_at_risk_minor": one.verdict.value_at_risk_minor,
        "currency": night.currency,
        "reasons": [reason.to_json() for reason in one.reasons],
        "scored_at": now,
    }
