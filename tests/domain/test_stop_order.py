"""Which stop to do first: every window is kept, or nothing is proposed."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.domain.geofence import Place
from api.domain.stop_order import (
    PlannedStop,
    ProposedOrder,
    Round,
    Stop,
    WhyNot,
    in_present_order,
    propose,
)
from api.domain.travel import travel_time
from api.domain.vocabulary import StopOrderReason
from tests.fakes import NOW

MINUTE = timedelta(minutes=1)
READY_LATER, WINDOW_ENDS_SOON = StopOrderReason.READY_LATER, StopOrderReason.WINDOW_ENDS_SOON
A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)


def place(minutes: float) -> Place:
    """A place so many minutes of way north of the branch."""
    return Place(31.0 + minutes * 60 * 5 / 1.4 / 111_195, 121.5)


def stop(
    pickup_id: UUID, at: float, *, opens: float = 0, closes: float = 60, ready: float | None = None
) -> Stop:
    return Stop(
        pickup_id,
        place(at),
        NOW + opens * MINUTE,
        NOW + closes * MINUTE,
        ready_at=None if ready is None else NOW + ready * MINUTE,
    )


def round_of(*stops: Stop) -> Round:
    return Round(stops, place(0), free_at=NOW, service_time=5 * MINUTE)


def order(proposed: ProposedOrder | WhyNot) -> list[UUID]:
    assert isinstance(proposed, ProposedOrder), proposed
    return [planned.pickup_id for planned in proposed.stops]


def minutes(proposed: ProposedOrder | WhyNot) -> list[int]:
    assert isinstance(proposed, ProposedOrder), proposed
    return [round((planned.eta_at - NOW) / MINUTE) for planned in proposed.stops]


class TestGoodsAreReadyLater:
    def test_another_stop_goes_first_and_each_gets_its_eta(self) -> None:
        round_ = round_of(stop(A, 2, closes=59, ready=15), stop(B, 4))

        proposed = propose(round_, A, READY_LATER)

        assert (order(proposed), minutes(proposed)) == ([B, A], [4, 11])

    def test_as_many_stops_go_first_as_it_takes(self) -> None:
        round_ = round_of(stop(A, 1, closes=58, ready=18), stop(B, 2, closes=59), stop(C, 3))

        assert order(propose(round_, A, READY_LATER)) == [B, C, A]

    def test_a_later_stop_may_go_first_when_the_next_one_is_out_of_the_way(self) -> None:
        far = stop(B, 29, opens=20, closes=60)

        assert order(propose(round_of(stop(A, 1, closes=50, ready=12), far, stop(C, 2)), A, READY_LATER)) == [
            C,
            A,
            B,
        ]

    def test_nothing_is_proposed_when_another_window_would_be_missed(self) -> None:
        round_ = round_of(stop(A, 2, closes=20, ready=19), stop(B, 16, closes=60))

        assert propose(round_, A, READY_LATER) is WhyNot.WINDOWS_TOO_TIGHT

    def test_nothing_is_proposed_when_it_would_spare_no_waiting(self) -> None:
        round_ = round_of(stop(A, 2, closes=59), stop(B, 4))

        assert propose(round_, A, READY_LATER) is WhyNot.NOTHING_GAINED

    def test_the_only_stop_stays_the_first(self) -> None:
        assert propose(round_of(stop(A, 2, ready=15)), A, READY_LATER) is WhyNot.NO_OTHER_STOP

    def test_a_promise_past_the_window_cannot_be_kept_by_any_order(self) -> None:
        round_ = round_of(stop(A, 2, closes=10, ready=11), stop(B, 4))

        assert propose(round_, A, READY_LATER) is WhyNot.WINDOWS_TOO_TIGHT


class TestTheWindowEndsSoon:
    def test_the_stop_in_danger_goes_first(self) -> None:
        late, calm = stop(A, 10, opens=1, closes=14), stop(B, 4, closes=60)

        proposed = propose(round_of(late, calm), A, WINDOW_ENDS_SOON)

        assert (order(proposed), minutes(proposed)) == ([A, B], [10, 21])

    def test_an_order_that_keeps_every_window_is_left_alone(self) -> None:
        assert propose(round_of(stop(A, 2), stop(B, 4)), A, WINDOW_ENDS_SOON) is WhyNot.NOTHING_GAINED


class TestHowTimeIsCounted:
    def test_the_present_order_is_by_eta_or_window_start_then_by_window_end(self) -> None:
        stops = [
            replace(stop(A, 1), eta_at=NOW + 9 * MINUTE),
            stop(B, 1, opens=5, closes=30),
            stop(C, 1, opens=5, closes=20),
        ]

        assert [one.pickup_id for one in in_present_order(stops)] == [C, B, A]

    def test_where_he_is_on_his_way_to_comes_first(self) -> None:
        stops = [stop(A, 1), replace(stop(B, 1, opens=30), under_way=True)]

        assert [one.pickup_id for one in in_present_order(stops)] == [B, A]

    def test_he_sets_out_so_as_to_keep_the_eta_of_his_first_stop(self) -> None:
        first = replace(stop(A, 2, closes=59, ready=30), eta_at=NOW + 12 * MINUTE)

        proposed = propose(round_of(first, stop(B, 4, opens=15)), A, READY_LATER)

        assert minutes(proposed) == [15, 22]

    def test_nobody_is_expected_before_a_window_opens(self) -> None:
        round_ = round_of(stop(A, 2, closes=59, ready=15), stop(B, 4, opens=8))

        assert minutes(propose(round_, A, READY_LATER)) == [8, 15]

    def test_where_nobody_knows_his_place_he_is_thought_at_his_first_stop(self) -> None:
        stops = (stop(A, 2, closes=59, ready=15), stop(B, 4))

        proposed = propose(replace(round_of(*stops), place=None), A, READY_LATER)

        assert minutes(proposed) == [2, 9]

    def test_a_proposal_is_of_use_until_he_would_be_at_the_first_stop(self) -> None:
        proposed = ProposedOrder(READY_LATER, (PlannedStop(A, NOW + 9 * MINUTE),))

        assert proposed.useful_until(now=NOW) == NOW + 9 * MINUTE
        assert proposed.useful_until(now=NOW + 8 * MINUTE) == NOW + 13 * MINUTE


@st.composite
def rounds(draw: st.DrawFn) -> Round:
    def any_stop(number: int) -> Stop:
        opens = draw(st.integers(0, 30))
        return stop(
            UUID(int=number),
            draw(st.integers(0, 20)),
            opens=opens,
            closes=opens + draw(st.integers(5, 60)),
            ready=draw(st.none() | st.integers(0, 40)),
        )

    return round_of(*[any_stop(number) for number in range(1, draw(st.integers(2, 5)) + 1)])


@settings(max_examples=200, deadline=None)
@given(rounds(), st.sampled_from(StopOrderReason))
def test_a_proposal_names_each_stop_once_and_keeps_every_window(
    round_: Round, reason: StopOrderReason
) -> None:
    proposed = propose(round_, A, reason)

    if isinstance(proposed, ProposedOrder):
        by_id = {one.pickup_id: one for one in round_.stops}
        assert sorted(order(proposed)) == sorted(by_id)
        at, here = round_.free_at, round_.place
        for planned in proposed.stops:
            visited = by_id[planned.pickup_id]
            assert planned.eta_at == max(at + travel_time(here, visited.place), visited.window_start)
            begins = max(planned.eta_at, visited.ready_at or planned.eta_at)
            assert begins <= visited.window_end
            at, here = begins + round_.service_time, visited.place


@settings(max_examples=50, deadline=None)
@given(rounds())
def test_in_whatever_order_the_stops_are_read_the_proposal_is_the_same(round_: Round) -> None:
    proposals = [
        propose(replace(round_, stops=stops), A, READY_LATER)
        for stops in list(permutations(round_.stops))[:24]
    ]

    assert all(one == proposals[0] for one in proposals)


@pytest.mark.parametrize("count", [30])
def test_a_long_round_is_weighed_in_no_time(count: int) -> None:
    stops = [stop(UUID(int=number), number % 7, closes=600) for number in range(2, count)]

    assert order(propose(round_of(stop(A, 1, closes=599, ready=15), *stops), A, READY_LATER))[0] != A
