"""Fires the wait timers that are due. Never early; what downtime has missed acts on its highest rung only."""

import logging

from api import queries, services
from api.failures import would_fail_again
from jobs.context import JobContext

log = logging.getLogger("doorstep.jobs")

BATCH = 1_500
BATCHES_PER_TICK = 100  # 150,000 timers: a bound for one tick, far above any backlog we promise to settle.
NARROWER = 8  # Four steps lead from a batch that fails to the one timer in it that cannot be acted on.


def fire_wait_timers(context: JobContext) -> int:
    """Act on due timers batch by batch, each in its own transaction, until none is due.

    One that fails each time is set aside for a while: it stays armed, and its age is the alarm.
    """
    fired, limit = 0, BATCH
    for _ in range(BATCHES_PER_TICK):
        try:
            batch = _fire(context, limit)
        except Exception as failure:
            if not would_fail_again(failure):
                raise
            if limit == 1:
                _set_aside(context, failure)
            limit = max(1, limit // NARROWER)
            continue
        fired += batch
        if batch < limit or context.stopping.is_set():
            break
        limit = min(limit * NARROWER, BATCH)
    return fired


def _fire(context: JobContext, limit: int) -> int:
    now = context.now()
    with context.unit_of_work() as session:
        return services.wait_timers.fire_due(session, limit=limit, but=context.set_aside.at(now), now=now)


def _set_aside(context: JobContext, failure: Exception) -> None:
    now = context.now()
    with context.unit_of_work() as session:
        wait_id = queries.wait_timers.next_due(session, but=context.set_aside.at(now), now=now)
    if wait_id is not None:
        context.set_aside.add(wait_id, now=now)
        log.error("timers.set_aside", exc_info=failure, extra={"wait_id": str(wait_id)})
