"""What people may ask of whoever keeps their data: to be told what it is, and to be forgotten."""

from api import services
from api.domain.erasure import PickupGoesOn, StillActive
from api.domain.errors import NotFound
from api.domain.staff import AboveYourRank
from api.domain.transfers import StillHolds
from api.resources.staff import LEADS
from api.schemas.personal_data import DataReportSchema, ErasureSchema, PersonalDataReasonSchema
from api.schemas.staff import StaffSchema
from api.web.blueprint import Blueprint
from api.web.context import if_match, now, principal, session

blp = Blueprint(
    "personal_data", __name__, url_prefix="/v1", description="Data reports and erasure, at a person's wish."
)


@blp.post("/contacts/<uuid:contact_id>/erasure")
@blp.requires(*LEADS)
@blp.arguments(PersonalDataReasonSchema)
@blp.response(200, ErasureSchema)
@blp.raises(NotFound, PickupGoesOn)
@blp.edits
def erase_contact(body, contact_id):
    """Forget a contact for ever; that there were pickups, waits and ratings stays."""
    return services.erasure.erase_contact(
        session(), contact_id=contact_id, **body, version=if_match(), by=principal(), now=now()
    )


@blp.post("/contacts/<uuid:contact_id>/data-report")
@blp.requires(*LEADS)
@blp.arguments(PersonalDataReasonSchema)
@blp.response(200, DataReportSchema)
@blp.raises(NotFound)
def report_contact_data(body, contact_id):
    """Show everything that is held about a contact, in full; that you asked is recorded."""
    return services.data_reports.report_contact(
        session(), contact_id=contact_id, **body, by=principal(), now=now()
    )


@blp.post("/staff/<uuid:staff_id>/erasure")
@blp.requires(*LEADS)
@blp.arguments(PersonalDataReasonSchema)
@blp.response(200, StaffSchema)
@blp.raises(NotFound, AboveYourRank, StillActive, StillHolds)
@blp.edits
@blp.versioned
def erase_staff(body, staff_id):
    """Forget a staff member who has left; what he did stays, by a former staff member."""
    return services.erasure.erase_staff(
        session(), staff_id=staff_id, **body, version=if_match(), by=principal(), now=now()
    )
