"""Scoring a branch for churn risk: keep the model, score a batch of customers, store what was found.

What a score means for the alerts is decided in `churn_alerts`; the steps of a night are the job's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from api import queries
from api.domain.branch_policy import BranchPolicy
from api.domain.business_hours import WorkCalendar, local_day
from api.domain.churn_alerts import is_frozen
from api.domain.churn_risk import ENGINE_VERSION, RiskFacts, Verdict, judge
from api.domain.decline import FURTHEST_BACK, Pace, pace, quiet_days
from api.domain.risk_reasons import CareFacts, Reason, explain
from api.domain.visit_cadence import cadence
from api.domain.vocabulary import CustomerState
from api.models import Branch, ChurnModel, ChurnScore
from api.queries.churn_care import Service
from api.queries.churn_history import Shipper

if TYPE_CHECKING:  # It loads numpy, which only a night of scoring needs.
    from api.domain.churn_engine import Engine


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
    working: WorkCalendar
    """The branch's working days, for what lies ahead."""
    shipping: WorkCalendar
    """The days on which it shipped at all, for what lies behind."""

    @property
    def scored_on(self) -> date:
        return self.engine.as_of

    def days_since(self, instant: datetime) -> int:
        """Return how many local days before the night an instant lies; 0 for what came after it."""
        return max(0, (self.scored_on - local_day(instant, self.zone)).days)


@dataclass(frozen=True, slots=True)
class Judged:
    """One customer's verdict, with its reasons when it calls for care."""

    shipper: Shipper
    verdict: Verdict
    reasons: Sequence[Reason] = ()


def begin_night(session: Session, *, branch_id: UUID, engine: Engine, now: datetime) -> Night:
    """Keep what was learned of the branch, and fix what its scoring will go by."""
    quiet = _quiet_days(session, branch_id, engine.as_of)
    model = ChurnModel(
        branch_id=branch_id,
        engine=engine.kind,
        engine_version=ENGINE_VERSION,
        status=engine.status,
        parameters={**engine.to_json(), "quiet_days": [day.isoformat() for day in quiet]},
        customers=engine.customers,
        as_of=engine.as_of,
        fitted_at=now,
    )
    session.add(model)
    session.flush()
    return _night(session, model, engine)


def last_night(session: Session, branch_id: UUID) -> Night | None:
    """Return the branch's last night, to score somebody by it again; None before the first.

    None, too, where another version of the engine was at work: then the next night is soon enough.
    """
    model = queries.churn.newest_model(session, branch_id)
    if model is None or model.engine_version != ENGINE_VERSION:
        return None
    from api.domain.churn_engine import Engine

    engine = Engine.of_json(model.as_of, model.customers, model.status, model.parameters)
    return _night(session, model, engine)


def _night(session: Session, model: ChurnModel, engine: Engine) -> Night:
    branch = session.get_one(Branch, model.branch_id)
    quiet = map(date.fromisoformat, model.parameters["quiet_days"])
    return Night(
        branch_id=branch.id,
        currency=branch.currency,
        zone=ZoneInfo(branch.timezone),
        policy=queries.branches.policy(session, branch.id),
        engine=engine,
        model_id=model.id,
        first_scoring=not queries.churn.has_been_scored(session, branch.id, before=engine.as_of),
        working=WorkCalendar.of_hours(branch.working_hours),
        shipping=WorkCalendar.of_hours(branch.working_hours, quiet),
    )


def shipping_calendar(session: Session, branch: Branch, as_of: date) -> WorkCalendar:
    """Return the days before as_of on which a branch shipped: those on which it stood still are left out."""
    return WorkCalendar.of_hours(branch.working_hours, _quiet_days(session, branch.id, as_of))


def _quiet_days(session: Session, branch_id: UUID, as_of: date) -> list[date]:
    parcels = queries.churn_history.branch_parcels(session, branch_id, as_of)
    return sorted(quiet_days(parcels, as_of - FURTHEST_BACK, as_of - timedelta(days=1)))


def judge_all(
    engine: Engine,
    shippers: Sequence[Shipper],
    policy: BranchPolicy,
    paces: Mapping[UUID, Pace] | None = None,
) -> list[Judged]:
    """Judge customers by their histories alone, each over its own horizon; frequent ones by their pace."""
    dealings = [one.dealings for one in shippers]
    chances, expected = engine.chances(dealings), engine.expected_days(dealings)
    return [
        Judged(
            shipper,
            judge(
                RiskFacts(
                    shipper.dealings,
                    engine.usual_gap(shipper.history),
                    chance,
                    engine.kind,
                    days,
                    engine.revenue_a_day_minor,
                    (paces or {}).get(shipper.id),
                ),
                policy.margin_percent,
            ),
        )
        for shipper, chance, days in zip(shippers, chances, expected, strict=True)
    ]


def paces_of(
    session: Session, shippers: Sequence[Shipper], calendar: WorkCalendar, as_of: date
) -> dict[UUID, Pace]:
    """Return the pace of those among these customers who ship often enough to have one."""
    frequent = [one.id for one in shippers if one.may_be_frequent]
    if not frequent:
        return {}
    parcels = queries.churn_history.parcels_of(session, frequent, as_of)
    paces = {customer: pace(parcels[customer], calendar, as_of) for customer in frequent}
    return {customer: found for customer, found in paces.items() if found is not None}


def score_customers(
    session: Session, night: Night, shippers: Sequence[Shipper], *, now: datetime
) -> Sequence[Judged]:
    """Judge some customers and store their scores; a second scoring on the same day replaces the first.

    Those closed by us are never scored, and the score of a lost customer stands still until he ships.
    """
    known = queries.churn_alerts.newest_of(session, [one.id for one in shippers], night.scored_on)
    frozen = {customer for (customer, _), last in known.items() if is_frozen(last.as_last(night.zone))}
    scored = [one for one in shippers if one.state is not CustomerState.CLOSED_BY_US and one.id not in frozen]
    paces = paces_of(session, scored, night.shipping, night.scored_on)
    judged = _with_reasons(session, night, judge_all(night.engine, scored, night.policy, paces), now)
    _store(session, night, judged, now)
    return judged


def _with_reasons(session: Session, night: Night, judged: Sequence[Judged], now: datetime) -> list[Judged]:
    """Explain the verdicts that call for care; the others need no explanation."""
    in_need = [one.shipper.id for one in judged if one.verdict.calls_for_care]
    served = queries.churn_care.services(session, in_need, low_score=night.policy.low_score, now=now)
    return [_explained(one, night, served) for one in judged]


def _explained(one: Judged, night: Night, served: Mapping[UUID, Service]) -> Judged:
    service = served.get(one.shipper.id)
    if service is None:
        return one
    visited = service.last_visited_at
    score, scored_at = service.low_score or (None, None)
    case, due_at = service.overdue_case or (None, None)
    facts = CareFacts(
        silent_days=one.shipper.history.recency_days,
        usual_gap_days=one.verdict.usual_gap_days,
        critical=one.verdict.critical,
        pace=one.verdict.pace,
        overdue_case=(case, night.days_since(due_at)) if case is not None and due_at else None,
        sightings={kind: night.days_since(at) for kind, at in service.sightings.items()},
        grade=one.shipper.grade,
        days_since_visit=night.days_since(visited) if visited else None,
        visit_every_days=cadence(night.policy, one.shipper.grade).days,
        failures=service.failures,
        failures_of=service.failures_of,
        leaves_in_30_days=service.leaves,
        late_arrivals_in_30_days=service.late_arrivals,
        low_score=score,
        low_score_days_ago=night.days_since(scored_at) if scored_at else 0,
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
        "engine_version": ENGINE_VERSION,
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
