"""What operators do to the outbox: test somebody's phones, and hold everything back after a restore."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from api import queries
from api.domain.errors import Conflict, NotFound
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.vocabulary import Channel
from api.models import Restoration
from api.services import events, notices, senders

RESTORED = "the database was restored from a backup"


def send_test(session: Session, *, phone: str, now: datetime) -> UUID:
    """Tell a member of staff, by his number to sign in with, that this is a test; return the notice's id.

    It takes the way of every notice. Raises NotFound, and Conflict for who has no phone to push to.
    """
    reader = queries.staff.find_by_phone(session, phone)
    if reader is None:
        raise NotFound("Nobody signs in with this number.")
    if reader.id not in queries.devices.live_of(session, [reader.id]):
        raise Conflict("This person has no phone that takes pushes: sign in on one first.")
    telling = Telling(
        NoticeKind.TEST_NOTICE,
        reader.branch_id,
        f"{NoticeKind.TEST_NOTICE}:{uuid7()}:{reader.id}",
        staff_id=reader.id,
        leaves_at=now,  # Who tests at night wants to see it at night.
    )
    notices.tell(session, telling, now=now)
    return telling.id


def mark_restored(session: Session, *, now: datetime) -> None:
    """Pause every channel until an operator resumes it: a backup holds notices that were sent after it.

    The sign of life in a backup is as old as the backup, so it is forgotten. What phones have read of the
    feed since the backup is not so any more, and its transactions are another server's: they start over.
    """
    for channel in Channel:
        senders.pause(session, channel, reason=RESTORED, now=now)
    queries.heartbeats.forget_all(session)
    queries.changes.forget_all(session)
    restoration = Restoration(restored_at=now)
    session.add(restoration)
    session.flush()
    events.record(
        session,
        "database.restored",
        subject_type="database",
        subject_id=restoration.id,
        branch_id=None,
        now=now,
    )
