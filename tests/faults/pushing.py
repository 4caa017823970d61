"""Notices on their way to the stand-in for Google: told, sent in the course of time, and counted."""

from datetime import datetime
from uuid import UUID

from api import services
from api.db import Database
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.vocabulary import Role
from api.models import Notice
from demo.fcm_stand_in import StandIn
from jobs.context import JobContext
from jobs.deliver_notices import deliver_notices
from tests import factories
from tests.fakes import FrozenClock
from tests.rounds import rows


def told_reps(database: Database, count: int, now: datetime) -> list[UUID]:
    """As many sales reps are told of a customer at risk, of use for days; return the ids of the notices."""
    tellings = []
    with database.unit_of_work() as session:
        branch = factories.make_branch(session)
        for _ in range(count):
            rep = factories.make_staff(session, branch, role=Role.SALES_REP)
            factories.make_device(session, rep)
            kind = NoticeKind.CHURN_ALERT
            key = f"{kind}:1:{rep.id}"
            tellings.append(Telling(kind, branch.id, key, staff_id=rep.id, customer_id=rep.id))
        services.notices.tell_all(session, tellings, now=now)
    return [telling.id for telling in tellings]


def states(database: Database, notice_ids: list[UUID]) -> set[str]:
    return {str(row["state"]) for row in rows(database, Notice) if row["id"] in notice_ids}


def posted(google: StandIn) -> int:
    return len(google.mood.received)


def settle_down(context: JobContext, clock: FrozenClock, *, minutes: int, looks_a_minute: int = 4) -> None:
    for _ in range(minutes * looks_a_minute):
        clock.tick(seconds=60 / looks_a_minute)
        deliver_notices(context)
