"""A rep's day in one list: visits, alerts, reports, tasks and occasions, what is lost first at the head."""

from api import queries
from api.domain.agenda import DayOutOfReach
from api.domain.vocabulary import Role
from api.schemas.agenda import AgendaPageSchema, AgendaQuerySchema
from api.web.blueprint import Blueprint
from api.web.context import now, principal, session
from api.web.paging import as_page, page_request

blp = Blueprint("agenda", __name__, url_prefix="/v1/me/agenda", description="What waits for you today.")


@blp.get("")
@blp.requires(Role.SALES_REP)
@blp.arguments(AgendaQuerySchema, location="query")
@blp.response(200, AgendaPageSchema)
@blp.raises(DayOutOfReach)
def get_my_agenda(query):
    """List what waits for you on a day, ordered by what is lost if you leave it."""
    page = page_request(query)
    return as_page(queries.agenda.of_day(session(), **query, by=principal(), page=page, now=now()))
