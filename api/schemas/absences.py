"""Absences over HTTP."""

from typing import Any

import marshmallow as ma

from api.domain.absences import NewAbsence
from api.schemas.base import PageQuerySchema, Schema, page_of
from api.schemas.fields import Day, Instant

FIRST_ON = {"description": "The first day away, of the branch."}
LAST_ON = {"description": "The last day away."}


class EnterAbsenceSchema(Schema):
    staff_id = ma.fields.UUID(required=True, metadata={"description": "The sales rep who will be away."})
    stand_in_id = ma.fields.UUID(required=True)
    first_on = Day(required=True, metadata=FIRST_ON)
    last_on = Day(required=True, metadata=LAST_ON)

    @ma.post_load
    def to_absence(self, values: dict[str, Any], **_: Any) -> NewAbsence:
        return NewAbsence(**values)


class AbsenceQuerySchema(PageQuerySchema):
    staff_id = ma.fields.UUID(load_default=None)


class AbsenceSchema(Schema):
    id = ma.fields.UUID(required=True)
    staff_id = ma.fields.UUID(required=True)
    stand_in_id = ma.fields.UUID(required=True)
    first_on = Day(required=True, metadata=FIRST_ON)
    last_on = Day(required=True, metadata=LAST_ON)
    ends_at = Instant(
        required=True, metadata={"description": "Earlier than its days when it was ended early."}
    )
    entered_by_id = ma.fields.UUID(required=True)
    entered_at = Instant(required=True)
    ended_early_at = Instant(required=True, allow_none=True)


AbsencePageSchema = page_of(AbsenceSchema)
