"""Tells the next one up of notices that nobody has acknowledged in time."""

from api import services
from jobs.context import JobContext

BATCH = 200
BATCHES_PER_TICK = 100


def climb_unacknowledged(context: JobContext) -> int:
    """Let climb what is due, batch by batch; a step is told once, whoever comes to it first."""
    climbed = 0
    for _ in range(BATCHES_PER_TICK):
        with context.unit_of_work() as session:
            batch = services.climbing.climb_unacknowledged(session, limit=BATCH, now=context.now())
        climbed += batch
        if batch < BATCH or context.stopping.is_set():
            break
    return climbed
