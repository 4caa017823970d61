"""A courier's rating, and the words for what did not count."""

import pytest

from api.domain.left_out import Omitted, Why, left_out, sentence
from api.domain.scorecard import RatingFigures
from api.domain.vocabulary import Locale, Screening, WaitOutcome


def test_under_ten_ratings_there_is_no_average():
    assert RatingFigures.of([5] * 9) == RatingFigures(9, None)


def test_the_average_has_two_decimals():
    assert RatingFigures.of([5] * 7 + [4] * 3 + [1]) == RatingFigures(11, 4.36)


def test_only_the_last_hundred_count():
    assert RatingFigures.of([5] * 100 + [1] * 50) == RatingFigures(100, 5.0)


@pytest.mark.parametrize("locale", list(Locale))
def test_every_reason_has_words(locale):
    assert all(sentence(why, locale) for why in Why)


def test_whatever_is_left_out_elsewhere_has_its_reason_here():
    uncounted = {WaitOutcome.UNDONE, WaitOutcome.ABANDONED, WaitOutcome.CANCELLED}

    assert {word.value for word in [*uncounted, *Screening]} <= {why.value for why in Why}


def test_what_did_not_happen_is_not_listed():
    counts = {Why.CANCELLED: 1, Why.UNDONE: 2, Why.ABANDONED: 0}

    listed = left_out(Omitted.WAITS, counts, Locale.EN)

    assert [(one.why, one.count) for one in listed] == [(Why.UNDONE, 2), (Why.CANCELLED, 1)]
    assert listed[0].text == "the arrival was undone"
