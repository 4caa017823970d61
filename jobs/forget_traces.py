"""Forgets what is kept for a while only: where couriers were, their networks, the feed of changes."""

from api import queries
from api.domain import changes, own_network, positions
from jobs.context import JobContext

BATCH = 2_000  # On SQLite a batch holds the one write lock, and a wait's timer may be due meanwhile.
BATCHES_PER_RUN = 500


def forget_traces(context: JobContext) -> int:
    """Delete what is too old in many short transactions; return how many rows."""
    forgotten = 0
    for _ in range(BATCHES_PER_RUN):
        now = context.now()
        with context.unit_of_work() as session:
            batch = (
                queries.positions.drop_old(session, before=now - positions.KEPT_FOR, limit=BATCH)
                + queries.changes.drop_old(session, before=now - changes.DROPPED_AFTER, limit=BATCH)
                + queries.staff_networks.drop_old(session, before=now - own_network.KEPT_FOR, limit=BATCH)
            )
        forgotten += batch
        if batch < BATCH or context.stopping.is_set():
            break
    return forgotten
