"""Occasions: contacts' birthdays, companies' anniversaries and festivals, to congratulate on with one tap."""

from api import queries, services
from api.domain.errors import NotFound
from api.domain.occasions import GreetedAlready, NotToBeWrittenTo, OccasionHeldBack, OccasionNotToday
from api.domain.vocabulary import Role
from api.schemas.occasions import OccasionPageSchema, OccasionQuerySchema, OccasionSchema
from api.web.blueprint import Blueprint
from api.web.context import now, principal, session
from api.web.paging import as_page, page_request

blp = Blueprint("occasions", __name__, url_prefix="/v1/occasions", description="Days to congratulate on.")

GREETERS = (Role.SALES_REP, Role.MANAGER)


@blp.get("")
@blp.requires(*GREETERS)
@blp.arguments(OccasionQuerySchema, location="query")
@blp.response(200, OccasionPageSchema)
def list_occasions(query):
    """List the occasions of a day; a rep's are those of his customers."""
    page = page_request(query)
    return as_page(queries.occasions.listed(session(), by=principal(), page=page, **query))


@blp.post("/<uuid:occasion_id>/greeting")
@blp.requires(*GREETERS)
@blp.response(200, OccasionSchema)
@blp.raises(NotFound, GreetedAlready, OccasionNotToday, OccasionHeldBack, NotToBeWrittenTo)
@blp.versioned
def send_greeting(occasion_id):
    """Send the contact his greeting: now, or when the hours begin in which he may be written to."""
    return services.occasions.greet(session(), occasion_id=occasion_id, by=principal(), now=now())
