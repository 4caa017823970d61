"""How plans are kept: what counts as a broken promise, and what does not."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from api.domain.visit_compliance import VisitFact, compliance
from api.domain.vocabulary import VisitState

TODAY = date(2026, 11, 18)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
REP, OTHER = UUID(int=1), UUID(int=2)


def fact(state: VisitState, planned_on: date = YESTERDAY, **more) -> VisitFact:
    return VisitFact(REP, state, planned_on, **more)


@pytest.mark.parametrize(
    ("one", "counted"),
    [
        (fact(VisitState.COMPLETED, completed_on=YESTERDAY, is_checked_in=True), {"completed", "on_the_day"}),
        (fact(VisitState.COMPLETED, completed_on=TODAY, is_checked_in=True), {"completed"}),
        (
            fact(VisitState.COMPLETED, completed_on=TODAY, is_checked_in=True, is_far=True),
            {"completed", "far_check_ins"},
        ),
        (fact(VisitState.COMPLETED, completed_on=TODAY), {"completed", "without_check_in"}),
        (fact(VisitState.MISSED), {"missed"}),
        (fact(VisitState.CANCELLED), {"cancelled"}),
        (fact(VisitState.SKIPPED), {"skipped"}),
        (fact(VisitState.PLANNED), {"overdue"}),
        (fact(VisitState.PLANNED, TODAY), {"ahead"}),
        (fact(VisitState.PLANNED, TOMORROW), {"ahead"}),
        (fact(VisitState.PROPOSED), set()),
    ],
)
def test_each_visit_counts_for_what_became_of_it(one, counted):
    [tally] = compliance([one], TODAY)

    figures = ("completed", "on_the_day", "missed", "cancelled", "overdue", "ahead", "skipped")
    found = {name for name in (*figures, "without_check_in", "far_check_ins") if getattr(tally, name)}
    assert found == counted


def test_the_share_kept_leaves_out_what_was_never_promised_or_is_still_ahead():
    states = [VisitState.COMPLETED, VisitState.MISSED, VisitState.PLANNED, VisitState.SKIPPED]
    facts = [fact(state) for state in states] + [fact(VisitState.PLANNED, TOMORROW)]

    [tally] = compliance(facts, TODAY)

    assert tally.kept == pytest.approx(1 / 3, abs=0.001)


def test_who_promised_nothing_broke_nothing():
    [tally] = compliance([fact(VisitState.PROPOSED)], TODAY)

    assert tally.kept is None


def test_each_rep_has_his_own_line():
    facts = [fact(VisitState.MISSED), VisitFact(OTHER, VisitState.MISSED, YESTERDAY)]

    assert [line.rep_id for line in compliance(facts, TODAY)] == [REP, OTHER]
