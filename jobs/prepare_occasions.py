"""Each morning it is noticed whose birthday or festival it is, and the reps are told once."""

from zoneinfo import ZoneInfo

from api import queries, services
from api.domain.occasions import day_to_notice
from jobs.context import JobContext

JOB = "prepare_occasions"


def prepare_occasions(context: JobContext) -> int:
    """Notice the day where it is past 8 and nobody has yet; return how many occasions there are.

    The claim of the day commits together with the work: a process that dies leaves both undone.
    """
    with context.database.unit_of_work(read_only=True) as session:
        branches = queries.branches.every(session)
    noticed = 0
    for branch in branches:
        now = context.now()
        today = day_to_notice(now, ZoneInfo(branch.timezone))
        if today is None:
            continue
        with context.unit_of_work() as session:
            if queries.job_slots.claim(session, JOB, f"{branch.id}:{today.isoformat()}", now=now):
                festivals = queries.festivals.of_branch(branch, today)
                noticed += services.occasions.notice_day(session, branch, today, festivals, now=now)
    return noticed
