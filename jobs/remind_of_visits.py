"""Each morning visits are proposed to the reps, and each is told once how many wait for him today."""

from zoneinfo import ZoneInfo

from api import queries, services
from api.domain.visit_cadence import morning_of
from jobs.context import JobContext

JOB = "remind_of_visits"


def remind_of_visits(context: JobContext) -> int:
    """Prepare the morning where it is past 08:30 and nobody has yet; return how many reps were told.

    The claim of the day commits together with the work: a process that dies leaves both undone.
    """
    with context.database.unit_of_work(read_only=True) as session:
        branches = queries.branches.every(session)
    told = 0
    for branch in branches:
        now = context.now()
        today = morning_of(now, ZoneInfo(branch.timezone))
        if today is None:
            continue
        with context.unit_of_work() as session:
            if queries.job_slots.claim(session, JOB, f"{branch.id}:{today.isoformat()}", now=now):
                told += services.visits.prepare_morning(session, branch=branch, today=today, now=now)
    return told
