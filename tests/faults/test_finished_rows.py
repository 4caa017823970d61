"""Fault 38: what an operator asks, and what forgets old rows, reads no row that is finished and young."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from api import queries
from api.domain.vocabulary import Channel
from tests.fakes import NOW

QUESTIONS = {
    "counts": queries.outbox.counts,
    "dead": lambda session: queries.outbox.dead(session, limit=20, now=NOW),
    "work": lambda session: queries.health.work(session, now=NOW),
    "oldest": lambda session: queries.health.oldest_delivery(session, but=[Channel.PUSH], now=NOW),
    "held": lambda session: queries.held_notices.due(session, people=500, now=NOW),
    "unseen": lambda session: queries.fall_back.claim(session, limit=500, now=NOW),
    "unacknowledged": lambda session: queries.climbing.claim(session, limit=500, now=NOW),
    "thread": lambda session: queries.notices.at_work_in_thread(session, "wait:1"),
    "taken care of": lambda session: queries.climbing.stop(session, ["case:1", "feedback:1"], told_as=None),
    "old notices": lambda session: queries.finished.drop_notices(
        session, branch_id=uuid7(), before=NOW - timedelta(days=180), limit=500
    ),
    "old timers": lambda session: queries.finished.drop_timers(
        session, before=NOW - timedelta(days=180), limit=500
    ),
}


@contextmanager
def asked(session: Session) -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements sent inside the block, with what is filled into them."""
    statements: list[tuple[str, Any]] = []
    engine = session.get_bind().engine

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def plan(session: Session, statement: str, parameters: Any, *, all_ways: bool = False) -> str:
    """Return how the database would go about it; tables as short as a test's are read by their indexes.

    With `all_ways` it may also read them from end to end, as it would where it has statistics.
    """
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return "\n".join(row[3] for row in rows)
    if not all_ways:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    return "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters))


@pytest.mark.parametrize("question", QUESTIONS)
def test_fault_38_no_table_with_finished_rows_is_read_from_end_to_end(
    session: Session, question: str
) -> None:
    with asked(session) as statements:
        QUESTIONS[question](session)

    plans = [plan(session, *statement) for statement in statements]

    read_whole = re.compile(
        r"Seq Scan on|SCAN (deliveries|notices|wait_timers)(?! USING (COVERING )?INDEX ix_)"
    )
    assert not [text for text in plans if read_whole.search(text)]
