"""What a rep does about an alert: which steps, by when, and that time is not given twice."""

from datetime import date, timedelta

import pytest

from api.domain.business_hours import WorkCalendar
from api.domain.decline import Pace
from api.domain.playbooks import WITHIN_WORKING_DAYS, PlaybookStep, StepNotInPlaybook, playbook, with_done
from api.domain.risk_reasons import CareFacts, NextStep, explain
from api.domain.vocabulary import Band

FRIDAY = date(2026, 6, 5)
WEEKDAYS = WorkCalendar()
SILENT = explain(CareFacts(silent_days=23, usual_gap_days=6))


def test_a_red_alert_wants_a_call_today_and_a_visit_within_three_working_days() -> None:
    steps = playbook(SILENT, Band.HIGH, FRIDAY, WEEKDAYS)

    assert [(one.step, one.due_on) for one in steps] == [
        (NextStep.CALL_TODAY, FRIDAY),
        (NextStep.VISIT_WITHIN_3_DAYS, date(2026, 6, 10)),
    ]


def test_an_open_case_is_settled_before_the_visit() -> None:
    reasons = explain(CareFacts(silent_days=23, usual_gap_days=6, overdue_case=(118, 3)))

    steps = playbook(reasons, Band.HIGH, FRIDAY, WEEKDAYS)

    assert [one.step for one in steps] == [
        NextStep.CALL_TODAY,
        NextStep.SETTLE_CASE_FIRST,
        NextStep.VISIT_WITHIN_3_DAYS,
    ]


def test_a_decline_is_asked_about_and_answered_with_a_rate_review() -> None:
    reasons = explain(CareFacts(silent_days=1, usual_gap_days=1, pace=Pace(50, 100.0, -3.0, 0, 0.0)))

    steps = [one.step for one in playbook(reasons, Band.MEDIUM, FRIDAY, WEEKDAYS)]

    assert steps[:2] == [NextStep.ASK_ABOUT_VOLUME, NextStep.OFFER_RATE_REVIEW]


def test_a_spell_that_drags_on_gives_no_more_time() -> None:
    before = playbook(SILENT, Band.MEDIUM, FRIDAY, WEEKDAYS)

    later = playbook(SILENT, Band.HIGH, FRIDAY + timedelta(days=10), WEEKDAYS, before)

    assert set(before) <= set(later)
    assert len(later) == len(before) + 1


def test_a_step_is_done_once() -> None:
    steps = playbook(SILENT, Band.HIGH, FRIDAY, WEEKDAYS)

    done = with_done(steps, NextStep.CALL_TODAY, FRIDAY)

    assert done[0].done_on == FRIDAY
    with pytest.raises(StepNotInPlaybook):
        with_done(done, NextStep.CALL_TODAY, FRIDAY)
    with pytest.raises(StepNotInPlaybook):
        with_done(done, NextStep.SETTLE_CLAIMS, FRIDAY)


def test_a_step_survives_being_stored() -> None:
    for step in with_done(playbook(SILENT, Band.HIGH, FRIDAY, WEEKDAYS), NextStep.CALL_TODAY, FRIDAY):
        assert PlaybookStep.of_json(step.to_json()) == step


def test_every_next_step_has_a_deadline() -> None:
    assert set(WITHIN_WORKING_DAYS) == set(NextStep)
