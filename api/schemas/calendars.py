"""Calendar links, and a branch's own working days, over HTTP."""

import marshmallow as ma

from api.domain.working_days import DayKind
from api.schemas.base import Schema
from api.schemas.fields import Day, Instant, Text, Word, YesNo


class CalendarAddressSchema(Schema):
    url = ma.fields.String(
        required=True, metadata={"description": "To subscribe to. Whoever has it reads the calendar."}
    )
    created_at = Instant(required=True)


class WorkingDaySchema(Schema):
    """`kind` says why: the usual week, a public holiday, a day that makes up for one, the branch's wish."""

    day_on = Day(required=True)
    is_worked = ma.fields.Boolean(required=True)
    kind = Word(DayKind, required=True)
    note = ma.fields.String(required=True, allow_none=True)


class WorkingDaysSchema(Schema):
    """Every day of the period: a quarter at most, so this needs no pages."""

    region = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Whose public holidays are kept."}
    )
    items = ma.fields.List(ma.fields.Nested(WorkingDaySchema), required=True)


class SetWorkingDaySchema(Schema):
    day_on = Day(required=True)
    is_worked = YesNo(
        required=True,
        allow_none=True,
        metadata={"description": "null: as the usual week and the public holidays have it."},
    )
    note = Text(max_length=80, load_default=None, allow_none=True)
