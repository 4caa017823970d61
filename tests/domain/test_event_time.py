"""Corrected times of field events and their quality."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from api.domain.event_time import corrected, happened_before
from api.domain.field_event import Envelope, FieldEvent
from api.domain.vocabulary import FieldEventType, Quality

RECEIVED = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def event(occurred_at: datetime, boot_id: str | None = None, monotonic_ms: int | None = None) -> FieldEvent:
    return FieldEvent(uuid4(), uuid4(), FieldEventType.ARRIVED, occurred_at, boot_id, monotonic_ms)


def ago(**span: float) -> datetime:
    return RECEIVED - timedelta(**span)


def test_within_one_boot_the_monotonic_clock_measures_the_time():
    phone_is_wrong = RECEIVED + timedelta(days=400)

    time = corrected(
        event(phone_is_wrong, "b1", 1_000), Envelope(phone_is_wrong, "b1", 91_000), received_at=RECEIVED
    )

    assert (time.at, time.quality) == (ago(seconds=90), Quality.MEASURED)


def test_without_a_boot_the_skew_of_the_phone_is_taken_out():
    skew = timedelta(minutes=40)

    time = corrected(event(ago(seconds=90) + skew), Envelope(RECEIVED + skew), received_at=RECEIVED)

    assert (time.at, time.quality) == (ago(seconds=90), Quality.ESTIMATED)


def test_a_reboot_in_between_leaves_the_time_unverified():
    time = corrected(event(ago(hours=1), "b1", 50), Envelope(RECEIVED, "b2", 9_000), received_at=RECEIVED)

    assert (time.at, time.quality) == (ago(hours=1), Quality.UNVERIFIED)


def test_a_monotonic_clock_that_runs_backwards_is_not_believed():
    time = corrected(event(ago(minutes=1), "b1", 9_000), Envelope(RECEIVED, "b1", 50), received_at=RECEIVED)

    assert (time.at, time.quality) == (ago(minutes=1), Quality.ESTIMATED)


def test_c7_an_event_from_the_future_is_set_to_sixty_seconds_ahead():
    time = corrected(event(RECEIVED + timedelta(days=700)), Envelope(RECEIVED), received_at=RECEIVED)

    assert (time.at, time.quality) == (RECEIVED + timedelta(seconds=60), Quality.UNVERIFIED)


def test_c7_the_end_of_time_is_no_crash():
    end = datetime.max.replace(tzinfo=UTC)

    time = corrected(event(end), Envelope(datetime(1, 1, 1, tzinfo=UTC)), received_at=RECEIVED)

    assert time.at <= RECEIVED + timedelta(seconds=60)


@pytest.mark.parametrize(("hours", "late"), [(71.9, False), (72, False), (72.1, True)])
def test_an_event_older_than_72_hours_is_late(hours, late):
    assert corrected(event(ago(hours=hours)), Envelope(RECEIVED), received_at=RECEIVED).late is late


@pytest.mark.parametrize(("seconds", "replayed"), [(5, False), (120, False), (121, True)])
def test_an_event_made_without_a_signal_is_a_replay(seconds, replayed):
    assert (
        corrected(event(ago(seconds=seconds)), Envelope(RECEIVED), received_at=RECEIVED).replayed is replayed
    )


@pytest.mark.parametrize(("seconds", "before"), [(0, False), (30, False), (31, True)])
def test_jitter_of_requests_does_not_swap_events(seconds, before):
    assert happened_before(ago(seconds=seconds), RECEIVED) is before


def test_nothing_comes_before_the_first_event():
    assert not happened_before(RECEIVED, None)
