"""Lets go of notices that were held: through quiet hours, a full hour, or until their reader wished."""

from api import services
from jobs.context import JobContext

PEOPLE = 100  # Less than a tenth of a second: a whole branch at 08:00 must not keep wait timers from firing.
BATCHES_PER_TICK = 1000


def release_held(context: JobContext) -> int:
    """Release what is due, so many people at a time and each batch by itself; return how many notices.

    Whoever comes second finds nothing left of a batch, so that two processes never tell anybody twice.
    """
    released = 0
    for _ in range(BATCHES_PER_TICK):
        with context.unit_of_work() as session:
            batch = services.held_notices.release(session, people=PEOPLE, now=context.now())
        released += batch
        if batch == 0 or context.stopping.is_set():
            break
    return released
