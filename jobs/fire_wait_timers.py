"""Fires the wait timers that are due. Never early; what downtime has missed acts on its highest rung only."""

from api import services
from jobs.context import JobContext

BATCH = 1_000
BATCHES_PER_TICK = 100  # 100,000 timers: a bound for one tick, far above any backlog we promise to settle.


def fire_wait_timers(context: JobContext) -> int:
    """Act on due timers batch by batch, each in its own transaction, until none is due."""
    fired = 0
    for _ in range(BATCHES_PER_TICK):
        with context.unit_of_work() as session:
            batch = services.wait_timers.fire_due(session, limit=BATCH, now=context.now())
        fired += batch
        if batch < BATCH or context.stopping.is_set():
            break
    return fired
