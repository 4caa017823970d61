"""Corrected times of field events and their quality."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.domain.event_time import EventTime, Fact, corrected, in_order, surely_follows
from api.domain.field_event import Envelope, FieldEvent
from api.domain.vocabulary import FieldEventType, Quality, Trust

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


@pytest.mark.parametrize(("seconds", "surely"), [(0, False), (30, False), (31, True)])
def test_only_what_jitter_cannot_reach_surely_follows(seconds, surely):
    assert surely_follows(RECEIVED, ago(seconds=seconds)) is surely


def test_the_first_event_surely_follows():
    assert surely_follows(RECEIVED, None)


def fact(seconds: float, seq: int | None = None, boot_id: str | None = "b1") -> Fact:
    event = FieldEvent(uuid4(), uuid4(), FieldEventType.ARRIVED, RECEIVED, boot_id, None, seq)
    at = RECEIVED + timedelta(seconds=seconds)
    return Fact(event, EventTime(at, Quality.MEASURED, late=False, replayed=False), Trust.UNKNOWN)


def test_events_are_ordered_by_their_corrected_times():
    late, early = fact(60), fact(10)

    assert [each for _, each in in_order([late, early])] == [early, late]


def test_seq_decides_between_equal_times():
    second, first = fact(0, seq=2), fact(0, seq=1)

    assert [each for _, each in in_order([second, first])] == [first, second]


def test_within_jitter_and_boot_seq_knows_better_than_times():
    slow_request, quick_request = fact(10, seq=1), fact(7, seq=2)

    ordered = in_order([quick_request, slow_request])

    assert ordered == [(slow_request.time.at, slow_request), (slow_request.time.at, quick_request)]


@pytest.mark.parametrize("other", [fact(-31, seq=2), fact(7, seq=2, boot_id="b2"), fact(7, boot_id=None)])
def test_beyond_jitter_or_boot_times_decide(other):
    assert next(each for _, each in in_order([fact(10, seq=1), other])) is other


@given(
    st.lists(st.tuples(st.integers(0, 90), st.sampled_from(["b1", "b2"])), min_size=1, max_size=8),
    st.randoms(use_true_random=False),
)
@settings(max_examples=100, deadline=None)
def test_the_order_does_not_depend_on_how_it_was_learned(made, chance):
    facts = [fact(seconds, seq, boot_id) for seq, (seconds, boot_id) in enumerate(made)]
    shuffled = chance.sample(facts, len(facts))

    ordered = in_order(facts)

    assert in_order(shuffled) == ordered
    assert [at for at, _ in ordered] == sorted(at for at, _ in ordered)
    assert all(timedelta() <= at - each.time.at <= timedelta(seconds=30) for at, each in ordered)
