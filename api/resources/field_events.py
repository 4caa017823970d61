"""What couriers' phones report."""

from typing import Any

from api import services
from api.domain.field_event import TooManyEvents
from api.domain.rate_limits import FIELD_WORK
from api.domain.vocabulary import Role
from api.schemas.field_events import FieldEventResultsSchema, SendFieldEventsSchema
from api.services.field_events import EventResult
from api.web.blueprint import Blueprint
from api.web.context import now, principal, session
from api.web.errors import problem_of

blp = Blueprint(
    "field-events", __name__, url_prefix="/v1/field-events", description="What couriers' phones report."
)


@blp.post("")
@blp.requires(Role.COURIER)
@blp.within(FIELD_WORK)
@blp.arguments(SendFieldEventsSchema)
@blp.response(200, FieldEventResultsSchema)
@blp.raises(TooManyEvents)
def send_field_events(body):
    """Send what happened, as often as you like: each event counts once.

    Up to 500 events and 1 MB, also as gzip. Always 200 for a readable envelope; each event has its own
    outcome, and a rejected one the problem that it would have been answered with alone.
    """
    results = services.field_events.take_in(session(), **body, by=principal(), now=now())
    return {"server_now": now(), "results": [_shown(result) for result in results]}


def _shown(result: EventResult) -> dict[str, Any]:
    problem = {"problem": problem_of(result.refusal)} if result.refusal else {}
    return {"event_id": result.event_id, **result.told, "outcome": result.outcome, **problem}
