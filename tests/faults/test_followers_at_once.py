"""Several processes at once: what climbs climbs once, and what falls back falls back once."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from api import services
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.vocabulary import Channel, Role
from api.models import Delivery, Notice
from jobs.climb_unacknowledged import climb_unacknowledged
from jobs.context import run_job
from jobs.fall_back import fall_back
from tests.factories import make_branch, make_device, make_staff
from tests.fakes import NOW

PROCESSES, WAITS = 4, 40


def told(database, kind):
    """Tell a dispatcher of forty waits, and have two managers above him."""
    with database.unit_of_work() as session:
        branch = make_branch(session)
        for _ in range(2):
            make_staff(session, branch, role=Role.MANAGER)
        dispatcher = make_staff(session, branch, role=Role.DISPATCHER)
        make_device(session, dispatcher)
        waits = [make_branch(session).id for _ in range(WAITS)]  # Any ids will do.
        tellings = [
            Telling(kind, branch.id, f"{kind}:{wait}:{dispatcher.id}", staff_id=dispatcher.id, wait_id=wait)
            for wait in waits
        ]
        services.notices.tell_all(session, tellings, now=NOW)


def run_at_once(job, context):
    with ThreadPoolExecutor(PROCESSES) as processes:
        return sum(processes.map(lambda _: run_job(job, context), range(PROCESSES)))


def test_fault_9_what_climbs_is_told_once_to_each_manager(database, job_context, clock):
    told(database, NoticeKind.WAIT_UNDECIDED)
    clock.tick(minutes=10)

    climbed = run_at_once(climb_unacknowledged, job_context)

    with database.unit_of_work(read_only=True) as session:
        of_kind = select(func.count()).select_from(Notice).where(Notice.kind == NoticeKind.UNACKNOWLEDGED)
        assert session.scalars(of_kind).one() == 2 * WAITS
    assert climbed == WAITS


def test_fault_9_what_falls_back_is_written_once(database, job_context, clock):
    told(database, NoticeKind.WAIT_EXPIRED)
    clock.tick(seconds=20)

    looked_at = run_at_once(fall_back, job_context)

    with database.unit_of_work(read_only=True) as session:
        written = select(func.count()).select_from(Delivery).where(Delivery.channel == Channel.SMS)
        assert session.scalars(written).one() == WAITS
    assert looked_at == WAITS
