"""Sites over HTTP."""

from typing import Any

import marshmallow as ma

from api.domain.sites import LARGEST_RADIUS_M, MOST_PAPERS, SMALLEST_RADIUS_M, SiteDraft
from api.schemas.base import Schema, page_of
from api.schemas.fields import Instant, Latitude, Longitude, Text, WaitLimit, Whole


class Papers(ma.fields.List[str]):
    """Short names of the papers that go along from a site; null where none are listed."""

    def __init__(self, **options: Any) -> None:
        name = Text(min_length=1, max_length=40)
        super().__init__(name, validate=ma.validate.Length(1, MOST_PAPERS), allow_none=True, **options)


class AddSiteSchema(Schema):
    name = Text(min_length=1, max_length=200, required=True)
    address = Text(min_length=1, max_length=500, required=True)
    latitude = Latitude(required=True)
    longitude = Longitude(required=True)
    radius_m = Whole(
        SMALLEST_RADIUS_M,
        LARGEST_RADIUS_M,
        metadata={"description": "How far 'at the site' reaches; the branch's policy, unless given."},
    )
    wait_limit_seconds = WaitLimit(
        metadata={"description": "At this site; the customer's limit, unless given."}
    )
    papers = Papers(metadata={"description": 'The contact sees them beside the tick "papers printed".'})

    @ma.post_load
    def to_draft(self, values: dict[str, Any], **_: Any) -> SiteDraft:
        return SiteDraft(**values)


class ChangeSiteSchema(Schema):
    name = Text(min_length=1, max_length=200)
    address = Text(min_length=1, max_length=500)
    latitude = Latitude()
    longitude = Longitude()
    radius_m = Whole(SMALLEST_RADIUS_M, LARGEST_RADIUS_M)
    wait_limit_seconds = WaitLimit()
    papers = Papers()


class SiteSchema(Schema):
    id = ma.fields.UUID(required=True)
    customer_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    address = ma.fields.String(required=True)
    latitude = ma.fields.Float(required=True)
    longitude = ma.fields.Float(required=True)
    radius_m = ma.fields.Integer(required=True)
    wait_limit_seconds = ma.fields.Integer(required=True, allow_none=True)
    papers = ma.fields.List(ma.fields.String(), required=True, allow_none=True)
    created_at = Instant(required=True)
    version = ma.fields.Integer(required=True)


SitePageSchema = page_of(SiteSchema)
