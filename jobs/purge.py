"""Deletes what has been kept long enough, rule by rule (`domain.retention`), in many short transactions.

Files of pictures are swept by `drop_stray_proofs`, what lives for minutes or a day by `drop_expired`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from api import queries
from api.domain import changes, own_network
from api.domain.delivery_policy import ADDRESS_LIFE
from api.domain.retention import TIMERS_KEPT_FOR
from jobs.context import JobContext, each

BATCHES_PER_RUN = 500


@dataclass(frozen=True, slots=True)
class Rule:
    """Deletes rows of a table, at most `batch` at once: on SQLite that is as long as the write lock is held.

    A time that branches choose is named by the field of their policy that says how many days; `drop` is
    then asked for each branch.
    """

    table: str
    keep: str | timedelta
    drop: Callable[..., int]
    batch: int = 500


RULES = (
    Rule("courier_positions", "position_keep_days", queries.positions.drop_old, batch=2_000),
    Rule("staff_networks", own_network.KEPT_FOR, queries.staff_networks.drop_old),
    Rule("devices", ADDRESS_LIFE, queries.devices.drop_unseen),
    Rule("changes", changes.DROPPED_AFTER, queries.changes.drop_old, batch=2_000),
    Rule("wait_timers", TIMERS_KEPT_FOR, queries.finished.drop_timers),
    Rule("notices", "notice_keep_days", queries.finished.drop_notices),
    Rule("links", "link_keep_days", queries.finished.drop_links),
    Rule("case_messages", "case_text_keep_days", queries.finished.drop_case_texts),
    Rule("events", "fact_keep_days", queries.facts.drop_plain),
    Rule("churn_scores", "score_keep_days", queries.score_retention.thin),
    Rule("churn_scores", "score_history_days", queries.score_retention.drop_old),
    Rule("proof_mentions", "proof_keep_days", queries.proofs.drop_mentions),
    Rule("field_report_sightings", "proof_keep_days", queries.field_reports.forget_photos),
    Rule("proofs", "proof_keep_days", queries.proofs.drop_old),
)


@dataclass(frozen=True, slots=True)
class _Step:
    """One rule for one branch, or for all of them."""

    name: str
    batch: int
    drop: Callable[[Session], int]

    def __str__(self) -> str:
        return self.name


def purge(context: JobContext) -> int:
    """Follow every rule; return how many rows went. One that fails does not keep the others from going on.

    Two processes at once do each other no harm: what one has deleted the other does not find.
    """
    return each(_steps(context, context.now()), partial(_follow, context))


def _steps(context: JobContext, now: datetime) -> Iterator[_Step]:
    with context.database.unit_of_work(read_only=True) as session:
        policies = {
            branch.id: queries.branches.policy(session, branch.id)
            for branch in queries.branches.every(session)
        }
    for rule in RULES:
        if isinstance(rule.keep, timedelta):
            drop = partial(rule.drop, before=now - rule.keep, limit=rule.batch)
            yield _Step(rule.table, rule.batch, drop)
            continue
        for branch_id, policy in policies.items():
            before = now - timedelta(days=getattr(policy, rule.keep))
            drop = partial(rule.drop, branch_id=branch_id, before=before, limit=rule.batch)
            yield _Step(f"{rule.table} of {branch_id}", rule.batch, drop)


def _follow(context: JobContext, step: _Step) -> int:
    dropped = 0
    for _ in range(BATCHES_PER_RUN):
        if context.stopping.is_set():
            break
        with context.unit_of_work() as session:
            batch = step.drop(session)
        dropped += batch
        if batch < step.batch:
            break
    return dropped
