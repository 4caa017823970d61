"""The guard of the feed: whatever a request or a job writes to a pickup or a wait is noted there.

It looks at each transaction of ours right before its commit; rows that a test makes by hand are not meant.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from flask import has_request_context
from sqlalchemy import event
from sqlalchemy.orm import Session

from api.models import Pickup, Wait

TOUCHED, BEFORE = "noting_touched", "noting_before"

EXPLANATION = (
    "A phone that keeps a copy would not hear of this. Call `services.changes.note` "
    "(or `note_waits` in a sweep) where the row is written: "
)


@contextmanager
def every_change_is_noted() -> Iterator[None]:
    """Fail the commit of a request or job that changed a pickup or a wait and did not say so."""
    event.listen(Session, "after_flush", _remember)
    event.listen(Session, "before_commit", _check)
    try:
        yield
    finally:
        event.remove(Session, "after_flush", _remember)
        event.remove(Session, "before_commit", _check)


def _remember(session: Session, _context: Any) -> None:
    written = [
        row
        for row in (*session.new, *session.dirty)
        if isinstance(row, Pickup | Wait) and session.is_modified(row)
    ]
    if written and _is_ours():
        if BEFORE not in session.info:
            session.info[BEFORE] = _ask(session, "SELECT coalesce(max(seq), 0) FROM changes")[0][0]
        touched = {row.id: type(row).__name__ for row in written}
        session.info.setdefault(TOUCHED, {}).update(touched)


def _check(session: Session) -> None:
    session.flush()
    touched = session.info.pop(TOUCHED, {})
    before = session.info.pop(BEFORE, 0)
    if touched:
        rows = _ask(session, f"SELECT subject_id FROM changes WHERE seq > {before}")
        noted = {subject if isinstance(subject, UUID) else UUID(subject) for (subject,) in rows}
        silent = {row_id: kind for row_id, kind in touched.items() if row_id not in noted}
        assert not silent, EXPLANATION + str(silent)


def _ask(session: Session, question: str) -> list[Any]:
    # Past SQLAlchemy, so that tests that count statements do not count the guard's.
    cursor = session.connection().connection.cursor()
    try:
        cursor.execute(question)
        return list(cursor.fetchall())
    finally:
        cursor.close()


def _is_ours() -> bool:
    """Tell whether a request or a job writes, and not the test itself."""
    if has_request_context():
        return True
    frame = sys._getframe()
    while frame is not None and frame.f_back is not None:
        frame = frame.f_back
        if "/jobs/" in frame.f_code.co_filename and "/tests/" not in frame.f_code.co_filename:
            return True
    return False
