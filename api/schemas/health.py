"""Answers of the health checks."""

import marshmallow as ma

from api.domain.vocabulary import Channel
from api.schemas.base import Schema
from api.schemas.fields import Word


class LiveSchema(Schema):
    status = ma.fields.String(required=True)


class ReadySchema(Schema):
    status = ma.fields.String(required=True)
    revision = ma.fields.String(required=True)


class WorkSchema(Schema):
    """Seconds by which the oldest due row is late; 0 when nothing is overdue."""

    oldest_overdue_timer_seconds = ma.fields.Float(required=True)
    oldest_overdue_notice_seconds = ma.fields.Float(
        required=True, metadata={"description": "Without what waits on a paused channel."}
    )
    jobs_silent_seconds = ma.fields.Float(
        required=True, metadata={"description": "Since the jobs last said that they run."}
    )
    paused_channels = ma.fields.List(Word(Channel), required=True)
    refused_channels = ma.fields.List(
        Word(Channel),
        required=True,
        metadata={"description": "Where our credentials are refused: nothing leaves until they are mended."},
    )
    rate_limits_blind = ma.fields.Boolean(
        required=True,
        metadata={"description": "This process cannot share its counts of requests with the others."},
    )
