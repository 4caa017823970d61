"""Churn alerts follow the night's verdicts: raised, worsened, kept up to date, closed, woken.

Which move a verdict makes is decided in `domain.churn_alerts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.churn_alerts import Move, Sign, next_move, signs
from api.domain.playbooks import PlaybookStep, playbook
from api.domain.vocabulary import AlertOutcome, AlertState, ReasonFamily
from api.models import ChurnAlert
from api.queries.churn_alerts import KnownAlert
from api.services.churn import Judged, Night
from api.services.churn_alerts import record, stop_climbing


def follow(session: Session, night: Night, judged: Sequence[Judged], *, now: datetime) -> int:
    """Let the alerts of these customers follow the night's verdicts.

    Returns how many now call for a rep: raised, reopened or worsened.
    """
    ids = [one.shipper.id for one in judged]
    known = queries.churn_alerts.newest_of(session, ids, night.scored_on)
    made = [
        (move, _make(session, move, change, now))
        for move, change in _moves(night, judged, known)
        if move is not Move.NOTHING
    ]
    session.flush()
    stop_climbing(session, [alert for move, alert in made if move is Move.CLOSE], now)
    for move, alert in made:
        if move in _FACTS:
            codes = {"band": alert.band, "spell_started_on": alert.spell_started_on.isoformat()}
            record(session, alert, _FACTS[move], None, now, codes)
    return sum(move in (Move.RAISE, Move.REOPEN, Move.WORSEN) for move, _ in made)


def wake(session: Session, *, branch_id: UUID, now: datetime) -> int:
    """Put snoozed alerts whose time is over back on the list."""
    awake = queries.churn_alerts.sleeping(session, branch_id, until=now)
    for alert in awake:
        alert.state, alert.snoozed_until = AlertState.RAISED, None
    session.flush()
    return len(awake)


@dataclass(frozen=True, slots=True)
class _Change:
    """What a move works with: the night, the customer's verdict, its sign, and the alert that may be
    there."""

    night: Night
    judged: Judged
    sign: Sign
    alert: ChurnAlert | None


_FACTS = {
    Move.RAISE: "churn_alert.raised",
    Move.RAISE_FOR_WIN_BACK: "churn_alert.listed_for_win_back",
    Move.REOPEN: "churn_alert.reopened",
    Move.WORSEN: "churn_alert.worsened",
    Move.CLOSE: "churn_alert.closed_by_shipments",
}


def _moves(
    night: Night, judged: Sequence[Judged], known: Mapping[tuple[UUID, ReasonFamily], KnownAlert]
) -> Iterator[tuple[Move, _Change]]:
    for one in judged:
        for sign in signs(one.verdict, one.shipper.history):
            last = known.get((one.shipper.id, sign.family))
            move = next_move(
                sign, last.as_last(night.zone) if last else None, first_scoring=night.first_scoring
            )
            yield move, _Change(night, one, sign, last.alert if last else None)


def _make(session: Session, move: Move, change: _Change, now: datetime) -> ChurnAlert:
    """Carry out a move on the rows; the caller flushes."""
    alert = change.alert
    if alert is None or move in (Move.RAISE, Move.RAISE_FOR_WIN_BACK):
        return _raise(session, change, win_back=move is Move.RAISE_FOR_WIN_BACK, now=now)
    if move is Move.CLOSE:
        alert.state, alert.outcome, alert.resolved_at = AlertState.RESOLVED, AlertOutcome.WON_BACK, now
        alert.snoozed_until = None
        return alert
    _bring_up_to_date(alert, change)
    if move in (Move.REOPEN, Move.WORSEN):
        _call_again(alert, now)
    return alert


def _raise(session: Session, change: _Change, *, win_back: bool, now: datetime) -> ChurnAlert:
    alert = ChurnAlert(
        branch_id=change.night.branch_id,
        customer_id=change.judged.shipper.id,
        reason_family=change.sign.family,
        spell_started_on=change.sign.spell_started_on,
        usual_parcels=change.sign.usual_parcels if change.sign.family is ReasonFamily.DECLINE else None,
        win_back=win_back,
        playbook=[],
        raised_at=now,
    )
    _bring_up_to_date(alert, change)
    session.add(alert)
    return alert


def _bring_up_to_date(alert: ChurnAlert, change: _Change) -> None:
    """Write tonight's numbers; once the sign no longer calls for care, band, reasons and playbook stay."""
    verdict = change.judged.verdict
    alert.owner_id = change.judged.shipper.owner_id
    alert.p_ships = verdict.p_ships
    alert.value_at_risk_minor = verdict.value_at_risk_minor
    alert.currency = change.night.currency
    if change.sign.calls_for_care:
        alert.band = change.sign.band
        alert.critical = verdict.critical and change.sign.family is ReasonFamily.SILENCE
        alert.reasons = [reason.to_json() for reason in change.judged.reasons]
        before = [PlaybookStep.of_json(one) for one in alert.playbook]
        night = change.night
        steps = playbook(change.judged.reasons, alert.band, night.scored_on, night.working, before)
        alert.playbook = [one.to_json() for one in steps]


def _call_again(alert: ChurnAlert, now: datetime) -> None:
    """Put a worse spell before the rep again, unless he is already acting on it."""
    if alert.state is not AlertState.ACTING:
        alert.state, alert.snoozed_until = AlertState.RAISED, None
    if alert.resolved_at is not None:
        alert.resolved_at, alert.outcome, alert.raised_at = None, None, now
