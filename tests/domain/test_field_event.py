"""The body hash that tells a replay from an event_id that was used twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from api.domain.field_event import EventDetails, FieldEvent
from api.domain.geofence import Place, Position
from api.domain.vocabulary import FieldEventType, WaitCause

EVENT = FieldEvent(
    UUID(int=1), UUID(int=2), FieldEventType.LEFT, datetime(2026, 3, 2, 10, 0, tzinfo=UTC), "boot", 5, 7,
    Position(Place(31.2, 121.4), 12.0, False), EventDetails(cause=WaitCause.CLOSED),
)  # fmt: skip


def test_the_same_instant_in_another_zone_is_the_same_body():
    shanghai = timezone(timedelta(hours=8))

    assert replace(EVENT, occurred_at=EVENT.occurred_at.astimezone(shanghai)).body_hash() == EVENT.body_hash()


@pytest.mark.parametrize(
    "change",
    [
        {"pickup_id": UUID(int=3)},
        {"type": FieldEventType.COLLECTED},
        {"occurred_at": datetime(2026, 3, 2, 10, 1, tzinfo=UTC)},
        {"boot_id": None},
        {"monotonic_ms": 6},
        {"seq": 8},
        {"position": None},
        {"details": EventDetails()},
        {"details": EventDetails(cause=WaitCause.CLOSED, proofs=("a" * 64,))},
    ],
    ids=str,
)
def test_c2_whatever_else_is_said_makes_another_body(change):
    assert replace(EVENT, **change).body_hash() != EVENT.body_hash()
