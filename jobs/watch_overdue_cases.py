"""Tells owner and managers, once, of a case whose time to answer has passed."""

from api import services
from jobs.context import JobContext

BATCH = 50
BATCHES_PER_TICK = 100


def watch_overdue_cases(context: JobContext) -> int:
    """Tell batch by batch, each in its own transaction; return of how many cases."""
    told = 0
    for _ in range(BATCHES_PER_TICK):
        with context.unit_of_work() as session:
            batch = services.cases.tell_overdue(session, limit=BATCH, now=context.now())
        told += batch
        if batch < BATCH or context.stopping.is_set():
            break
    return told
