"""Staff of the branch, for those who manage them."""

from api import queries, services
from api.domain.errors import NotFound
from api.domain.staff import AboveYourRank, NotAnIntegration, PeopleAreNotMachines, PhoneTaken
from api.domain.transfers import StillHolds
from api.domain.vocabulary import Role
from api.schemas.base import page_of
from api.schemas.staff import (
    ApiKeysSchema,
    ChangeStaffSchema,
    HireStaffSchema,
    MakeApiKeySchema,
    NewApiKeySchema,
    ResetPasswordSchema,
    StaffQuerySchema,
    StaffSchema,
    StaffSessionsSchema,
)
from api.web.blueprint import Blueprint
from api.web.context import if_match, now, principal, session
from api.web.paging import as_page, page_request

blp = Blueprint("staff", __name__, url_prefix="/v1/staff", description="Staff members of the branch.")

LEADS = (Role.MANAGER, Role.ADMIN)


@blp.get("")
@blp.requires(*LEADS, Role.DISPATCHER)
@blp.arguments(StaffQuerySchema, location="query")
@blp.response(200, page_of(StaffSchema))
def list_staff(query):
    """List the branch's staff, those who left included."""
    page = page_request(query)
    return as_page(queries.staff.listed(session(), by=principal(), page=page, **query))


@blp.post("")
@blp.requires(*LEADS)
@blp.repeatable
@blp.arguments(HireStaffSchema)
@blp.response(201, StaffSchema)
@blp.raises(PhoneTaken, AboveYourRank)
@blp.versioned
def hire_staff(body):
    """Add a staff member or a machine account to your branch."""
    return services.staff.hire_for(session(), **body, by=principal(), now=now())


@blp.get("/<uuid:staff_id>")
@blp.requires(*LEADS, Role.DISPATCHER)
@blp.response(200, StaffSchema)
@blp.raises(NotFound)
@blp.versioned
def get_staff(staff_id):
    """Show a staff member."""
    return queries.staff.by_id(session(), staff_id, by=principal())


@blp.patch("/<uuid:staff_id>")
@blp.requires(*LEADS)
@blp.arguments(ChangeStaffSchema)
@blp.response(200, StaffSchema)
@blp.raises(NotFound, AboveYourRank, PeopleAreNotMachines, PhoneTaken, StillHolds)
@blp.edits
@blp.versioned
def change_staff(body, staff_id):
    """Change a staff member; a new role ends his sessions."""
    return services.staff.change(
        session(), staff_id=staff_id, by=principal(), version=if_match(), changes=body, now=now()
    )


@blp.post("/<uuid:staff_id>/password")
@blp.requires(*LEADS)
@blp.arguments(ResetPasswordSchema)
@blp.response(204)
@blp.raises(NotFound, AboveYourRank)
def reset_password(body, staff_id):
    """Give a staff member a new password; his sessions end."""
    services.staff.reset_password(session(), staff_id=staff_id, **body, by=principal(), now=now())


@blp.post("/<uuid:staff_id>/deactivation")
@blp.requires(*LEADS)
@blp.response(200, StaffSchema)
@blp.raises(NotFound, AboveYourRank, StillHolds)
@blp.versioned
def deactivate_staff(staff_id):
    """Shut a staff member out, at once; refused while customers or open work would be nobody's."""
    return services.staff.deactivate(session(), staff_id=staff_id, by=principal(), now=now())


@blp.get("/<uuid:staff_id>/sessions")
@blp.requires(*LEADS)
@blp.response(200, StaffSessionsSchema)
@blp.raises(NotFound)
def list_staff_sessions(staff_id):
    """List the phones a staff member is signed in on."""
    member = queries.staff.by_id(session(), staff_id, by=principal())
    return {"items": queries.staff_sessions.running(session(), member.id)}


@blp.delete("/<uuid:staff_id>/sessions/<uuid:session_id>")
@blp.requires(*LEADS)
@blp.response(204)
@blp.raises(NotFound, AboveYourRank)
def end_staff_session(staff_id, session_id):
    """End one phone's session, e.g. of a stolen phone."""
    services.staff.end_session_of(
        session(), staff_id=staff_id, session_id=session_id, by=principal(), now=now()
    )


@blp.get("/<uuid:staff_id>/api-keys")
@blp.requires(*LEADS)
@blp.response(200, ApiKeysSchema)
@blp.raises(NotFound)
def list_api_keys(staff_id):
    """List the API keys of a machine account that are in use, without the keys themselves."""
    member = queries.staff.by_id(session(), staff_id, by=principal())
    return {"items": queries.staff.api_keys_of(session(), member.id)}


@blp.post("/<uuid:staff_id>/api-keys")
@blp.requires(*LEADS)
@blp.arguments(MakeApiKeySchema)
@blp.response(201, NewApiKeySchema)
@blp.raises(NotFound, NotAnIntegration, AboveYourRank)
def make_api_key(body, staff_id):
    """Make an API key for a machine account; it is shown this once."""
    return services.staff.make_api_key(session(), staff_id=staff_id, **body, by=principal(), now=now())


@blp.delete("/<uuid:staff_id>/api-keys/<uuid:api_key_id>")
@blp.requires(*LEADS)
@blp.response(204)
@blp.raises(NotFound, AboveYourRank)
def revoke_api_key(staff_id, api_key_id):
    """Void an API key, at once."""
    services.staff.revoke_api_key(
        session(), staff_id=staff_id, api_key_id=api_key_id, by=principal(), now=now()
    )
