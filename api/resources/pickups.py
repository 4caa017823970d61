"""Pickups: booked and moved by dispatchers and their systems, read by the couriers who drive them."""

from api import queries, services
from api.domain.erasure import ContactErased
from api.domain.errors import NotFound
from api.domain.pickups import (
    ContactOfAnotherCustomer,
    ExternalRefTaken,
    NotACourier,
    NothingProposed,
    PickupStateForbids,
    WindowImpossible,
)
from api.domain.vocabulary import Role
from api.queries.pickups import PickupFilter
from api.schemas.pickups import (
    AssignPickupSchema,
    BookPickupSchema,
    CancelPickupSchema,
    ChangePickupSchema,
    PickupPageSchema,
    PickupQuerySchema,
    PickupSchema,
    ReschedulePickupSchema,
)
from api.web.blueprint import EVERY_ROLE, Blueprint
from api.web.context import if_match, now, principal, session
from api.web.paging import as_page, page_request

blp = Blueprint("pickups", __name__, url_prefix="/v1/pickups", description="Pickups of the branch.")

PLANNERS = (Role.DISPATCHER, Role.MANAGER, Role.ADMIN, Role.INTEGRATION)


@blp.get("")
@blp.requires(*EVERY_ROLE)
@blp.arguments(PickupQuerySchema, location="query")
@blp.response(200, PickupPageSchema)
def list_pickups(query):
    """List pickups by the start of their windows; a courier's are his own."""
    page = page_request(query)
    only = PickupFilter(**query)
    return as_page(queries.pickups.listed(session(), by=principal(), only=only, page=page, now=now()))


@blp.post("")
@blp.requires(*PLANNERS)
@blp.arguments(BookPickupSchema)
@blp.response(201, PickupSchema)
@blp.raises(
    NotFound, ExternalRefTaken, ContactErased, ContactOfAnotherCustomer, NotACourier, WindowImpossible
)
@blp.versioned
def book_pickup(booking):
    """Book a pickup at a site. The same booking again returns the pickup as it stands."""
    return services.pickups.book(session(), booking, by=principal(), now=now())


@blp.get("/<uuid:pickup_id>")
@blp.requires(*EVERY_ROLE)
@blp.response(200, PickupSchema)
@blp.raises(NotFound)
@blp.versioned
def get_pickup(pickup_id):
    """Show a pickup."""
    return queries.pickups.view_by_id(session(), pickup_id, by=principal(), now=now())


@blp.patch("/<uuid:pickup_id>")
@blp.requires(*PLANNERS)
@blp.arguments(ChangePickupSchema)
@blp.response(200, PickupSchema)
@blp.raises(NotFound, PickupStateForbids, ContactErased, ContactOfAnotherCustomer, WindowImpossible)
@blp.edits
@blp.versioned
def change_pickup(body, pickup_id):
    """Change a pickup's ETA, expected parcels, contact or window."""
    return services.pickups.change(
        session(), pickup_id=pickup_id, changes=body, version=if_match(), by=principal(), now=now()
    )


@blp.post("/<uuid:pickup_id>/assignment")
@blp.requires(*PLANNERS)
@blp.arguments(AssignPickupSchema)
@blp.response(200, PickupSchema)
@blp.raises(NotFound, PickupStateForbids, NotACourier)
@blp.versioned
def assign_pickup(body, pickup_id):
    """Give a pickup to a courier, or to another one; both are told."""
    return services.pickups.assign(session(), pickup_id=pickup_id, **body, by=principal(), now=now())


@blp.post("/<uuid:pickup_id>/rescheduling")
@blp.requires(*PLANNERS)
@blp.arguments(ReschedulePickupSchema)
@blp.response(200, PickupSchema)
@blp.raises(NotFound, PickupStateForbids, WindowImpossible)
@blp.versioned
def reschedule_pickup(body, pickup_id):
    """Move a pickup to another window; the contact is asked again.

    After it was left or missed, a new pickup is booked for the window, linked to it, and returned.
    """
    return services.pickups.reschedule(session(), pickup_id=pickup_id, **body, by=principal(), now=now())


@blp.post("/<uuid:pickup_id>/cancellation")
@blp.requires(*PLANNERS)
@blp.arguments(CancelPickupSchema)
@blp.response(200, PickupSchema)
@blp.raises(NotFound, PickupStateForbids, NothingProposed)
@blp.versioned
def cancel_pickup(body, pickup_id):
    """Call a pickup off, by oneself or because the contact has nothing today; its courier is told."""
    return services.pickups.cancel(session(), pickup_id=pickup_id, **body, by=principal(), now=now())
