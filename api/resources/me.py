"""The caller himself: profile, sessions, and what became of what he reported."""

from api import queries, services
from api.domain.errors import NotFound
from api.schemas.base import PageQuerySchema
from api.schemas.field_reports import OwnSightingPageSchema
from api.schemas.staff import ChangeMyselfSchema, StaffSchema, StaffSessionsSchema
from api.web.blueprint import EVERY_ROLE, PEOPLE, Blueprint
from api.web.context import if_match, now, principal, session
from api.web.paging import as_page, page_request

blp = Blueprint("me", __name__, url_prefix="/v1/me", description="Your own profile, sessions and phones.")


@blp.get("")
@blp.requires(*EVERY_ROLE)
@blp.response(200, StaffSchema)
@blp.versioned
def get_me():
    """Show your own profile."""
    return queries.staff.myself(session(), principal())


@blp.patch("")
@blp.requires(*PEOPLE)
@blp.arguments(ChangeMyselfSchema)
@blp.response(200, StaffSchema)
@blp.edits
@blp.versioned
def change_me(body):
    """Change your own name or language."""
    return services.staff.change_myself(
        session(), by=principal(), version=if_match(), changes=body, now=now()
    )


@blp.get("/sessions")
@blp.requires(*PEOPLE)
@blp.response(200, StaffSessionsSchema)
def list_my_sessions():
    """List the phones you are signed in on."""
    return {"items": queries.staff_sessions.running(session(), principal().staff_id)}


@blp.delete("/sessions/<uuid:session_id>")
@blp.requires(*PEOPLE)
@blp.response(204)
@blp.raises(NotFound)
def end_my_session(session_id):
    """Sign out another of your phones."""
    services.sign_in.end_session(
        session(), session_id=session_id, staff_id=principal().staff_id, by=principal(), now=now()
    )


@blp.get("/field-reports")
@blp.requires(*PEOPLE)
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, OwnSightingPageSchema)
def list_my_field_reports(query):
    """List what you noticed at customers, the newest first, and what became of it."""
    page = page_request(query)
    return as_page(queries.field_reports.own(session(), by=principal(), page=page))
