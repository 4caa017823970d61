"""JSON as we accept it: no duplicate keys, no NaN or infinity, no NUL, no lone surrogate, no deep nesting.

Each of these is read differently by different programs, or breaks a database; so none gets in.
"""

import json
import math
from typing import Any

import orjson
from flask import Response
from flask.json.provider import DefaultJSONProvider

MAX_DEPTH = 32
TOO_DEEP = "nested too deeply"


class StrictJson(DefaultJSONProvider):
    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Raise ValueError for anything two readers could understand differently."""
        text = s.decode("utf-8") if isinstance(s, bytes) else s
        if text.startswith("\ufeff"):
            raise ValueError("a byte order mark")
        try:
            value = json.loads(
                text,
                object_pairs_hook=_unique,
                parse_constant=_refuse_constant,
                parse_float=_finite,
                **kwargs,
            )
        except RecursionError:
            raise ValueError(TOO_DEEP) from None
        # Looking at every value costs time, so only where something in the text gives cause for it.
        if "\\u" in text or text.count("[") + text.count("{") > MAX_DEPTH:
            _refuse_within(value, depth=1)
        return value

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Write an answer. The OpenAPI file has a layout and is written by `dumps`."""
        body = self._prepare_response_obj(args, kwargs)
        text = orjson.dumps(body, default=self.default, option=orjson.OPT_NON_STR_KEYS)
        return Response(text, mimetype=self.mimetype)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("the same key twice in one object")
    return made


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number beyond all bounds")
    return number


def _refuse_within(value: Any, depth: int) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("a NUL character")
        value.encode("utf-8")  # raises UnicodeEncodeError, a ValueError, on a lone surrogate
        return
    if not isinstance(value, list | dict):
        return
    if depth > MAX_DEPTH:
        raise ValueError(TOO_DEEP)
    for item in value:  # the keys of an object
        _refuse_within(item, depth + 1)
    if isinstance(value, dict):
        for item in value.values():
            _refuse_within(item, depth + 1)
