"""Batches of field events: the envelope is checked as a whole, each event by itself."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields

from api.domain.errors import Invalid
from api.domain.field_event import (
    MAY_NAME_PROOFS,
    MOST_EVENTS,
    Envelope,
    EventDetails,
    FieldEvent,
    TooManyEvents,
    UnreadableEvent,
)
from api.domain.geofence import Place, Position
from api.domain.pickup_flow import ConflictReason
from api.domain.proofs import MOST_PER_EVENT
from api.domain.vocabulary import EventOutcome, FieldEventType, WaitCause
from api.schemas.base import ProblemSchema, Schema, ServerNowSchema
from api.schemas.fields import Instant, Latitude, Longitude, Sha256, Text, Whole, Word, YesNo
from api.schemas.waits import WaitSchema

MOST_MILLISECONDS = 2**53  # What every JSON reader keeps exactly.


class PositionSchema(Schema):
    latitude = Latitude(required=True)
    longitude = Longitude(required=True)
    accuracy_m = fields.Float(allow_nan=False, validate=ma.validate.Range(0, 1_000_000), allow_none=True)
    mock = YesNo(allow_none=True)

    @ma.post_load
    def make(self, data: dict[str, Any], **_: Any) -> Position:
        place = Place(data["latitude"], data["longitude"])
        return Position(place, data.get("accuracy_m"), data.get("mock"))


class EventDetailsSchema(Schema):
    """What some events say besides."""

    cause = Word(
        WaitCause, allow_none=True, metadata={"description": "With `left`: why nothing was collected."}
    )
    parcels = Whole(0, 100_000, allow_none=True, metadata={"description": "With `collected`: how many."})
    override_reason = Text(
        max_length=40,
        allow_none=True,
        validate=[ma.validate.Regexp(r"^[a-z_]+$")],
        metadata={"description": "A code for why the courier acts far from the site."},
    )

    proofs = fields.List(
        Sha256(),
        validate=ma.validate.Length(max=MOST_PER_EVENT),
        metadata={"description": "Photos or signatures, sent by `PUT /v1/proofs/{sha256}` before or after."},
    )

    @ma.post_load
    def make(self, data: dict[str, Any], **_: Any) -> EventDetails:
        # A picture that is named twice is named once.
        return EventDetails(**data | {"proofs": tuple(dict.fromkeys(data.get("proofs", ())))})


class FieldEventSchema(Schema):
    """One fact made on the phone. `event_id` makes it safe to send again."""

    event_id = fields.UUID(required=True)
    pickup_id = fields.UUID(required=True)
    type = Word(FieldEventType, required=True)
    occurred_at = Instant(required=True, metadata={"description": "The phone's wall clock."})
    boot_id = Text(max_length=64, min_length=1, allow_none=True)
    monotonic_ms = Whole(0, MOST_MILLISECONDS, allow_none=True)
    seq = Whole(0, MOST_MILLISECONDS, allow_none=True)
    position = fields.Nested(PositionSchema, allow_none=True)
    data = fields.Nested(EventDetailsSchema, allow_none=True)

    @ma.validates_schema
    def check_proofs(self, data: dict[str, Any], **_: Any) -> None:
        details = data.get("data")
        if details and details.proofs and data["type"] not in MAY_NAME_PROOFS:
            raise ma.ValidationError({"data": {"proofs": ["Not with an event of this type."]}})

    @ma.post_load
    def make(self, data: dict[str, Any], **_: Any) -> FieldEvent:
        details = data.pop("data", None) or EventDetails()
        return FieldEvent(**data, details=details)


class EachByItself(fields.List[Any]):
    """A list whose bad items do not spoil the good ones: they are handed on as `UnreadableEvent`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        if len(value) > MOST_EVENTS:
            raise TooManyEvents()
        return [self._read(item, **kwargs) for item in value]

    def _read(self, item: Any, **kwargs: Any) -> FieldEvent | UnreadableEvent:
        try:
            event: FieldEvent = self.inner.deserialize(item, **kwargs)
            return event
        except ma.ValidationError as error:
            wrong = error.messages if isinstance(error.messages, dict) else {"_schema": error.messages}
            return UnreadableEvent(_id_of(item), Invalid(wrong))


class SendFieldEventsSchema(Schema):
    """The envelope is stamped again at each attempt to send: by it the events' times are corrected."""

    sent_at = Instant(required=True)
    boot_id = Text(max_length=64, min_length=1, allow_none=True)
    monotonic_ms = Whole(0, MOST_MILLISECONDS, allow_none=True)
    events = EachByItself(
        fields.Nested(FieldEventSchema), required=True, validate=ma.validate.Length(max=MOST_EVENTS)
    )

    @ma.post_load
    def make(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        events = data.pop("events")
        return {"envelope": Envelope(**data), "events": events}


class AsTold(fields.Nested):
    """Documented like a nested schema, but sent word for word as it was stored."""

    def serialize(self, attr: str, obj: Any, accessor: Any = None, **_: Any) -> Any:
        return self.get_value(obj, attr, accessor)


class WordAsTold(Word):
    """A word that comes out of storage as the text it is sent as."""

    def serialize(self, attr: str, obj: Any, accessor: Any = None, **_: Any) -> Any:
        return self.get_value(obj, attr, accessor)


class EventResultSchema(Schema):
    event_id = fields.String(
        required=True, allow_none=True, metadata={"description": "As sent; null when it could not be read."}
    )
    outcome = Word(EventOutcome, required=True)
    original_outcome = WordAsTold(
        EventOutcome, metadata={"description": "Of a duplicate: what became of it the first time."}
    )
    conflict = WordAsTold(
        ConflictReason, metadata={"description": "Why the event is kept, yet changes nothing."}
    )
    wait = AsTold(WaitSchema, metadata={"description": "The wait as the event left it."})
    needs_override_reason = fields.Boolean(
        metadata={
            "description": "True when the place is doubtful: ask the courier why, and send `arrived` again, "
            "as a new event, with his `override_reason`. Nothing is refused for it."
        }
    )
    problem = AsTold(ProblemSchema, metadata={"description": "Of a rejected event: why."})


class FieldEventResultsSchema(ServerNowSchema):
    """One result for each event, in the order in which they were sent."""

    results = fields.List(fields.Nested(EventResultSchema), required=True)


def _id_of(item: Any) -> str | None:
    """Return an unreadable item's id, so that the phone knows which one to drop."""
    event_id = item.get("event_id") if isinstance(item, Mapping) else None
    try:
        return str(UUID(event_id)) if isinstance(event_id, str) else None
    except ValueError:
        return None
