"""The feed of changes, from which a phone keeps its copy of the day."""

import marshmallow as ma

from api.domain.paging import MAX_LIMIT
from api.domain.vocabulary import ChangeKind
from api.schemas.base import PageQuerySchema, Schema, ServerNowSchema
from api.schemas.fields import Text, Word
from api.schemas.notices import NoticeSchema
from api.schemas.pickups import PickupSchema
from api.schemas.waits import WaitSchema


class ChangesQuerySchema(PageQuerySchema):
    cursor = Text(
        max_length=500, metadata={"description": "From the answer before; without it, your work of today."}
    )
    limit = ma.fields.Integer(load_default=MAX_LIMIT, validate=ma.validate.Range(1, MAX_LIMIT))


class ChangeSchema(Schema):
    kind = Word(ChangeKind, required=True)
    id = ma.fields.UUID(required=True)
    gone = ma.fields.Boolean(
        required=True, metadata={"description": "Not yours to see, or no longer: forget your copy."}
    )
    pickup = ma.fields.Nested(PickupSchema, required=True, allow_none=True)
    wait = ma.fields.Nested(WaitSchema, required=True, allow_none=True)
    notice = ma.fields.Nested(NoticeSchema, required=True, allow_none=True)


class ChangesSchema(ServerNowSchema):
    """Each thing stands here as it is now, whole: of `pickup`, `wait` and `notice` its kind is filled."""

    items = ma.fields.List(ma.fields.Nested(ChangeSchema), required=True)
    cursor = ma.fields.String(
        required=True, metadata={"description": "Keep it, and send it with the next call."}
    )
    has_more = ma.fields.Boolean(required=True, metadata={"description": "Call again at once."})
