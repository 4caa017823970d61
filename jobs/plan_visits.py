"""Twice a day each rep's week is planned anew, before the list of the morning and that of the evening."""

from functools import partial

from api import services
from api.services.visit_plans import DuePlan
from jobs.context import JobContext, each


def plan_visits(context: JobContext) -> int:
    """Plan for whom it is time and nobody has; return how many plans were made.

    The claim of a plan commits together with it: a process that dies leaves both undone.
    """
    with context.database.unit_of_work(read_only=True) as session:
        due = services.visit_plans.due_plans(session, now=context.now())
    return each(due, partial(_plan, context))


def _plan(context: JobContext, due: DuePlan) -> bool:
    with context.unit_of_work() as session:
        return services.visit_plans.make_due(session, due, now=context.now())
