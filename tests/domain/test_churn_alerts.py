"""The alert on a silent spell: raised once, worsened, rested, closed, and never nagging."""

from datetime import date, timedelta

import pytest

from api.domain.churn_alerts import (
    AlertNotOpen,
    LastAlert,
    LossNeedsAReason,
    Move,
    Resolution,
    Sign,
    SnoozedTooOften,
    check_acknowledge,
    check_act,
    check_resolve,
    check_snooze,
    in_digest,
    is_frozen,
    is_pushed,
    next_move,
    signs,
)
from api.domain.churn_risk import Verdict
from api.domain.decline import Pace
from api.domain.shipping_history import ShippingHistory
from api.domain.vocabulary import (
    AlertOutcome,
    AlertState,
    Band,
    ChurnEngine,
    Grade,
    LossReason,
    ReasonFamily,
)

TODAY = date(2026, 6, 1)
SPELL = date(2026, 5, 1)


def closed(days_ago: int, band: Band = Band.MEDIUM, spell: date = date(2026, 1, 1)) -> LastAlert:
    return LastAlert(
        AlertState.RESOLVED, spell, band, TODAY - timedelta(days=days_ago), AlertOutcome.WON_BACK, 3
    )


def move(band: Band, last: LastAlert | None, *, since: date = SPELL, first_scoring: bool = False) -> Move:
    silent_days = (TODAY - since).days
    sign = Sign(ReasonFamily.SILENCE, band, since, TODAY, is_long=silent_days > 60)
    return next_move(sign, last, first_scoring=first_scoring)


def decline(band: Band, *, parcels: int = 50) -> Sign:
    since = TODAY - timedelta(days=14)
    return Sign(ReasonFamily.DECLINE, band, since, TODAY, False, parcels, usual_parcels=100.0)


@pytest.mark.parametrize(
    ("band", "expected"),
    [
        (Band.HIGH, Move.RAISE),
        (Band.MEDIUM, Move.RAISE),
        (Band.LOW, Move.NOTHING),
        (Band.UNRATED, Move.NOTHING),
    ],
)
def test_amber_and_red_raise_an_alert(band: Band, expected: Move) -> None:
    assert move(band, None) is expected


@pytest.mark.parametrize(("silent", "expected"), [(60, Move.RAISE), (61, Move.RAISE_FOR_WIN_BACK)])
def test_on_the_first_scoring_long_spells_form_the_win_back_list(silent: int, expected: Move) -> None:
    since = TODAY - timedelta(days=silent)

    assert move(Band.HIGH, None, since=since, first_scoring=True) is expected


def test_on_later_nights_a_long_spell_is_an_alert() -> None:
    assert move(Band.HIGH, None, since=date(2026, 1, 1)) is Move.RAISE


@pytest.mark.parametrize(
    "state", [AlertState.RAISED, AlertState.ACKNOWLEDGED, AlertState.ACTING, AlertState.SNOOZED]
)
def test_while_an_alert_is_open_no_second_one_is_raised(state: AlertState) -> None:
    assert move(Band.HIGH, LastAlert(state, date(2026, 4, 1), Band.HIGH)) is Move.REFRESH


def test_an_open_alert_worsens_with_its_spell() -> None:
    assert move(Band.HIGH, LastAlert(AlertState.ACKNOWLEDGED, SPELL, Band.MEDIUM)) is Move.WORSEN


@pytest.mark.parametrize(("days", "expected"), [(1, Move.REFRESH), (2, Move.CLOSE)])
def test_two_shipping_days_close_an_alert(days: int, expected: Move) -> None:
    last = LastAlert(AlertState.ACTING, date(2026, 4, 1), Band.HIGH, shipping_days_since=days)

    assert move(Band.LOW, last) is expected


@pytest.mark.parametrize(("days_ago", "expected"), [(29, Move.NOTHING), (30, Move.RAISE)])
def test_after_closing_a_new_spell_is_quiet_for_30_days(days_ago: int, expected: Move) -> None:
    assert move(Band.MEDIUM, closed(days_ago)) is expected


def test_a_worse_band_breaks_the_cooldown() -> None:
    assert move(Band.HIGH, closed(5, Band.MEDIUM)) is Move.RAISE


def test_the_same_spell_never_raises_a_second_alert() -> None:
    assert move(Band.MEDIUM, closed(200, spell=SPELL)) is Move.NOTHING


def test_the_same_spell_with_a_worse_band_is_reopened() -> None:
    assert move(Band.HIGH, closed(5, Band.MEDIUM, spell=SPELL)) is Move.REOPEN


def test_the_score_of_a_lost_customer_is_frozen_until_he_ships() -> None:
    lost = LastAlert(AlertState.RESOLVED, SPELL, Band.HIGH, TODAY, AlertOutcome.LOST)
    back = LastAlert(AlertState.RESOLVED, SPELL, Band.HIGH, TODAY, AlertOutcome.LOST, shipping_days_since=1)

    assert is_frozen(lost)
    assert not is_frozen(back)
    assert not is_frozen(None)


@pytest.mark.parametrize(
    ("band", "grade", "pushed"),
    [
        (Band.HIGH, None, True),
        (Band.MEDIUM, Grade.A, True),
        (Band.MEDIUM, Grade.B, False),
        (Band.LOW, Grade.A, False),
    ],
)
def test_red_is_pushed_and_amber_for_grade_a(band: Band, grade: Grade | None, pushed: bool) -> None:
    assert is_pushed(band, grade) is pushed


def test_what_is_done_is_not_done_again() -> None:
    with pytest.raises(AlertNotOpen):
        check_acknowledge(AlertState.ACTING)
    with pytest.raises(AlertNotOpen):
        check_act(AlertState.RESOLVED)
    with pytest.raises(AlertNotOpen):
        check_resolve(AlertState.RESOLVED, Resolution(AlertOutcome.SEASONAL))


def test_a_refusal_names_the_state() -> None:
    with pytest.raises(AlertNotOpen) as refusal:
        check_acknowledge(AlertState.RESOLVED)

    assert refusal.value.details["state"] is AlertState.RESOLVED


def test_an_alert_can_be_snoozed_twice() -> None:
    check_snooze(AlertState.ACKNOWLEDGED, snoozes=1)

    with pytest.raises(SnoozedTooOften):
        check_snooze(AlertState.RAISED, snoozes=2)


@pytest.mark.parametrize(
    ("outcome", "reason"), [(AlertOutcome.LOST, None), (AlertOutcome.SEASONAL, LossReason.PRICE)]
)
def test_a_loss_and_only_a_loss_has_a_reason(outcome: AlertOutcome, reason: LossReason | None) -> None:
    with pytest.raises(LossNeedsAReason):
        check_resolve(AlertState.ACTING, Resolution(outcome, reason))


def test_another_step_of_the_playbook_may_be_done_while_acting() -> None:
    check_act(AlertState.ACTING, with_step=True)

    with pytest.raises(AlertNotOpen):
        check_act(AlertState.ACTING)


@pytest.mark.parametrize(("parcels", "expected"), [(79, Move.REFRESH), (80, Move.CLOSE)])
def test_four_fifths_of_what_was_usual_then_close_a_decline(parcels: int, expected: Move) -> None:
    last = LastAlert(AlertState.RAISED, date(2026, 4, 1), Band.MEDIUM, usual_parcels=100.0)

    assert next_move(decline(Band.LOW, parcels=parcels), last, first_scoring=False) is expected


def test_an_open_decline_gets_no_second_alert_however_its_fortnight_moves() -> None:
    last = LastAlert(AlertState.ACKNOWLEDGED, date(2026, 5, 10), Band.MEDIUM, usual_parcels=100.0)

    assert next_move(decline(Band.MEDIUM), last, first_scoring=False) is Move.REFRESH


def test_a_verdict_speaks_of_silence_and_of_decline() -> None:
    history = ShippingHistory(date(2025, 6, 1), date(2026, 5, 30), 300, TODAY)
    halved = Pace(50, 100.0, -3.0, 0, 0.0)
    verdict = Verdict(ChurnEngine.DECLINE, Band.MEDIUM, False, 0.99, 30, 1, 100_00, halved)

    silence, decline = signs(verdict, history)

    assert (silence.family, silence.band, silence.spell_started_on) == (
        ReasonFamily.SILENCE,
        Band.LOW,
        date(2026, 5, 30),
    )
    assert (decline.family, decline.band, decline.spell_started_on) == (
        ReasonFamily.DECLINE,
        Band.MEDIUM,
        date(2026, 5, 18),
    )


@pytest.mark.parametrize(
    ("band", "grade", "waits"),
    [(Band.MEDIUM, Grade.B, True), (Band.MEDIUM, Grade.A, False), (Band.HIGH, None, False)],
)
def test_monday_hears_of_what_was_not_pushed(band: Band, grade: Grade | None, waits: bool) -> None:
    assert in_digest(band, grade) is waits
