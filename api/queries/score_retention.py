"""Deleting churn scores: of the older ones a night in each month is left, then none but the newest."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.orm import Session, aliased

from api.models import ChurnScore
from api.queries.finished import UNTRACKED


def thin(session: Session, branch_id: UUID, *, before: datetime, limit: int) -> int:
    """Delete at most `limit` scores of a branch from before that day, UTC; return how many.

    The last night of each month stays, and the newest score of each customer.
    """
    dropped = 0
    for first_on, next_first_on in _months(session, branch_id, before.date()):
        if dropped < limit:
            of_month = (ChurnScore.scored_on >= first_on, ChurnScore.scored_on < next_first_on)
            last_on = select(func.max(ChurnScore.scored_on)).where(
                ChurnScore.branch_id == branch_id, *of_month
            )
            until = min(session.scalar(last_on) or first_on, before.date())
            too_old = (ChurnScore.scored_on >= first_on, ChurnScore.scored_on < until)
            dropped += _drop(session, branch_id, *too_old, limit=limit - dropped)
    return dropped


def drop_old(session: Session, branch_id: UUID, *, before: datetime, limit: int) -> int:
    """Delete at most `limit` scores of a branch from before that day, but for the newest of each customer."""
    return _drop(session, branch_id, ChurnScore.scored_on < before.date(), limit=limit)


def _drop(session: Session, branch_id: UUID, *too_old: ColumnElement[bool], limit: int) -> int:
    # The newest is what is known of a customer: that of a lost one is never made anew.
    later = aliased(ChurnScore)
    is_not_newest = exists().where(
        later.customer_id == ChurnScore.customer_id, later.scored_on > ChurnScore.scored_on
    )
    found = select(ChurnScore.id).where(ChurnScore.branch_id == branch_id, *too_old, is_not_newest)
    score_ids = session.scalars(found.limit(limit)).all()
    if score_ids:
        session.execute(delete(ChurnScore).where(ChurnScore.id.in_(score_ids)), execution_options=UNTRACKED)
    return len(score_ids)


def _months(session: Session, branch_id: UUID, until: date) -> Iterator[tuple[date, date]]:
    """Yield the first day of each month that has scores of before `until`, and that of the next month."""
    oldest = select(func.min(ChurnScore.scored_on)).where(ChurnScore.branch_id == branch_id)
    oldest_on = session.scalar(oldest)
    first_on = oldest_on and oldest_on.replace(day=1)
    while first_on is not None and first_on < until:
        next_first_on = (first_on + timedelta(days=31)).replace(day=1)
        yield first_on, next_first_on
        first_on = next_first_on
