"""Signing in and out."""

import marshmallow as ma

from api.schemas.base import Schema
from api.schemas.fields import Instant, Phone, Text
from api.schemas.staff import StaffSchema


class SignInSchema(Schema):
    phone = Phone(required=True)
    password = ma.fields.String(required=True, load_only=True, validate=ma.validate.Length(1, 128))
    installation_id = Text(
        min_length=8, max_length=64, required=True, metadata={"description": "Made once by the app."}
    )


class RefreshSchema(Schema):
    refresh_token = ma.fields.String(required=True, load_only=True, validate=ma.validate.Length(1, 200))


class ChangePasswordSchema(Schema):
    old_password = ma.fields.String(required=True, load_only=True, validate=ma.validate.Length(1, 128))
    new_password = ma.fields.String(required=True, load_only=True, validate=ma.validate.Length(8, 128))


class ConfirmSchema(Schema):
    password = ma.fields.String(required=True, load_only=True, validate=ma.validate.Length(1, 128))


class ConfirmationSchema(Schema):
    confirmed_until = Instant(required=True, metadata={"description": "Of this session alone."})


class SignedInSchema(Schema):
    access_token = ma.fields.String(required=True)
    token_type = ma.fields.String(required=True)
    expires_in = ma.fields.Integer(required=True, metadata={"description": "Seconds the access token lives."})
    refresh_token = ma.fields.String(required=True)
    staff = ma.fields.Nested(StaffSchema, required=True)
