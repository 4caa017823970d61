"""Forgets notices that ended long ago, with their deliveries, and timers that have fired. Never open ones."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from jobs.context import JobContext

TIMERS_KEPT_FOR = timedelta(days=180)
BATCH = 500  # On SQLite a batch holds the one write lock, and a wait's timer may be due meanwhile.
BATCHES_PER_RUN = 500

Drop = Callable[[Session], int]


def drop_finished(context: JobContext) -> int:
    """Delete what is too old in many short transactions; return how many notices and timers.

    Notices are kept as long as their branch's policy says. Two processes at once pass over each other's rows.
    """
    now = context.now()
    dropped = _in_batches(
        context, partial(queries.finished.drop_timers, before=now - TIMERS_KEPT_FOR, limit=BATCH)
    )
    for branch_id, keep_days in _kept_days(context).items():
        before = now - timedelta(days=keep_days)
        drop = partial(queries.finished.drop_notices, branch_id=branch_id, before=before, limit=BATCH)
        dropped += _in_batches(context, drop)
    return dropped


def _kept_days(context: JobContext) -> dict[UUID, int]:
    with context.database.unit_of_work(read_only=True) as session:
        return {
            branch.id: queries.branches.policy(session, branch.id).notice_keep_days
            for branch in queries.branches.every(session)
        }


def _in_batches(context: JobContext, drop: Drop) -> int:
    dropped = 0
    for _ in range(BATCHES_PER_RUN):
        with context.unit_of_work() as session:
            batch = drop(session)
        dropped += batch
        if batch < BATCH or context.stopping.is_set():
            break
    return dropped
