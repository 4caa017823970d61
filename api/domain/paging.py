"""Keyset paging: a cursor names the last row that was seen, so pages stay true while rows come and go."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from api.domain.errors import Invalid

T = TypeVar("T")

MAX_LIMIT = 200


@dataclass(frozen=True, slots=True)
class PageRequest:
    """At most `limit` rows after the row whose sort keys are `after` (None: from the start)."""

    limit: int = 50
    after: tuple[str, ...] | None = None

    @classmethod
    def parse(cls, cursor: str | None, limit: int) -> Self:
        """Raise `Invalid` for a cursor that was never ours."""
        return cls(min(limit, MAX_LIMIT), None if cursor is None else decode_cursor(cursor))


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    items: Sequence[T]
    next_cursor: str | None


def encode_cursor(keys: Sequence[str]) -> str:
    return urlsafe_b64encode(json.dumps(list(keys)).encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str) -> tuple[str, ...]:
    """Raise `Invalid` for anything that `encode_cursor` did not make."""
    try:
        keys = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        raise Invalid({"cursor": ["Not a cursor of this list."]}) from None
    if not isinstance(keys, list) or not all(isinstance(key, str) and _is_storable(key) for key in keys):
        raise Invalid({"cursor": ["Not a cursor of this list."]})
    return tuple(keys)


def _is_storable(key: str) -> bool:
    """Tell whether a database takes the text: no NUL, no half of a character."""
    return "\0" not in key and not any("\ud800" <= sign <= "\udfff" for sign in key)
