"""Forgets phones that have not shown up for 60 days: their owners have others by now."""

from api import services
from jobs.context import JobContext


def drop_stale_addresses(context: JobContext) -> int:
    """Forget them in one small transaction; return how many."""
    with context.unit_of_work() as session:
        return services.devices.drop_stale(session, now=context.now())
