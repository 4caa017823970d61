"""Cursors of the feed of changes."""

from datetime import timedelta

import pytest

from api.domain.changes import KEPT_FOR, CursorTooOld, FeedCursor, FeedPosition
from api.domain.errors import Invalid
from api.domain.paging import encode_cursor
from tests.fakes import NOW

CURSOR = FeedCursor("courier:1", FeedPosition(812, 77), NOW)


def test_a_cursor_is_read_back_as_it_was_written():
    half_way = FeedCursor("courier:1", FeedPosition(812, 77), NOW, ("2026-11-18T01:30:00+00:00", "b"))

    assert FeedCursor.parse(CURSOR.encode(), reader="courier:1", now=NOW) == CURSOR
    assert FeedCursor.parse(half_way.encode(), reader="courier:1", now=NOW) == half_way


def test_a_cursor_is_good_for_thirty_days():
    assert FeedCursor.parse(CURSOR.encode(), reader="courier:1", now=NOW + KEPT_FOR) == CURSOR

    with pytest.raises(CursorTooOld):
        FeedCursor.parse(CURSOR.encode(), reader="courier:1", now=NOW + KEPT_FOR + timedelta(seconds=1))


def test_another_readers_cursor_is_as_good_as_none():
    with pytest.raises(CursorTooOld):
        FeedCursor.parse(CURSOR.encode(), reader="dispatcher:1", now=NOW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        encode_cursor([]),
        encode_cursor(["courier:1", "812", "77"]),
        encode_cursor(["courier:1", "812", "x", NOW.isoformat()]),
        encode_cursor(["courier:1", "-1", "77", NOW.isoformat()]),
        encode_cursor(["courier:1", "812", str(2**63), NOW.isoformat()]),
        encode_cursor(["courier:1", "812", "77", "yesterday"]),
        encode_cursor(["courier:1", "812", "77", "2026-11-18T01:30:00"]),
    ],
)
def test_what_never_was_a_cursor_is_refused(text):
    with pytest.raises(Invalid):
        FeedCursor.parse(text, reader="courier:1", now=NOW)


def test_positions_are_in_the_order_of_transactions_before_numbers():
    assert FeedPosition(811, 90) < FeedPosition(812, 77) < FeedPosition(812, 78)


def test_moving_on_ends_the_present_state():
    half_way = FeedCursor("courier:1", FeedPosition(812, 77), NOW, ("a", "b"))

    moved = half_way.at(FeedPosition(813, 80), seen_at=NOW + timedelta(minutes=1))

    assert moved == FeedCursor("courier:1", FeedPosition(813, 80), NOW + timedelta(minutes=1))
