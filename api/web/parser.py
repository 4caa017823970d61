"""How bodies and query strings are read: strictly, with one kind of refusal for whatever does not fit."""

from typing import Any, NoReturn

import marshmallow as ma
from flask import Request
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from api.domain.errors import Invalid


class HouseParser(FlaskParser):
    # None: the schema's own rule holds, and house schemas refuse what they do not know.
    DEFAULT_UNKNOWN_BY_LOCATION = dict.fromkeys(FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION)

    def load_json(self, req: Request, schema: Any) -> Any:
        if not req.get_data():
            return {}
        if not req.is_json:
            raise UnsupportedMediaType("The body must be application/json.")
        return req.json

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        repeated = [name for name, values in req.args.lists() if len(values) > 1]
        if repeated:
            raise Invalid({name: ["Given more than once."] for name in repeated})
        if any("\0" in text for pair in req.args.items() for text in pair):
            raise BadRequest("The query string has a NUL character.")
        return super().load_querystring(req, schema)

    def handle_error(self, error: ma.ValidationError, req: Request, schema: Any, **_: Any) -> NoReturn:
        # webargs groups messages by location; a caller knows where he put what.
        messages = error.messages
        assert isinstance(messages, dict)
        fields: dict[str, Any] = {}
        for found in messages.values():
            fields.update(found if isinstance(found, dict) else {"_schema": found})
        raise Invalid({str(name): reason for name, reason in fields.items()})
