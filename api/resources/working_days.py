"""Which days a branch works: its week, the public holidays of its region, and its own exceptions."""

from api import queries, services
from api.domain.errors import NotFound
from api.domain.report_period import PeriodNotAllowed
from api.domain.vocabulary import Role
from api.schemas.calendars import SetWorkingDaySchema, WorkingDaysSchema
from api.schemas.reports import PeriodSchema
from api.web.blueprint import EVERY_ROLE, Blueprint
from api.web.context import now, principal, session

blp = Blueprint(
    "working_days",
    __name__,
    url_prefix="/v1/branches/<uuid:branch_id>/working-days",
    description="Which days are worked.",
)


@blp.get("")
@blp.requires(*EVERY_ROLE)
@blp.arguments(PeriodSchema, location="query")
@blp.response(200, WorkingDaysSchema)
@blp.raises(NotFound, PeriodNotAllowed)
def list_working_days(query, branch_id):
    """List the days of a period, whether each is worked, and why."""
    return queries.work_calendars.days(session(), branch_id, **query, by=principal())


@blp.put("")
@blp.requires(Role.MANAGER, Role.ADMIN)
@blp.arguments(SetWorkingDaySchema)
@blp.response(204)
@blp.raises(NotFound)
def set_working_day(body, branch_id):
    """Say that the branch works on a day, or does not, or goes by its week and the holidays again."""
    services.working_days.set_day(session(), branch_id=branch_id, **body, by=principal(), now=now())
