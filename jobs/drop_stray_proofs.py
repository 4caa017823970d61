"""Forgets files of pictures that no row speaks of: of requests that died, or of rows that were deleted."""

from functools import partial

from api import queries, services
from api.domain.proofs import STRAYS_KEPT
from jobs.context import JobContext, each

BATCH = 500


def drop_stray_proofs(context: JobContext) -> int:
    """Delete files that have had no row for a day; return how many.

    Each is dropped in its own transaction, which looks again: its row may come at that moment.
    """
    old = list(context.proofs.untouched_since(context.now() - STRAYS_KEPT))
    dropped = 0
    for start in range(0, len(old), BATCH):
        batch = old[start : start + BATCH]
        with context.database.unit_of_work(read_only=True) as session:
            strays = set(batch) - queries.proofs.with_rows(session, batch)
        dropped += each(sorted(strays), partial(_drop, context))
    return dropped


def _drop(context: JobContext, sha256: str) -> bool:
    with context.unit_of_work() as session:
        return services.proofs.drop_stray(session, sha256, store=context.proofs)
