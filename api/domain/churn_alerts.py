"""The churn alert as a state machine on a silent spell: when it is raised, worsens, rests and closes.

Pure decisions; rows and notices are the service's. A spell begins on the last shipping day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from api.domain.churn_risk import Verdict
from api.domain.errors import Conflict, RuleBroken
from api.domain.shipping_history import ShippingHistory
from api.domain.vocabulary import AlertOutcome, AlertState, Band, Grade, LossReason

COOLDOWN = timedelta(days=30)  # After closing: a rep who just dealt with a customer is left in peace.
SHIPPING_DAYS_THAT_CLOSE = 2  # One may be the last parcel on the way out; two are a habit again.
MOST_SNOOZES = 2
SNOOZE_DAYS = (3, 7, 14)

OPEN_STATES = (AlertState.RAISED, AlertState.ACKNOWLEDGED, AlertState.ACTING, AlertState.SNOOZED)
_GRAVITY = {Band.UNRATED: 0, Band.LOW: 0, Band.MEDIUM: 1, Band.HIGH: 2}


class AlertNotOpen(Conflict):
    """This alert is not in a state in which that can be done; `state` in the details names it."""

    code = "alert_state_forbids"


class SnoozedTooOften(Conflict):
    """An alert can be snoozed twice; after that it wants an answer."""

    code = "alert_snoozed_too_often"


class LossNeedsAReason(RuleBroken):
    """A lost customer needs a loss reason, and only a lost one has it."""

    code = "loss_reason_mismatch"


class Move(StrEnum):
    """What the night's verdict does to a customer's alert."""

    NOTHING = "nothing"
    RAISE = "raise"
    RAISE_FOR_WIN_BACK = "raise_for_win_back"
    REOPEN = "reopen"
    WORSEN = "worsen"
    REFRESH = "refresh"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class LastAlert:
    """The newest alert of a customer and reason family, as far as the next decision needs it."""

    state: AlertState
    spell_started_on: date
    band: Band
    resolved_on: date | None = None
    outcome: AlertOutcome | None = None
    shipping_days_since: int = 0
    """Shipping days after the one on which the alert's spell began."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a rep closes an alert. A loss names its reason, and nothing else does."""

    outcome: AlertOutcome
    loss_reason: LossReason | None = None
    note: str | None = None


def next_move(
    verdict: Verdict, history: ShippingHistory, last: LastAlert | None, *, first_scoring: bool
) -> Move:
    """Decide what tonight's verdict does to the alert of a silent spell.

    While an alert is open no second one is raised: it worsens, is kept up to date, or is closed by two
    shipping days. After closing, 30 days are quiet unless the band is worse than then; the same spell
    never counts twice and is reopened instead. On the first scoring of a branch spells longer than two
    horizons go to the win-back list: nobody can be called about 300 customers in one morning.
    """
    if last is not None and last.state in OPEN_STATES:
        return _move_of_open(verdict, last)
    if not verdict.calls_for_care or (last is not None and _is_resting(verdict, history, last)):
        return Move.NOTHING
    if last is not None and last.spell_started_on == history.last_on:
        return Move.REOPEN
    long_silent = history.recency_days > 2 * verdict.horizon_days
    return Move.RAISE_FOR_WIN_BACK if first_scoring and long_silent else Move.RAISE


def _move_of_open(verdict: Verdict, last: LastAlert) -> Move:
    if last.shipping_days_since >= SHIPPING_DAYS_THAT_CLOSE:
        return Move.CLOSE
    if verdict.calls_for_care and _GRAVITY[verdict.band] > _GRAVITY[last.band]:
        return Move.WORSEN
    return Move.REFRESH


def _is_resting(verdict: Verdict, history: ShippingHistory, last: LastAlert) -> bool:
    """Whether a closed alert keeps a new one away: in its cooldown, or the same spell, with no worse band."""
    if _GRAVITY[verdict.band] > _GRAVITY[last.band]:
        return False
    if last.spell_started_on == history.last_on:
        return True
    return last.resolved_on is not None and history.as_of < last.resolved_on + COOLDOWN


def is_frozen(last: LastAlert | None) -> bool:
    """Whether the score stands still: the customer was declared lost and has not shipped since."""
    return last is not None and last.outcome is AlertOutcome.LOST and last.shipping_days_since == 0


def is_pushed(band: Band, grade: Grade | None) -> bool:
    """Whether an alert goes to the phone at once: red, and for grade A amber too."""
    return band is Band.HIGH or (band is Band.MEDIUM and grade is Grade.A)


def check_acknowledge(state: AlertState) -> None:
    """Refuse unless the alert is raised or snoozed. Raises AlertNotOpen."""
    _check_state(state, (AlertState.RAISED, AlertState.SNOOZED))


def check_act(state: AlertState) -> None:
    """Refuse once the alert is acted on or resolved. Raises AlertNotOpen."""
    _check_state(state, (AlertState.RAISED, AlertState.ACKNOWLEDGED, AlertState.SNOOZED))


def check_snooze(state: AlertState, snoozes: int) -> None:
    """Refuse a third snooze and one of a sleeping or closed alert. Raises AlertNotOpen, SnoozedTooOften."""
    _check_state(state, (AlertState.RAISED, AlertState.ACKNOWLEDGED, AlertState.ACTING))
    if snoozes >= MOST_SNOOZES:
        raise SnoozedTooOften()


def check_resolve(state: AlertState, resolution: Resolution) -> None:
    """Refuse a closed alert, and a loss without its reason. Raises AlertNotOpen, LossNeedsAReason."""
    _check_state(state, OPEN_STATES)
    if (resolution.outcome is AlertOutcome.LOST) != (resolution.loss_reason is not None):
        raise LossNeedsAReason(errors={"loss_reason": ["Needed for `lost`, and for nothing else."]})


def _check_state(state: AlertState, allowed: tuple[AlertState, ...]) -> None:
    if state not in allowed:
        raise AlertNotOpen(f"The alert is {state}.", state=state)
