"""Kinds of notices that go to the inbox only."""

import marshmallow as ma

from api.domain.notice_kinds import NoticeKind
from api.schemas.base import Schema
from api.schemas.fields import Instant, Word


class PausedKindSchema(Schema):
    kind = Word(NoticeKind, required=True)
    reason = ma.fields.String(required=True)
    paused_at = Instant(required=True)


class PausedKindsSchema(Schema):
    items = ma.fields.List(ma.fields.Nested(PausedKindSchema), required=True)
