"""The ladder of a wait: its rungs, and the laws that hold for any limit, arrival and extension."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.vocabulary import TimerKind, WaitColour, WaitState
from api.domain.wait_ladder import climb, ladder, loading_rung, next_rung, passed_rungs, rung_to_arm
from api.domain.wait_policy import PickupWindow, WaitClock, colour, extended, remaining, start_clock

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def clock_of(limit_seconds: float) -> WaitClock:
    limit = timedelta(seconds=limit_seconds)
    return WaitClock(START, limit, START + limit)


def seconds_of_rungs(clock: WaitClock) -> dict[str, float]:
    return {rung.kind.value: (rung.at - START).total_seconds() for rung in ladder(clock)}


@pytest.mark.parametrize(
    ("limit", "rungs"),
    [
        (300, {"nudge": 120, "warn": 240, "expire": 300, "undecided": 420, "abandon": 1800}),
        (600, {"nudge": 240, "warn": 540, "expire": 600, "undecided": 720, "abandon": 1800}),
        (3600, {"nudge": 1440, "warn": 3540, "expire": 3600, "undecided": 3720, "abandon": 4500}),
        (5, {"nudge": 2, "warn": 4, "expire": 5, "undecided": 7, "abandon": 1800}),
        (1, {"nudge": 0.4, "warn": 0.8, "expire": 1, "undecided": 1.4, "abandon": 1800}),
    ],
)
def test_the_rungs_stand_where_the_formulas_put_them(limit, rungs):
    assert seconds_of_rungs(clock_of(limit)) == rungs


def test_an_extended_ladder_has_no_nudge_and_hangs_on_the_new_deadline():
    longer = extended(clock_of(300), 5, now=START + timedelta(seconds=250))

    assert seconds_of_rungs(longer) == {"warn": 540, "expire": 600, "undecided": 720, "abandon": 2100}


def test_the_loading_rung_counts_from_the_handover():
    rung = loading_rung(START, limit=timedelta(minutes=10))

    assert (rung.kind, rung.at) == (TimerKind.LOADING, START + timedelta(minutes=10))


def test_the_next_rung_is_later_than_the_instant_asked_for():
    assert next_rung(clock_of(300), after=START + timedelta(seconds=240)).kind is TimerKind.EXPIRE


def test_no_rung_follows_the_last():
    assert next_rung(clock_of(300), after=START + timedelta(seconds=1800)) is None


def test_a_wait_learned_of_late_arms_only_the_highest_rung_passed():
    assert rung_to_arm(clock_of(300), now=START + timedelta(seconds=310)).kind is TimerKind.EXPIRE


def test_a_fresh_wait_arms_its_first_rung():
    assert rung_to_arm(clock_of(300), now=START).kind is TimerKind.NUDGE


limits = st.integers(min_value=1, max_value=7200).map(lambda seconds: timedelta(seconds=seconds))
spans = st.integers(min_value=-7_200_000, max_value=14_400_000).map(lambda ms: timedelta(milliseconds=ms))
extensions = st.integers(min_value=1, max_value=5)


@st.composite
def clocks(draw: st.DrawFn) -> WaitClock:
    promised = draw(st.none() | spans)
    agreed = PickupWindow(
        start=START + draw(spans),
        end=START + timedelta(hours=4),
        promised_ready_at=None if promised is None else START + promised,
    )
    return start_clock(START, agreed, limit=draw(limits))


@given(clocks(), spans)
def test_remaining_time_is_never_negative_and_never_more_than_the_limit(clock, later):
    assert timedelta() <= remaining(clock, now=START + later) <= clock.limit


@given(clocks(), spans, spans)
def test_remaining_time_never_grows_by_itself(clock, one, other):
    earlier, later = sorted((START + one, START + other))

    assert remaining(clock, now=later) <= remaining(clock, now=earlier)


@given(clocks(), spans, spans)
def test_a_colour_never_goes_back(clock, one, other):
    order = [WaitColour.EARLY, WaitColour.GREEN, WaitColour.AMBER, WaitColour.EXPIRED]
    earlier, later = sorted((START + one, START + other))

    drawn = [order.index(colour(clock, WaitState.OPEN, now=now)) for now in (earlier, later)]

    assert drawn == sorted(drawn)


@given(clocks(), spans)
def test_no_rung_has_passed_before_its_time(clock, later):
    now = START + later

    assert all(rung.at <= now for rung in passed_rungs(clock, now=now))
    assert len(passed_rungs(clock, now=now)) < len(ladder(clock)) or ladder(clock)[-1].at <= now


@given(clocks())
def test_rungs_follow_each_other_and_none_comes_before_the_clock_starts(clock):
    instants = [rung.at for rung in ladder(clock)]

    assert clock.started_at < instants[0]
    assert all(earlier < later for earlier, later in pairwise(instants))


@given(clocks())
def test_a_rung_is_of_use_until_the_next_one(clock):
    rungs = ladder(clock)

    assert [rung.expires_at for rung in rungs[:-1]] == [rung.at for rung in rungs[1:]]


@given(clocks(), spans, extensions)
def test_an_extension_moves_every_later_rung_by_the_same_time(clock, later, minutes):
    now = clock.started_at + abs(later)
    before = {rung.kind: rung.at for rung in ladder(clock)}

    longer = extended(clock, minutes, now=now)

    moves = {rung.at - before[rung.kind] for rung in ladder(longer)}
    assert moves == {longer.deadline_at - clock.deadline_at}
    assert moves.pop() >= timedelta(minutes=minutes)


@given(clocks(), spans)
def test_the_rung_to_arm_is_the_highest_passed_or_the_next(clock, later):
    now = START + later
    armed = rung_to_arm(clock, now=now)

    assert armed is not None
    assert armed.at <= now < armed.expires_at or armed == next_rung(clock, after=now)


@given(clocks(), spans)
def test_after_downtime_only_the_highest_rung_acts_and_the_rest_were_missed(clock, later):
    rungs = ladder(clock)
    now = max(rungs[0].at, START + later)

    climbed = climb(clock, rungs[0].kind, now=now)

    assert (*climbed.missed, climbed.acts_on) == passed_rungs(clock, now=now)
    assert climbed.next is None or climbed.next.at > now
