"""One's own shift."""

from api.schemas.base import Schema, ServerNowSchema
from api.schemas.fields import Instant, YesNo


class SwitchShiftSchema(Schema):
    on = YesNo(required=True)


class ShiftSchema(ServerNowSchema):
    on = YesNo(required=True, metadata={"description": "A shift that nobody ends is over after 16 hours."})
    started_at = Instant(required=True, allow_none=True)
