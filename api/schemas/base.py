"""The house Schema, the body of every refusal, and the shape of a page of a list."""

from typing import Any, Self

import marshmallow as ma

from api.domain.paging import MAX_LIMIT
from api.schemas.fields import Text


class Schema(ma.Schema):
    """Refuses what it does not know, so that a mistyped field is never lost in silence."""

    class Meta:
        unknown = ma.RAISE

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        """Stay the one it is: views are described by schemas, which never change, in what is often copied."""
        return self


class ProblemSchema(Schema):
    """RFC 9457. `code` is stable: apps switch on it."""

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    code = ma.fields.String(required=True)
    detail = ma.fields.String(required=True)
    errors = ma.fields.Dict(keys=ma.fields.String(), metadata={"description": "What is wrong, by field."})
    request_id = ma.fields.String(allow_none=True)

    class Meta:
        unknown = ma.INCLUDE


class PageQuerySchema(Schema):
    """Every list takes these; subclasses add their filters."""

    cursor = Text(max_length=500, metadata={"description": "From `next` of the page before."})
    limit = ma.fields.Integer(load_default=50, validate=ma.validate.Range(1, MAX_LIMIT))


class ServerNowSchema(Schema):
    """Whatever shows a countdown draws it against our clock."""

    server_now = ma.fields.AwareDateTime(required=True)


def page_of(item: type[ma.Schema]) -> type[ma.Schema]:
    """Return the schema of one page of such items."""
    name = item.__name__.removesuffix("Schema")
    members: dict[str, Any] = {
        "items": ma.fields.List(ma.fields.Nested(item), required=True),
        "next": ma.fields.String(
            required=True,
            allow_none=True,
            metadata={"description": "Path of the next page; null at the end."},
        ),
    }
    return type(f"{name}PageSchema", (Schema,), members)
