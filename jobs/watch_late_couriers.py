"""Looks at pickups whose courier should have come: warns before the window ends, gives up after it."""

from api import services
from jobs.context import JobContext

BATCH = 20  # Each is weighed for another order of stops: a batch must not keep wait timers from firing.
BATCHES_PER_TICK = 500


def watch_late_couriers(context: JobContext) -> int:
    """Act on what is due batch by batch, each in its own transaction, until nothing is."""
    looked_at = 0
    for _ in range(BATCHES_PER_TICK):
        with context.unit_of_work() as session:
            batch = services.late_couriers.look_at_due(session, limit=BATCH, now=context.now())
        looked_at += batch
        if batch < BATCH or context.stopping.is_set():
            break
    return looked_at
