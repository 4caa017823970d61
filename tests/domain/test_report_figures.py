"""The figures of waits: each by itself, and all of them against a naive recount."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import ceil
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.domain.dwell import Stay, dwell_once
from api.domain.left_out import Why
from api.domain.promises import PromiseAccuracy
from api.domain.report_figures import Durations, Effect, Punctuality, WaitFact, figures, nearest_rank
from api.domain.vocabulary import Quality, ReadinessAnswer, WaitCause, WaitOutcome

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def fact(*, waited: int = 100, stood: int = 160, at: int = 0, **said: object) -> WaitFact:
    """A collected, measured wait that began `at` seconds after nine, inside its window; nobody answered."""
    arrived_at = NINE + timedelta(seconds=at)
    plain = WaitFact(
        courier_id=UUID(int=1),
        site_id=UUID(int=2),
        outcome=WaitOutcome.COLLECTED,
        quality=Quality.MEASURED,
        arrived_at=arrived_at,
        clock_started_at=arrived_at,
        deadline_at=arrived_at + timedelta(seconds=300),
        departed_at=arrived_at + timedelta(seconds=stood),
        dwell_seconds=stood,
        avoidable_wait_seconds=waited,
        cause=None,
        protected=False,
        window_start=NINE,
        window_end=NINE + timedelta(hours=1),
        answer=None,
        answered_at=None,
    )
    return replace(plain, **said)


def only(*facts: WaitFact):
    (found,) = figures(facts).by_quality
    return found


class TestNearestRank:
    @pytest.mark.parametrize(
        ("percent", "value"), [(1, 15), (5, 15), (30, 20), (40, 20), (50, 35), (90, 50), (100, 50)]
    )
    def test_it_is_a_value_that_occurred(self, percent, value):
        assert nearest_rank([15, 20, 35, 40, 50], percent) == value

    @given(st.lists(st.integers(0, 10_000), min_size=1), st.integers(1, 100))
    def test_it_is_the_least_value_that_so_many_percent_do_not_exceed(self, values, percent):
        found = nearest_rank(sorted(values), percent)

        assert sum(value <= found for value in values) * 100 >= percent * len(values)
        assert sum(value < found for value in values) * 100 < percent * len(values)


class TestFigures:
    def test_without_waits_there_are_none(self):
        assert figures([]).by_quality == ()

    def test_durations_have_percentiles_and_the_longest(self):
        found = only(*(fact(waited=seconds, stood=seconds + 60) for seconds in (300, 10, 20)))

        assert found.avoidable_wait == Durations(20, 300, 300, 330)
        assert found.dwell == Durations(80, 360, 360, 510)

    def test_estimated_waits_are_not_mixed_with_measured_ones(self):
        measured, estimated = figures(
            [fact(waited=10), fact(waited=500, quality=Quality.ESTIMATED)]
        ).by_quality

        assert (measured.quality, measured.avoidable_wait.max_seconds) == (Quality.MEASURED, 10)
        assert (estimated.quality, estimated.avoidable_wait.max_seconds) == (Quality.ESTIMATED, 500)

    @pytest.mark.parametrize(
        ("outcome", "why"),
        [
            (None, Why.RUNNING),
            (WaitOutcome.UNDONE, Why.UNDONE),
            (WaitOutcome.ABANDONED, Why.ABANDONED),
            (WaitOutcome.CANCELLED, Why.CANCELLED),
        ],
    )
    def test_what_did_not_end_as_a_wait_is_left_out_and_counted(self, outcome, why):
        unfinished = fact(outcome=outcome, dwell_seconds=None, avoidable_wait_seconds=None)

        found = figures([fact(), unfinished])

        assert found.left_out == {why: 1}
        assert found.by_quality[0].count == 1

    def test_leaves_are_told_apart(self):
        cause = WaitCause.NOBODY_THERE
        found = only(
            fact(),
            fact(outcome=WaitOutcome.LEFT, cause=cause, protected=True, stood=300),
            fact(outcome=WaitOutcome.LEFT, cause=cause, stood=299),
            fact(outcome=WaitOutcome.LEFT, cause=WaitCause.OUR_DELAY, stood=400),
        )

        assert (found.collected, found.left) == (1, 3)
        assert (found.protected_leaves, found.early_leaves) == (1, 1)
        assert {cause: count for cause, count in found.causes.items() if count} == {
            WaitCause.NOBODY_THERE: 2,
            WaitCause.OUR_DELAY: 1,
        }

    def test_the_effect_of_an_answer_is_shown_by_means(self):
        answered = {"answer": ReadinessAnswer.IN_MINUTES, "answered_at": NINE - timedelta(minutes=5)}

        found = only(fact(waited=10, **answered), fact(waited=15, **answered), fact(waited=100))

        assert found.with_answer == Effect(2, 12.5)
        assert found.without_answer == Effect(1, 100.0)
        assert found.answered_share == pytest.approx(2 / 3)

    def test_nobodys_mean_is_none(self):
        assert only(fact()).with_answer == Effect(0, None)

    def test_ready_is_kept_or_broken(self):
        ready = {"answer": ReadinessAnswer.READY, "answered_at": NINE}

        found = only(
            fact(waited=60, **ready), fact(waited=61, **ready), fact(answer=ReadinessAnswer.NOTHING_TODAY)
        )

        assert found.promises == PromiseAccuracy(promised=2, kept=1)

    def test_both_ends_of_the_window_are_punctual(self):
        hour = 3600

        found = only(*(fact(at=seconds) for seconds in (-1, 0, hour, hour + 1, hour + 2)))

        assert found.punctuality == Punctuality(before_window=1, in_window=2, after_window=2)
        assert found.punctuality.share == 0.4

    def test_dwell_of_pickups_at_once_counts_once(self):
        found = only(fact(stood=100), fact(at=50, stood=100))

        assert (found.dwell.total_seconds, found.dwell_once_seconds) == (200, 150)


def instants(earliest: int, latest: int) -> st.SearchStrategy[datetime]:
    return st.integers(earliest, latest).map(lambda seconds: NINE + timedelta(seconds=seconds))


@st.composite
def any_fact(draw) -> WaitFact:
    outcome = draw(st.sampled_from([*WaitOutcome, None]))
    stood = draw(st.integers(0, 2000))
    arrived_at = draw(instants(-600, 7200))
    return fact(
        courier_id=UUID(int=draw(st.integers(1, 2))),
        site_id=UUID(int=draw(st.integers(1, 2))),
        outcome=outcome,
        quality=draw(st.sampled_from(Quality)),
        arrived_at=arrived_at,
        clock_started_at=arrived_at + timedelta(seconds=draw(st.integers(0, 600))),
        deadline_at=arrived_at + timedelta(seconds=draw(st.integers(1, 1200))),
        departed_at=arrived_at + timedelta(seconds=stood),
        dwell_seconds=stood,
        avoidable_wait_seconds=draw(st.integers(0, stood)),
        cause=draw(st.sampled_from([*WaitCause, None])),
        protected=outcome is WaitOutcome.LEFT and draw(st.booleans()),
        answer=draw(st.sampled_from([*ReadinessAnswer, None])),
        answered_at=draw(st.none() | instants(-600, 7800)),
    )


@given(st.lists(any_fact(), max_size=60))
def test_the_report_equals_a_naive_recount(facts):
    in_order = sorted(facts, key=lambda one: one.arrived_at)

    found = figures(in_order)

    ended = (WaitOutcome.COLLECTED, WaitOutcome.LEFT)
    assert sum(found.left_out.values()) == sum(one.outcome not in ended for one in facts)
    for quality in Quality:
        waits = [one for one in facts if one.quality is quality and one.outcome in ended]
        counted = [one for one in found.by_quality if one.quality is quality]
        assert len(counted) == bool(waits)
        if waits:
            assert recounted(waits) == flat(counted[0])


def flat(found) -> dict[str, object]:
    return {
        "count": found.count,
        "left": found.left,
        "protected": found.protected_leaves,
        "early": found.early_leaves,
        "dwell": (found.dwell.p50_seconds, found.dwell.p90_seconds, found.dwell.max_seconds),
        "once": found.dwell_once_seconds,
        "avoidable": (found.avoidable_wait.p50_seconds, found.avoidable_wait.p90_seconds),
        "causes": dict(found.causes),
        "answered": found.with_answer.count,
        "promises": (found.promises.promised, found.promises.kept),
        "in_window": found.punctuality.in_window,
    }


def recounted(waits: list[WaitFact]) -> dict[str, object]:
    """Count again as one would by hand: no streaming, no tallies."""
    left = [one for one in waits if one.outcome is WaitOutcome.LEFT]
    dwells = sorted(one.dwell_seconds for one in waits)
    avoidable = sorted(one.avoidable_wait_seconds for one in waits)
    answered = [one for one in waits if one.answered_at and one.answered_at <= one.clock_started_at]
    ready = [one for one in answered if one.answer == "ready"]
    stays = [Stay(one.courier_id, one.site_id, one.arrived_at, one.departed_at) for one in waits]
    return {
        "count": len(waits),
        "left": len(left),
        "protected": sum(one.protected for one in left),
        "early": sum(one.departed_at < one.deadline_at for one in left),
        "dwell": (dwells[ceil(len(dwells) / 2) - 1], dwells[ceil(len(dwells) * 9 / 10) - 1], dwells[-1]),
        "once": dwell_once(stays).total_seconds(),
        "avoidable": (avoidable[ceil(len(waits) / 2) - 1], avoidable[ceil(len(waits) * 9 / 10) - 1]),
        "causes": {cause: [one.cause for one in waits].count(cause) for cause in WaitCause},
        "answered": len(answered),
        "promises": (len(ready), sum(one.avoidable_wait_seconds <= 60 for one in ready)),
        "in_window": sum(one.window_start <= one.arrived_at <= one.window_end for one in waits),
    }
