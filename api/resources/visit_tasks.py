"""What a rep has promised on his visits: the list, kept promises, and those that need another day."""

from api import queries, services
from api.domain.errors import NotFound
from api.domain.visit_tasks import TaskInThePast, TaskIsDone
from api.domain.vocabulary import Role
from api.queries.visit_tasks import TaskFilter
from api.schemas.visit_tasks import (
    PostponeTaskSchema,
    VisitTaskPageSchema,
    VisitTaskQuerySchema,
    VisitTaskSchema,
)
from api.web.blueprint import Blueprint
from api.web.context import now, principal, session
from api.web.paging import as_page, page_request

blp = Blueprint("visit_tasks", __name__, url_prefix="/v1/visit-tasks", description="Promises of visits.")

READERS = (Role.SALES_REP, Role.MANAGER, Role.ADMIN)
KEEPERS = (Role.SALES_REP, Role.MANAGER)


@blp.get("")
@blp.requires(*READERS)
@blp.arguments(VisitTaskQuerySchema, location="query")
@blp.response(200, VisitTaskPageSchema)
def list_visit_tasks(query):
    """List promises by the day they are due; a rep's are his own."""
    page = page_request(query)
    only = TaskFilter(**query)
    return as_page(queries.visit_tasks.listed(session(), by=principal(), only=only, page=page, now=now()))


@blp.post("/<uuid:task_id>/completion")
@blp.requires(*KEEPERS)
@blp.response(200, VisitTaskSchema)
@blp.raises(NotFound)
@blp.versioned
def finish_visit_task(task_id):
    """Note that a promise has been kept. Once is enough."""
    return services.visit_reports.finish_task(session(), task_id=task_id, by=principal(), now=now())


@blp.post("/<uuid:task_id>/rescheduling")
@blp.requires(*KEEPERS)
@blp.arguments(PostponeTaskSchema)
@blp.response(200, VisitTaskSchema)
@blp.raises(NotFound, TaskIsDone, TaskInThePast)
@blp.versioned
def postpone_visit_task(body, task_id):
    """Give a promise another day."""
    return services.visit_reports.postpone_task(session(), task_id=task_id, **body, by=principal(), now=now())
