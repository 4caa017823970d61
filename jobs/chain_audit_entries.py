"""Chains what came into the audit trail within the last second; domain.audit_chain tells what a chain is."""

from api import queries, services
from jobs.context import JobContext

BATCH = 500  # On SQLite a batch holds the one write lock, and a wait's timer may be due meanwhile.


def chain_audit_entries(context: JobContext) -> int:
    """Chain at most one batch; return how many entries. Of two processes at once the second waits."""
    # Without work no writer is waited for, and nothing is written.
    with context.database.unit_of_work(read_only=True) as session:
        if not queries.audit.is_any_unchained(session):
            return 0
    with context.unit_of_work() as session:
        return services.audit.chain(session, limit=BATCH)
