"""Staff members, their sessions and machine accounts' keys."""

import marshmallow as ma

from api.domain.phone import masked
from api.domain.vocabulary import Locale, Role
from api.schemas.base import PageQuerySchema, Schema
from api.schemas.fields import Instant, Phone, Text, TimeZone, Word


class StaffSchema(Schema):
    id = ma.fields.UUID(required=True)
    branch_id = ma.fields.UUID(required=True)
    role = Word(Role, required=True)
    name = ma.fields.String(required=True)
    phone = ma.fields.Function(
        lambda member: masked(member.phone) if member.phone else None,
        required=True,
        metadata={"type": ["string", "null"], "description": "Masked."},
    )
    locale = Word(Locale, required=True)
    timezone = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Where he works; null: where the branch is."}
    )
    deactivated_at = Instant(required=True, allow_none=True)
    created_at = Instant(required=True)
    erased_at = Instant(
        required=True, allow_none=True, metadata={"description": "Since when nothing is known of the person."}
    )
    version = ma.fields.Integer(required=True)


class StaffQuerySchema(PageQuerySchema):
    role = Word(Role, load_default=None)


class HireStaffSchema(Schema):
    role = Word(Role, required=True)
    name = Text(min_length=1, max_length=80, required=True)
    phone = Phone(load_default=None, allow_none=True)
    password = ma.fields.String(
        load_default=None, allow_none=True, load_only=True, validate=ma.validate.Length(8, 128)
    )
    locale = Word(Locale, load_default=None, allow_none=True)

    @ma.validates_schema
    def people_sign_in(self, data: dict[str, object], **_: object) -> None:
        is_machine = data.get("role") is Role.INTEGRATION
        reason = "Machine accounts have API keys instead." if is_machine else "People sign in with it."
        wrong = {name: [reason] for name in ("phone", "password") if bool(data.get(name)) is is_machine}
        if wrong:
            raise ma.ValidationError(wrong)


class ChangeStaffSchema(Schema):
    role = Word(Role)
    name = Text(min_length=1, max_length=80)
    phone = Phone()
    locale = Word(Locale)
    timezone = TimeZone(allow_none=True)


class ChangeMyselfSchema(Schema):
    name = Text(min_length=1, max_length=80)
    locale = Word(Locale)
    timezone = TimeZone(allow_none=True)


class ResetPasswordSchema(Schema):
    password = ma.fields.String(required=True, load_only=True, validate=ma.validate.Length(8, 128))


class StaffSessionSchema(Schema):
    id = ma.fields.UUID(required=True)
    installation_id = ma.fields.String(required=True)
    created_at = Instant(required=True)
    refreshed_at = Instant(required=True)


class StaffSessionsSchema(Schema):
    """All of them: a person has a handful of phones, so this list needs no pages."""

    items = ma.fields.List(ma.fields.Nested(StaffSessionSchema), required=True)


class MakeApiKeySchema(Schema):
    label = Text(min_length=1, max_length=120, required=True)


class ApiKeySchema(Schema):
    id = ma.fields.UUID(required=True)
    label = ma.fields.String(required=True)
    created_at = Instant(required=True)


class ApiKeysSchema(Schema):
    """All of them: a machine account has a key or two."""

    items = ma.fields.List(ma.fields.Nested(ApiKeySchema), required=True)


class NewApiKeySchema(ApiKeySchema):
    key = ma.fields.String(required=True, metadata={"description": "Shown this once."})
