"""Deletes what is past its time and of no more use: tokens, old seals, counters, kept answers, slots."""

from api import queries
from api.domain.sign_in import FAILURE_WINDOW, REPEAT_OVERLAP
from jobs.context import JobContext


def drop_expired(context: JobContext) -> int:
    """Delete expired rows in one small transaction."""
    now = context.now()
    with context.unit_of_work() as session:
        return (
            queries.staff_sessions.drop_expired(session, sealed_before=now - REPEAT_OVERLAP, now=now)
            + queries.staff.drop_idle_throttles(session, before=now - 2 * FAILURE_WINDOW)
            + queries.idempotency.drop_old(session, now=now)
            + queries.rate_counters.drop_whole(session, now=now)
            + queries.job_slots.drop_before(session, now - queries.job_slots.KEPT_FOR)
        )
