"""Waits at customers' doors: the live view, one pickup's wait, more time, and leaves to be reviewed."""

from api import queries, services
from api.domain.errors import NotFound
from api.domain.vocabulary import Role
from api.domain.wait_ending import WaitNotUnderReview
from api.domain.wait_extension import ExtensionAlreadyAsked, ExtensionNotOpen, ExtensionTooLong
from api.domain.wait_policy import WaitNotRunning
from api.schemas.waits import (
    DecideExtensionSchema,
    RequestExtensionSchema,
    ReviewWaitSchema,
    WaitPageSchema,
    WaitSchema,
    WaitsQuerySchema,
)
from api.web.blueprint import Blueprint
from api.web.context import now, principal, session
from api.web.paging import as_page, page_request

blp = Blueprint("waits", __name__, url_prefix="/v1", description="Waits at customers' doors.")


@blp.get("/waits")
@blp.requires(Role.DISPATCHER, Role.MANAGER)
@blp.arguments(WaitsQuerySchema, location="query")
@blp.response(200, WaitPageSchema)
def list_waits(query):
    """Show the waits of the branch live, the oldest first."""
    page = page_request(query)
    return as_page(
        queries.waits.live(session(), state=query.get("state"), by=principal(), page=page, now=now())
    )


@blp.get("/pickups/<uuid:pickup_id>/wait")
@blp.requires(Role.COURIER, Role.DISPATCHER, Role.MANAGER, Role.SERVICE_AGENT, Role.SALES_REP)
@blp.response(200, WaitSchema)
@blp.raises(NotFound)
def get_wait(pickup_id):
    """Show the newest wait at a pickup, running or over."""
    return queries.waits.of_pickup(session(), pickup_id, by=principal(), now=now())


@blp.post("/waits/<uuid:wait_id>/review")
@blp.requires(Role.DISPATCHER, Role.MANAGER)
@blp.repeatable
@blp.arguments(ReviewWaitSchema)
@blp.response(200, WaitSchema)
@blp.raises(NotFound, WaitNotUnderReview)
def review_wait(body, wait_id):
    """Decide about a leave whose place was not proven: protected, or not."""
    return services.waits.review(
        session(), wait_id=wait_id, protected=body["protected"], by=principal(), now=now()
    )


@blp.post("/pickups/<uuid:pickup_id>/extension")
@blp.requires(Role.COURIER)
@blp.repeatable
@blp.arguments(RequestExtensionSchema)
@blp.response(200, WaitSchema)
@blp.raises(NotFound, WaitNotRunning, ExtensionAlreadyAsked, ExtensionTooLong)
def request_extension(body, pickup_id):
    """Ask for more time at the door, once per wait.

    Granted at once when your next stop allows it; else a dispatcher decides within 60 seconds.
    """
    return services.waits.request_extension(
        session(),
        pickup_id=pickup_id,
        minutes=body["minutes"],
        asked_by="courier",
        by_staff_id=principal().staff_id,
        now=now(),
    )


@blp.post("/pickups/<uuid:pickup_id>/extension/decision")
@blp.requires(Role.DISPATCHER)
@blp.repeatable
@blp.arguments(DecideExtensionSchema)
@blp.response(200, WaitSchema)
@blp.raises(NotFound, WaitNotRunning, ExtensionNotOpen)
def decide_extension(body, pickup_id):
    """Grant or refuse the time that was asked for."""
    return services.waits.decide_extension(
        session(), pickup_id=pickup_id, granted=body["granted"], by=principal(), now=now()
    )
