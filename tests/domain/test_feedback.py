"""Scores, reasons, the day of second thoughts, and what is fair to the courier."""

from datetime import UTC, datetime, timedelta

import pytest

from api.domain import feedback
from api.domain.feedback import FeedbackIsFinal, ReasonNotOffered
from api.domain.plain_text import plain_text
from api.domain.vocabulary import FeedbackReason, Screening

NOW = datetime(2026, 5, 4, 2, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.mark.parametrize("score", feedback.SCORES)
def test_every_score_offers_reasons_that_it_accepts(score):
    feedback.check_reasons(score, feedback.REASONS[score])


def test_every_reason_is_offered_for_some_score():
    offered = {reason for reasons in feedback.REASONS.values() for reason in reasons}

    assert offered == set(FeedbackReason)


@pytest.mark.parametrize(
    ("score", "reason"), [(1, FeedbackReason.FRIENDLY), (3, FeedbackReason.ON_TIME), (5, FeedbackReason.LATE)]
)
def test_a_reason_that_contradicts_the_score_is_refused(score, reason):
    with pytest.raises(ReasonNotOffered):
        feedback.check_reasons(score, (reason,))


def test_a_rating_can_be_changed_until_just_before_24_hours():
    feedback.check_editable(NOW - timedelta(hours=24) + timedelta(seconds=1), now=NOW)


def test_d8_a_rating_is_final_at_24_hours():
    with pytest.raises(FeedbackIsFinal):
        feedback.check_editable(NOW - timedelta(hours=24), now=NOW)


@pytest.mark.parametrize(("score", "low"), [(1, True), (2, True), (3, False)])
def test_low_means_the_branchs_limit_or_less(score, low):
    assert feedback.is_low(score, low_score=2) is low


@pytest.mark.parametrize(
    ("waited", "left_protected", "reason"),
    [
        (None, False, None),
        (timedelta(seconds=120), False, None),
        (timedelta(seconds=121), False, Screening.AVOIDABLE_WAIT),
        (None, True, Screening.PROTECTED_LEAVE),
        (timedelta(seconds=400), True, Screening.PROTECTED_LEAVE),
    ],
)
def test_a_score_that_is_not_the_couriers_fault_is_screened_with_its_reason(waited, left_protected, reason):
    assert feedback.screening(avoidable_wait=waited, left_protected=left_protected) is reason


def test_a_contact_is_invited_at_most_once_in_seven_days():
    assert feedback.may_invite(None, every=WEEK, now=NOW)
    assert feedback.may_invite(NOW - WEEK, every=WEEK, now=NOW)
    assert not feedback.may_invite(NOW - WEEK + timedelta(seconds=1), every=WEEK, now=NOW)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  late again\r\nplease call  ", "late again\nplease call"),
        ("safe‮ gnp.exe", "safe gnp.exe"),
        ("nul\x00 and bell\x07", "nul and bell"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("👩‍🔧 很好", "👩‍🔧 很好"),
        (" \n\t ", None),
    ],
)
def test_d9_comments_are_kept_as_plain_text(typed, kept):
    assert plain_text(typed) == kept
