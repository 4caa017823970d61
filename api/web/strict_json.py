"""JSON as we accept it: no duplicate keys, no NaN or infinity, no NUL, no lone surrogate, no deep nesting.

Each of these is read differently by different programs, or breaks a database; so none gets in.
"""

import json
import math
from typing import Any

import orjson
from flask.json.provider import DefaultJSONProvider

MAX_DEPTH = 32


class StrictJson(DefaultJSONProvider):
    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Raise ValueError for anything two readers could understand differently."""
        text = s.decode("utf-8") if isinstance(s, bytes) else s
        if text.startswith("\ufeff"):
            raise ValueError("a byte order mark")
        _refuse_depth(text)
        value = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite, **kwargs
        )
        lowered = text.lower()
        if "\\u0000" in lowered or "\\ud" in lowered:
            _refuse_characters(value)
        return value

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        # orjson for answers; the standard library where a layout is asked for (the OpenAPI file).
        if kwargs:
            return super().dumps(obj, **kwargs)
        return orjson.dumps(obj, default=self.default).decode()


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


def _refuse_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth, in_string, escaped = 0, False, False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError("nested too deeply")
        elif character in "]}":
            depth -= 1


def _refuse_characters(value: Any) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("a NUL character")
        value.encode("utf-8")  # raises UnicodeEncodeError, a ValueError, on a lone surrogate
    elif isinstance(value, list):
        for item in value:
            _refuse_characters(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_characters(key)
            _refuse_characters(item)
