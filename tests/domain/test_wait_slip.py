"""What stands on a wait slip, when it can be signed, and which later change shows."""

from dataclasses import replace
from datetime import timedelta

import pytest

from api.domain.vocabulary import Quality, WaitCause, WaitOutcome
from api.domain.wait_ending import WaitSpan
from api.domain.wait_slip import WaitGoesOn, avoidable_so_far, check_can_be_signed, is_on_slip
from tests.fakes import NOW
from tests.slips import make_slip_wait

HANDOVER = NOW + timedelta(minutes=4)
SPAN = WaitSpan(NOW, NOW + timedelta(minutes=1), HANDOVER, HANDOVER, NOW + timedelta(hours=1))


class TestContent:
    def test_an_arrival_by_mistake_is_on_no_slip(self):
        assert not is_on_slip(WaitOutcome.UNDONE, signed=False)

    def test_what_was_signed_stays_on_the_slip_even_if_it_is_undone_later(self):
        assert is_on_slip(WaitOutcome.UNDONE, signed=True)

    @pytest.mark.parametrize(
        "outcome", [None, *(word for word in WaitOutcome if word is not WaitOutcome.UNDONE)]
    )
    def test_every_other_wait_is(self, outcome):
        assert is_on_slip(outcome, signed=False)

    def test_what_was_measured_at_the_end_holds(self):
        assert avoidable_so_far(SPAN, None, measured_seconds=90) == 90

    def test_during_the_handover_the_wait_before_it_is_known(self):
        assert avoidable_so_far(SPAN, None, measured_seconds=None) == 180

    def test_a_cause_of_ours_leaves_no_avoidable_wait(self):
        assert avoidable_so_far(SPAN, WaitCause.ACCESS, measured_seconds=None) == 0

    def test_before_the_handover_nobody_knows(self):
        assert avoidable_so_far(None, None, measured_seconds=None) is None


class TestSigning:
    def test_it_begins_with_the_handover(self):
        check_can_be_signed(make_slip_wait(handover_started_at=HANDOVER, outcome=None))

    @pytest.mark.parametrize("outcome", [WaitOutcome.COLLECTED, WaitOutcome.LEFT])
    def test_a_wait_that_ended_at_the_door_can_be_signed_without_one(self, outcome):
        check_can_be_signed(make_slip_wait(handover_started_at=None, outcome=outcome))

    @pytest.mark.parametrize("outcome", [None, WaitOutcome.ABANDONED, WaitOutcome.CANCELLED])
    def test_nobody_signs_for_a_wait_that_goes_on_or_was_never_ended(self, outcome):
        with pytest.raises(WaitGoesOn):
            check_can_be_signed(make_slip_wait(handover_started_at=None, outcome=outcome))


class TestHash:
    WAIT = make_slip_wait()

    @pytest.mark.parametrize(
        "change",
        [
            {"arrived_at": NOW - timedelta(seconds=1)},
            {"promised_ready_at": None},
            {"clock_started_at": NOW},
            {"handover_started_at": None},
            {"avoidable_wait_seconds": 0},
            {"window_start": NOW - timedelta(hours=1)},
            {"window_end": NOW + timedelta(hours=2)},
            {"attempt": 2},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_what_was_signed_cannot_change_unseen(self, change):
        assert replace(self.WAIT, **change).slip_hash != self.WAIT.slip_hash

    @pytest.mark.parametrize(
        "later",
        [
            {"departed_at": NOW + timedelta(hours=1)},
            {"dwell_seconds": 3600},
            {"outcome": WaitOutcome.COLLECTED},
            {"cause": WaitCause.PAPERS_MISSING},
            {"quality": Quality.ESTIMATED},
        ],
        ids=lambda later: next(iter(later)),
    )
    def test_what_comes_after_the_signing_is_no_change_of_it(self, later):
        assert replace(self.WAIT, **later).slip_hash == self.WAIT.slip_hash
