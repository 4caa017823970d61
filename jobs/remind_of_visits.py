"""Reps are told of tomorrow's visits in the evening, of today's in the morning, and before each fixed time.

Managers hear of the visits that nobody made.
"""

from functools import partial

from api import services
from api.services.visit_reminders import DueList, DueLook
from jobs.context import JobContext, each


def remind_of_visits(context: JobContext) -> int:
    """Tell what is due and has not been told; return how many lists, times and branches that were.

    What is told and the claim of it commit together: run twice, or by two processes, nothing is told twice.
    """
    now = context.now()
    with context.database.unit_of_work(read_only=True) as session:
        lists = services.visit_reminders.due_lists(session, now=now)
        times = services.visit_reminders.due_times(session, now=now)
        looks = services.visit_reminders.due_looks(session, now=now)
    told = each(lists, partial(_tell_list, context)) + each(looks, partial(_climb, context))
    if times:
        with context.unit_of_work() as session:
            told += len(services.notices.tell_all(session, times, now=now))
    return told


def _tell_list(context: JobContext, due: DueList) -> bool:
    with context.unit_of_work() as session:
        return services.visit_reminders.tell_list(session, due, now=context.now())


def _climb(context: JobContext, due: DueLook) -> bool:
    with context.unit_of_work() as session:
        return services.visit_reminders.climb(session, due, now=context.now())
