"""Signs once a day how far the audit trail reaches, and purges what is too old, in small steps."""

from api import services
from api.domain.audit import KEPT_FOR
from jobs.context import JobContext

BATCH = 500  # On SQLite a batch holds the one write lock, and a wait's timer may be due meanwhile.
BATCHES_PER_RUN = 100


def tend_audit_trail(context: JobContext) -> int:
    """Sign if a day has passed, then purge; return how many checkpoints and entries that were."""
    now = context.now()
    with context.unit_of_work() as session:
        done = int(services.audit.sign(session, now=now))
    for _ in range(BATCHES_PER_RUN):
        with context.unit_of_work() as session:
            purged = services.audit.purge(session, before=now - KEPT_FOR, limit=BATCH, now=now)
        done += purged
        if purged < BATCH or context.stopping.is_set():
            break
    return done
