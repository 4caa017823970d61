"""Laws that hold for every wait: whatever the limit, the window, the moves of its clock and the moment."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from api.domain.vocabulary import TimerKind, WaitColour, WaitState
from api.domain.wait_ending import WaitSpan, avoidable_wait, dwell
from api.domain.wait_ladder import (
    abandoned_at,
    climb,
    ladder,
    next_rung,
    passed_rungs,
    rung_to_arm,
    rung_to_arm_again,
)
from api.domain.wait_policy import (
    PickupWindow,
    WaitClock,
    colour,
    extended,
    remaining,
    start_clock,
    started_now,
)

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ORDER = [WaitColour.EARLY, WaitColour.GREEN, WaitColour.AMBER, WaitColour.EXPIRED]
bounded = settings(max_examples=150, deadline=None)

spans = st.timedeltas(timedelta(), timedelta(hours=3))
instants = st.timedeltas(timedelta(hours=-1), timedelta(hours=4)).map(lambda span: START + span)
limits = st.integers(1, 7200).map(lambda seconds: timedelta(seconds=seconds))


@st.composite
def clocks(draw: st.DrawFn) -> WaitClock:
    """A clock as it may stand: early or not, started by "ready", extended once."""
    arrived_at = draw(instants)
    window = PickupWindow(START, START + timedelta(hours=1), draw(st.none() | instants))
    clock = start_clock(arrived_at, window, limit=draw(limits))
    if draw(st.booleans()):
        clock = started_now(clock, now=draw(instants))
    if draw(st.booleans()):
        clock = extended(clock, draw(st.integers(1, 60)), now=max(clock.started_at, draw(instants)))
    return clock


@bounded
@given(clocks(), instants, spans)
def test_what_remains_is_never_negative_and_never_grows(clock, now, later):
    first, then = remaining(clock, now=now), remaining(clock, now=now + later)

    assert timedelta() <= then <= first


@bounded
@given(clocks(), instants, spans)
def test_colours_only_go_forward(clock, now, later):
    first, then = (colour(clock, WaitState.OPEN, now=at) for at in (now, now + later))

    assert ORDER.index(first) <= ORDER.index(then)


@bounded
@given(clocks())
def test_the_ladder_rises_from_the_start_on_without_a_gap(clock):
    rungs = ladder(clock)

    assert clock.started_at < rungs[0].at
    assert [rung.at for rung in rungs] == sorted({rung.at for rung in rungs})
    assert [rung.expires_at for rung in rungs[:-1]] == [rung.at for rung in rungs[1:]]
    assert abandoned_at(clock) == rungs[-1].at


@bounded
@given(clocks(), instants)
def test_no_rung_comes_before_its_time(clock, now):
    armed = rung_to_arm(clock, now=now)

    assert all(rung.at <= now for rung in passed_rungs(clock, now=now))
    assert armed is None or armed.at > now or armed == passed_rungs(clock, now=now)[-1]


@bounded
@given(clocks(), instants, spans)
def test_passed_rungs_stay_passed(clock, now, later):
    first, then = passed_rungs(clock, now=now), passed_rungs(clock, now=now + later)

    assert then[: len(first)] == first


@bounded
@given(clocks(), instants, st.integers(1, 60))
def test_an_extension_moves_every_later_rung_and_leaves_out_the_nudge(clock, now, minutes):
    now = max(now, clock.started_at)
    before = {rung.kind: rung.at for rung in ladder(clock)}

    after = extended(clock, minutes, now=now)

    moved_by = after.deadline_at - clock.deadline_at
    assert moved_by >= timedelta(minutes=minutes)
    assert after.generation == clock.generation + 1
    assert {rung.kind: rung.at for rung in ladder(after)} == {
        kind: at + moved_by for kind, at in before.items() if kind is not TimerKind.NUDGE
    }


@bounded
@given(clocks(), st.lists(spans, min_size=1, max_size=12))
def test_however_the_sweep_is_delayed_each_rung_acts_once_or_was_missed(clock, delays):
    """Acted and missed together are the ladder as far as its time has come: each rung once, none early."""
    armed, now = rung_to_arm(clock, now=clock.started_at), clock.started_at
    settled: list[TimerKind] = []
    for delay in delays:
        now += delay
        if armed is None or armed.at > now:
            continue
        climbed = climb(clock, armed.kind, now=now)
        assert climbed.acts_on.at <= now
        settled += [rung.kind for rung in (*climbed.missed, climbed.acts_on)]
        armed = climbed.next
        assert armed is None or armed.at > now

    kinds = [rung.kind for rung in ladder(clock)]
    assert settled == kinds[: len(settled)]
    assert settled == [rung.kind for rung in passed_rungs(clock, now=now)]


@bounded
@given(clocks(), clocks(), instants)
def test_a_corrected_clock_tells_no_rung_again_that_had_come(earlier, clock, now):
    armed = rung_to_arm_again(clock, earlier, now=now)

    known = {rung.kind for rung in passed_rungs(earlier, now=now)}
    assert armed is None or armed.at > now or armed.kind not in known
    assert armed in (None, rung_to_arm(clock, now=now), next_rung(clock, after=now))


@bounded
@given(clocks(), instants, st.none() | spans, spans)
def test_durations_are_never_negative_and_the_avoidable_part_never_exceeds_the_stay(
    clock, arrived_at, handover_after, stayed
):
    departed_at = arrived_at + stayed
    handover_at = None if handover_after is None else min(arrived_at + handover_after, departed_at)
    started_at = max(arrived_at, clock.started_at)

    span = WaitSpan(arrived_at, started_at, handover_at, departed_at, START + timedelta(hours=1))

    assert timedelta() <= avoidable_wait(span, None) <= dwell(span) == stayed
