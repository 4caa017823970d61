"""A customer's timeline and contact log over HTTP."""

from typing import Any

import marshmallow as ma

from api.domain.contact_log import NewContact
from api.domain.timeline import TimelineFilter
from api.domain.vocabulary import ContactWay, TimelineKind
from api.schemas.base import PageQuerySchema, Schema, page_of
from api.schemas.fields import Day, Instant, Text, Word

WHO = {"description": "The member of staff whose it was: courier, rep, owner of a case, author."}
WHAT = {"description": "A word of that kind's vocabulary: the state of a pickup, the kind of a message ..."}
DETAILS = {"description": "Codes, numbers and ids of that kind of entry."}
DUE = {"description": "By the cadence of the grade; null: never yet, so at once."}


class LogContactSchema(Schema):
    way = Word(ContactWay, required=True)
    contact_id = ma.fields.UUID(allow_none=True)
    note = Text(max_length=4000, lines=True, allow_none=True)
    happened_at = Instant(allow_none=True, metadata={"description": "Now, unless given; within 31 days."})

    @ma.post_load
    def to_contact(self, values: dict[str, Any], **_: Any) -> NewContact:
        return NewContact(**values)


class LoggedContactSchema(Schema):
    id = ma.fields.UUID(required=True)
    customer_id = ma.fields.UUID(required=True)
    contact_id = ma.fields.UUID(required=True, allow_none=True)
    staff_id = ma.fields.UUID(required=True)
    way = Word(ContactWay, required=True)
    note = ma.fields.String(required=True, allow_none=True)
    happened_at = Instant(required=True)
    logged_at = Instant(required=True)


class DuesSchema(Schema):
    visit_due_on = Day(required=True, allow_none=True, metadata=DUE)
    contact_due_on = Day(required=True, allow_none=True, metadata=DUE)


class TimelineQuerySchema(PageQuerySchema):
    kind = Word(TimelineKind)
    since = Instant()
    before = Instant()

    @ma.post_load
    def to_filter(self, values: dict[str, Any], **_: Any) -> dict[str, Any]:
        narrowing = {name: values.pop(name, None) for name in ("kind", "since", "before")}
        return {**values, "only": TimelineFilter(**narrowing)}


class TimelineEntrySchema(Schema):
    kind = Word(TimelineKind, required=True)
    id = ma.fields.UUID(required=True, metadata={"description": "Of the pickup, wait, case ... itself."})
    at = Instant(required=True)
    what = ma.fields.String(required=True, metadata=WHAT)
    who_id = ma.fields.UUID(required=True, allow_none=True, metadata=WHO)
    details = ma.fields.Dict(keys=ma.fields.String(), required=True, metadata=DETAILS)
    text = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "What somebody wrote there."}
    )


LoggedContactPageSchema = page_of(LoggedContactSchema)
TimelinePageSchema = page_of(TimelineEntrySchema)
