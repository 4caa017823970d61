"""Each night every branch is scored for churn risk: learn, score in batches, move alerts, tell the owners."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from api import queries, services
from api.db import retrying
from api.domain.business_hours import day_once_past
from api.queries.churn_history import LEDGER_CUSTOMERS, Shipper
from api.services.churn import Night
from jobs.context import JobContext

if TYPE_CHECKING:  # It loads numpy, which only a night of scoring needs.
    from api.domain.churn_engine import Engine

JOB = "score_churn_risk"
NIGHT = time(3, 0)  # Local: yesterday's shipments are in, and nobody waits for the database.
BATCH = 500  # On SQLite a batch holds the one write lock, and a wait's timer may be due meanwhile.
PATIENCE = timedelta(minutes=10)  # Longer than the fit of a million customers, the longest silence of a run.


@dataclass(frozen=True, slots=True)
class Scoring:
    """What one branch's night brought."""

    engine: Engine
    scored: int
    calling: int
    """Alerts that now call for a rep: raised, reopened or worsened."""
    told: int
    """Alerts pushed."""


def score_churn_risk(context: JobContext) -> int:
    """Score the branches where it is past three and nobody has yet; return how many customers."""
    with context.database.unit_of_work(read_only=True) as session:
        zones = {branch.id: ZoneInfo(branch.timezone) for branch in queries.branches.every(session)}
    scored = 0
    for branch_id, zone in zones.items():
        today = day_once_past(context.now(), NIGHT, zone)
        if today is not None and _leased(context, branch_id, today):
            scored += score_branch(context, branch_id, today).scored
    return scored


def score_branch(context: JobContext, branch_id: UUID, as_of: date) -> Scoring:
    """Score one branch by its shipments before `as_of`, in short transactions.

    Doing it again on the same day replaces the scores, and raises and tells nothing twice. Nothing is open
    while the model is fitted: that may take many seconds.
    """
    engine = learn_branch(context, branch_id, as_of)
    with context.unit_of_work() as session:
        night = services.churn.begin_night(session, branch_id=branch_id, engine=engine, now=context.now())
    scored = calling = 0
    for shippers in _batches(context, night):
        judged, called = retrying(partial(_score_batch, context, night, shippers))
        scored, calling = scored + judged, calling + called
    return Scoring(engine, scored, calling, _end_night(context, night))


def learn_branch(context: JobContext, branch_id: UUID, as_of: date, horizon: int | None = None) -> Engine:
    """Learn from a branch's shipments before `as_of`; stores nothing.

    With a horizon in days the chances are those of shipping within it, else within each customer's own.
    """
    from api.domain.churn_engine import Histories, learn

    with context.database.unit_of_work(read_only=True) as session:
        histories = Histories.of(queries.churn_history.history_groups(session, branch_id, as_of), as_of)
        ledger = queries.churn_history.ledger(session, branch_id, as_of, customers=LEDGER_CUSTOMERS)
    return learn(histories, ledger, horizon)


def _batches(context: JobContext, night: Night) -> Iterator[Sequence[Shipper]]:
    after: UUID | None = None
    while True:
        with context.database.unit_of_work(read_only=True) as session:
            batch = queries.churn_history.shippers(
                session, night.branch_id, night.currency, night.scored_on, after=after, limit=BATCH
            )
        if batch.last_id is None:
            return
        after = batch.last_id
        yield batch.shippers


def _score_batch(context: JobContext, night: Night, shippers: Sequence[Shipper]) -> tuple[int, int]:
    now = context.now()
    with context.unit_of_work() as session:
        judged = services.churn.score_customers(session, night, shippers, now=now)
        calling = services.churn_following.follow(session, night, judged, now=now)
        queries.job_slots.keep_lease(session, JOB, _slot(night.branch_id, night.scored_on), now=now)
    return len(judged), calling


def _end_night(context: JobContext, night: Night) -> int:
    with context.unit_of_work() as session:
        services.churn_following.wake(session, branch_id=night.branch_id, now=context.now())
        services.churn_telling.tell_digest(session, night, now=context.now())
        told = services.churn_telling.tell_owners(session, night, now=context.now())
        queries.job_slots.finish(session, JOB, _slot(night.branch_id, night.scored_on), now=context.now())
    return told


def _leased(context: JobContext, branch_id: UUID, today: date) -> bool:
    with context.unit_of_work() as session:
        return queries.job_slots.lease(
            session, JOB, _slot(branch_id, today), patience=PATIENCE, now=context.now()
        )


def _slot(branch_id: UUID, day: date) -> str:
    return f"{branch_id}:{day.isoformat()}"
