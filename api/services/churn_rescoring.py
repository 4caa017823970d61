"""Scoring single customers again at once, after something bad has happened to them.

They are judged as the last night judged, by the shipments before it; what has happened since shows in the
reasons, and moves the score only where a correction was learned. The next night judges everybody anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.services import churn, churn_following, churn_telling


def rescore(session: Session, customers: Iterable[tuple[UUID, UUID]], *, now: datetime) -> int:
    """Score some customers, each named with its branch first, and let their alerts follow; return how many.

    A branch that has not been scored yet is left to its first night.
    """
    by_branch: dict[UUID, set[UUID]] = defaultdict(set)
    for branch_id, customer_id in customers:
        by_branch[branch_id].add(customer_id)
    return sum(_rescore(session, branch_id, sorted(ids), now) for branch_id, ids in sorted(by_branch.items()))


def _rescore(session: Session, branch_id: UUID, customers: list[UUID], now: datetime) -> int:
    night = churn.last_night(session, branch_id)
    if night is None:
        return 0
    shippers = queries.churn_history.shippers_of(session, customers, night.currency, night.scored_on)
    judged = churn.score_customers(session, night, shippers, now=now)
    churn_following.follow(session, night, judged, now=now)
    churn_telling.tell_owners(session, night, customers=customers, now=now)
    return len(judged)
