"""Takes another way to staff who have not seen what is live: a text message or chat to their own number."""

from api import services
from jobs.context import JobContext

BATCH = 1_000
BATCHES_PER_TICK = 100


def fall_back(context: JobContext) -> int:
    """Look at what was not seen in time, batch by batch; whoever claims a notice is the only one."""
    looked_at = 0
    for _ in range(BATCHES_PER_TICK):
        with context.unit_of_work() as session:
            batch = services.fall_back.fall_back(session, limit=BATCH, now=context.now())
        looked_at += batch
        if batch < BATCH or context.stopping.is_set():
            break
    return looked_at
