"""Asks contacts before the courier comes whether the goods are packed, and once more if they stay silent."""

from uuid import UUID

from api import queries, services
from jobs.context import JobContext, each

BATCH = 200


def send_readiness_pings(context: JobContext) -> int:
    """Ask where it is due, each pickup in its own transaction; return how many questions were sent."""
    with context.database.unit_of_work(read_only=True) as session:
        due = queries.readiness.due_pings(session, now=context.now(), limit=BATCH)

    def ask(pickup_id: UUID) -> bool:
        now = context.now()
        with context.unit_of_work() as session:
            pickup = queries.readiness.claim_due_ping(session, pickup_id, now=now)
            return pickup is not None and services.readiness.ask(session, pickup, now=now)

    return each(due, ask)
