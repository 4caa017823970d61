"""Forgets photos and signatures when their branch's time for them is over, and files without a row."""

from datetime import timedelta
from functools import partial

from api import queries, services
from api.domain.proofs import STRAYS_KEPT
from jobs.context import JobContext, each

BATCH = 500


def drop_old_proofs(context: JobContext) -> int:
    """Delete old rows first, then the files without rows; return how many of both.

    A file without a row is what a request leaves that died between the two, or what the rows' deletion
    leaves. Each is dropped in its own transaction, which looks again: a picture may come at that moment.
    """
    return _drop_rows(context) + _drop_strays(context)


def _drop_rows(context: JobContext) -> int:
    dropped = 0
    with context.database.unit_of_work(read_only=True) as session:
        branch_ids = [branch.id for branch in queries.branches.every(session)]
    for branch_id in branch_ids:
        with context.unit_of_work() as session:
            keep_days = queries.branches.policy(session, branch_id).proof_keep_days
            before = context.now() - timedelta(days=keep_days)
            dropped += queries.proofs.drop_older(session, branch_id, before=before)
            queries.field_reports.forget_photos(session, branch_id, before=before)
    return dropped


def _drop_strays(context: JobContext) -> int:
    old = list(context.proofs.untouched_since(context.now() - STRAYS_KEPT))
    dropped = 0
    for start in range(0, len(old), BATCH):
        batch = old[start : start + BATCH]
        with context.database.unit_of_work(read_only=True) as session:
            strays = set(batch) - queries.proofs.with_rows(session, batch)
        dropped += each(sorted(strays), partial(_drop_stray, context))
    return dropped


def _drop_stray(context: JobContext, sha256: str) -> bool:
    with context.unit_of_work() as session:
        return services.proofs.drop_stray(session, sha256, store=context.proofs)
