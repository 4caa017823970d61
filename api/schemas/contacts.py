"""Contacts over HTTP: phone numbers and e-mails leave masked, unless somebody entitled asks for them."""

from typing import Any

import marshmallow as ma

from api.domain.audit import LONGEST_REASON
from api.domain.contacts import ContactDraft, masked_email
from api.domain.phone import masked
from api.domain.vocabulary import ContactChannel, Locale
from api.schemas.base import PageQuerySchema, Schema, page_of
from api.schemas.fields import Day, Instant, Phone, Text, TimeOfDay, Word, YesNo

LONGEST_EMAIL = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets.


class AddContactSchema(Schema):
    name = Text(min_length=1, max_length=120, required=True)
    phone = Phone(allow_none=True)
    email = Text(max_length=LONGEST_EMAIL, allow_none=True, validate=[ma.validate.Email()])
    locale = Word(Locale, metadata={"description": "The branch's, unless given."})
    birthday = Day(allow_none=True)
    wants_back = YesNo(
        metadata={"description": "He had asked to be forgotten, and now asks to be entered again."}
    )

    @ma.post_load
    def to_draft(self, values: dict[str, Any], **_: Any) -> ContactDraft:
        return ContactDraft(**values)


class ChangeContactSchema(Schema):
    name = Text(min_length=1, max_length=120)
    phone = Phone(allow_none=True)
    email = Text(max_length=LONGEST_EMAIL, allow_none=True, validate=[ma.validate.Email()])
    locale = Word(Locale)
    birthday = Day(allow_none=True)
    opted_out = YesNo(metadata={"description": "Whether he gets no messages; on his word."})
    preferred_channel = Word(ContactChannel, attribute="channel", allow_none=True)
    hours_start = TimeOfDay(allow_none=True)
    hours_end = TimeOfDay(allow_none=True)
    wants_back = YesNo(
        metadata={"description": "He had asked to be forgotten, and now asks to be entered again."}
    )


class ContactQuerySchema(PageQuerySchema):
    phone = Phone(required=True)


class ContactSchema(Schema):
    id = ma.fields.UUID(required=True)
    customer_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    phone: ma.fields.Field[Any] = ma.fields.Function(
        lambda contact: contact.phone and masked(contact.phone),
        required=True,
        metadata={"type": ["string", "null"], "example": "+86*******0001"},
    )
    email: ma.fields.Field[Any] = ma.fields.Function(
        lambda contact: contact.email and masked_email(contact.email),
        required=True,
        metadata={"type": ["string", "null"], "example": "l***@example.com"},
    )
    locale = Word(Locale, required=True)
    birthday = ma.fields.Date(required=True, allow_none=True)
    opted_out_at = Instant(required=True, allow_none=True)
    preferred_channel = Word(ContactChannel, required=True, allow_none=True)
    hours_start = TimeOfDay(
        required=True,
        allow_none=True,
        metadata={"description": "When he may be written to, local to the branch; null: the branch's hours."},
    )
    hours_end = TimeOfDay(required=True, allow_none=True)
    undeliverable = ma.fields.List(
        Word(ContactChannel),
        required=True,
        metadata={"description": "Channels whose address leads nowhere, until it is entered anew."},
    )
    created_at = Instant(required=True)
    erased_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "Since when nothing is known of the person; the name is empty then."},
    )
    version = ma.fields.Integer(required=True)


class ShowContactSchema(Schema):
    reason = Text(
        min_length=1,
        max_length=LONGEST_REASON,
        metadata={"description": "Why you need to see it; needed unless the contact's pickup is running."},
    )


class UnmaskedContactSchema(ContactSchema):
    phone = ma.fields.String(required=True, allow_none=True)
    email = ma.fields.String(required=True, allow_none=True)


class RevealedContactSchema(Schema):
    name = ma.fields.String(required=True, metadata={"description": "The family name."})
    phone = ma.fields.String(required=True, allow_none=True)


ContactPageSchema = page_of(ContactSchema)
