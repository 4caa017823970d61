"""Refuses more time at the door that nobody has decided about for 60 seconds, and tells the courier so."""

from api import services
from jobs.context import JobContext

BATCH = 500


def refuse_silent_extensions(context: JobContext) -> int:
    """Settle what silence has decided, once; return how many requests that were."""
    with context.unit_of_work() as session:
        return services.waits.refuse_silent_extensions(session, limit=BATCH, now=context.now())
