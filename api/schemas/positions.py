"""Where couriers are."""

from typing import Any

import marshmallow as ma

from api.domain.geofence import Place, Position
from api.domain.positions import MOST_POSITIONS, SeenPosition
from api.schemas.base import Schema, ServerNowSchema
from api.schemas.fields import Instant, Latitude, Longitude, YesNo

FURTHEST_OFF_M = 1_000_000.0


class SeenPositionSchema(Schema):
    at = Instant(required=True)
    latitude = Latitude(required=True)
    longitude = Longitude(required=True)
    accuracy_m = ma.fields.Float(
        allow_nan=False, allow_none=True, validate=ma.validate.Range(0, FURTHEST_OFF_M)
    )
    mock = YesNo(allow_none=True, metadata={"description": "The phone's own flag for a made-up place."})

    @ma.post_load
    def make(self, data: dict[str, Any], **_: Any) -> SeenPosition:
        place = Place(data["latitude"], data["longitude"])
        return SeenPosition(data["at"], Position(place, data.get("accuracy_m"), data.get("mock")))


class SendPositionsSchema(Schema):
    positions = ma.fields.List(
        ma.fields.Nested(SeenPositionSchema), required=True, validate=ma.validate.Length(1, MOST_POSITIONS)
    )


class PositionsTakenSchema(ServerNowSchema):
    accepted = ma.fields.Integer(required=True)
    ignored = ma.fields.Integer(
        required=True, metadata={"description": "Outside your shift, doubled, or in the future."}
    )


class CourierSeenSchema(Schema):
    courier_id = ma.fields.UUID(required=True)
    at = Instant(required=True, attribute="position.taken_at")
    latitude = ma.fields.Float(required=True, attribute="position.latitude")
    longitude = ma.fields.Float(required=True, attribute="position.longitude")
    accuracy_m = ma.fields.Float(required=True, allow_none=True, attribute="position.accuracy_m")
    mock = ma.fields.Boolean(required=True, allow_none=True, attribute="position.mock")


class CouriersSeenSchema(ServerNowSchema):
    items = ma.fields.List(ma.fields.Nested(CourierSeenSchema), required=True)
