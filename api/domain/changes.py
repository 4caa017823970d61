"""The feed of changes: how far a phone has read, and when it has to start over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from api.domain.errors import Gone, Invalid
from api.domain.paging import decode_cursor, encode_cursor

KEPT_FOR = timedelta(days=30)
DROPPED_AFTER = KEPT_FOR + timedelta(hours=1)
"""Later than a cursor ends, so that a reader who is just in time misses nothing."""

LARGEST_NUMBER = 2**63 - 1


class CursorTooOld(Gone):
    """Changes are kept for 30 days, and each reader has his own: start over without a cursor."""

    code = "cursor_too_old"


@dataclass(frozen=True, slots=True, order=True)
class FeedPosition:
    """A place in the feed: the writing transaction, then the row's number. Both begin at 0."""

    transaction: int
    number: int


@dataclass(frozen=True, slots=True)
class FeedCursor:
    """How far a reader has come.

    Everything up to `position` has been read, and that was all there was at `seen_at`. While the present
    state is still being handed out, `rest` names the last pickup shown.
    """

    reader: str
    position: FeedPosition
    seen_at: datetime
    rest: tuple[str, ...] | None = None

    @classmethod
    def parse(cls, text: str, *, reader: str, now: datetime) -> FeedCursor:
        """Read what `encode` wrote.

        Raises Invalid for what never was a cursor, CursorTooOld for another reader's and after 30 days.
        """
        try:
            whose, transaction, number, seen_at, *rest = decode_cursor(text)
            position = FeedPosition(_whole(transaction), _whole(number))
            cursor = cls(whose, position, datetime.fromisoformat(seen_at), tuple(rest) or None)
            is_old = cursor.seen_at < now - KEPT_FOR
        except (ValueError, TypeError):
            raise Invalid({"cursor": ["Not a cursor of this feed."]}) from None
        if is_old or whose != reader:
            raise CursorTooOld()
        return cursor

    def encode(self) -> str:
        position = (str(self.position.transaction), str(self.position.number))
        return encode_cursor([self.reader, *position, self.seen_at.isoformat(), *(self.rest or ())])

    def at(self, position: FeedPosition, *, seen_at: datetime) -> FeedCursor:
        """Return the cursor moved on to `position`; the present state has been handed out by then."""
        return replace(self, position=position, seen_at=seen_at, rest=None)


def _whole(text: str) -> int:
    number = int(text)
    if not 0 <= number <= LARGEST_NUMBER:
        raise ValueError(text)
    return number
