"""The churn alert as a state machine on a spell: when it is raised, worsens, rests and closes.

Pure decisions; rows and notices are the service's. A silent spell begins on the last shipping day, a spell of
decline two weeks before it was seen. Each family of reasons has spells of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from api.domain.churn_risk import Verdict
from api.domain.decline import RECENT_WEEKS, RECOVERED_FROM
from api.domain.errors import Conflict, RuleBroken
from api.domain.shipping_history import ShippingHistory
from api.domain.vocabulary import AlertOutcome, AlertState, Band, Grade, LossReason, ReasonFamily

COOLDOWN = timedelta(days=30)  # After closing: a rep who just dealt with a customer is left in peace.
SHIPPING_DAYS_THAT_CLOSE = 2  # One may be the last parcel on the way out; two are a habit again.
MOST_SNOOZES = 2
SNOOZE_DAYS = (3, 7, 14)
DIGEST_WEEKDAY = 0  # Monday: the week is still there to be planned.
MOST_IN_DIGEST = 5
WIN_BACK_AFTER = timedelta(days=60)  # Long enough for a rival to have disappointed, too.

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
    usual_parcels: float | None = None
    """Of a decline: what a usual fortnight was when it was seen. Later weeks forget what usual was."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What a night's verdict says in one family of reasons."""

    family: ReasonFamily
    band: Band
    spell_started_on: date
    as_of: date
    is_long: bool
    """Whether the spell is longer than two horizons."""
    parcels: int | None = None
    """Of a frequent shipper, in the last two weeks."""
    usual_parcels: float | None = None

    @property
    def calls_for_care(self) -> bool:
        return self.band in (Band.MEDIUM, Band.HIGH)

    def is_over(self, last: LastAlert) -> bool:
        """Whether the spell of an open alert has ended: two shipping days, or four fifths of the usual
        volume."""
        if self.family is ReasonFamily.SILENCE:
            return last.shipping_days_since >= SHIPPING_DAYS_THAT_CLOSE
        if self.parcels is None or last.usual_parcels is None:
            return False
        return self.parcels >= RECOVERED_FROM * last.usual_parcels


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a rep closes an alert. A loss names its reason, and nothing else does."""

    outcome: AlertOutcome
    loss_reason: LossReason | None = None
    note: str | None = None


def signs(verdict: Verdict, history: ShippingHistory) -> tuple[Sign, Sign]:
    """Return what a verdict says of silence and of decline."""
    pace = verdict.pace
    silence = Sign(
        ReasonFamily.SILENCE,
        verdict.silence,
        history.last_on,
        history.as_of,
        is_long=history.recency_days > 2 * verdict.horizon_days,
    )
    decline = Sign(
        ReasonFamily.DECLINE,
        verdict.decline,
        history.as_of - timedelta(weeks=RECENT_WEEKS),
        history.as_of,
        is_long=False,
        parcels=pace.recent if pace else None,
        usual_parcels=pace.expected if pace else None,
    )
    return silence, decline


def next_move(sign: Sign, last: LastAlert | None, *, first_scoring: bool) -> Move:
    """Decide what tonight's sign does to the alert of its family.

    While an alert is open no second one is raised: it worsens, is kept up to date, or is closed when its
    spell is over. After closing, 30 days are quiet unless the band is worse than then; another family has a
    quiet time of its own. The same spell never counts twice and is reopened instead. On the first scoring of
    a branch spells longer than two horizons go to the win-back list: nobody can be called about 300 customers
    in one morning.
    """
    if last is not None and last.state in OPEN_STATES:
        return _move_of_open(sign, last)
    if not sign.calls_for_care or (last is not None and _is_resting(sign, last)):
        return Move.NOTHING
    if last is not None and last.spell_started_on == sign.spell_started_on:
        return Move.REOPEN
    return Move.RAISE_FOR_WIN_BACK if first_scoring and sign.is_long else Move.RAISE


def _move_of_open(sign: Sign, last: LastAlert) -> Move:
    if sign.is_over(last):
        return Move.CLOSE
    if sign.calls_for_care and _GRAVITY[sign.band] > _GRAVITY[last.band]:
        return Move.WORSEN
    return Move.REFRESH


def _is_resting(sign: Sign, last: LastAlert) -> bool:
    """Whether a closed alert keeps a new one away: in its cooldown, or the same spell, with no worse band."""
    if _GRAVITY[sign.band] > _GRAVITY[last.band]:
        return False
    if last.spell_started_on == sign.spell_started_on:
        return True
    return last.resolved_on is not None and sign.as_of < last.resolved_on + COOLDOWN


def is_frozen(last: LastAlert | None) -> bool:
    """Whether the score stands still: the customer was declared lost and has not shipped since."""
    return last is not None and last.outcome is AlertOutcome.LOST and last.shipping_days_since == 0


def is_pushed(band: Band, grade: Grade | None) -> bool:
    """Whether an alert goes to the phone at once: red, and for grade A amber too."""
    return band is Band.HIGH or (band is Band.MEDIUM and grade is Grade.A)


def in_digest(band: Band, grade: Grade | None) -> bool:
    """Whether an alert waits for Monday's digest: what calls for care, and is not pushed."""
    return band is Band.MEDIUM and not is_pushed(band, grade)


def check_acknowledge(state: AlertState) -> None:
    """Refuse unless the alert is raised or snoozed. Raises AlertNotOpen."""
    _check_state(state, (AlertState.RAISED, AlertState.SNOOZED))


def check_act(state: AlertState, *, with_step: bool = False) -> None:
    """Refuse once the alert is acted on, unless another step of its playbook is done. Raises AlertNotOpen."""
    if not (with_step and state is AlertState.ACTING):
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
