"""Phones that receive pushes."""

import marshmallow as ma

from api.domain.vocabulary import AddressKind, Platform
from api.schemas.base import Schema
from api.schemas.fields import Instant, Text, Word


class RegisterDeviceSchema(Schema):
    push_address = Text(min_length=8, max_length=4096, required=True)
    address_kind = Word(AddressKind, load_default=AddressKind.TOKEN)
    platform = Word(Platform, required=True)
    app_version = Text(min_length=1, max_length=32, required=True)


class DeviceSchema(Schema):
    installation_id = ma.fields.String(required=True)
    address_kind = Word(AddressKind, required=True)
    platform = Word(Platform, required=True)
    app_version = ma.fields.String(required=True)
    seen_at = Instant(required=True)
