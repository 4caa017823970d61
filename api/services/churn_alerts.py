"""Churn alerts: following the night's verdicts, telling the owners, and what a rep does with an alert.

Which move a verdict makes, and what may be done in which state, is decided in `domain.churn_alerts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.business_hours import local_instant
from api.domain.churn_alerts import (
    Move,
    Resolution,
    check_acknowledge,
    check_act,
    check_resolve,
    check_snooze,
    is_pushed,
    next_move,
)
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.principal import Principal
from api.domain.vocabulary import AlertOutcome, AlertState, ReasonFamily
from api.models import ChurnAlert
from api.services import absences, climbing, events, notices
from api.services.churn import Judged, Night


def follow(session: Session, night: Night, judged: Sequence[Judged], *, now: datetime) -> int:
    """Let the alerts of these customers follow the night's verdicts.

    Returns how many now call for a rep: raised, reopened or worsened.
    """
    ids = [one.shipper.id for one in judged]
    known = queries.churn_alerts.newest_of(session, ids, ReasonFamily.SILENCE, night.scored_on)
    made = []
    for one in judged:
        last = known.get(one.shipper.id)
        move = next_move(
            one.verdict,
            one.shipper.history,
            last.as_last(night.zone) if last else None,
            first_scoring=night.first_scoring,
        )
        if move is not Move.NOTHING:
            made.append((move, _make(session, move, _Change(night, one, last.alert if last else None), now)))
    session.flush()
    _stop_climbing(session, [alert for move, alert in made if move is Move.CLOSE], now)
    for move, alert in made:
        if move in _FACTS:
            codes = {"band": alert.band, "spell_started_on": alert.spell_started_on.isoformat()}
            _record(session, alert, _FACTS[move], None, now, codes)
    return sum(move in (Move.RAISE, Move.REOPEN, Move.WORSEN) for move, _ in made)


def wake(session: Session, *, branch_id: UUID, now: datetime) -> int:
    """Put snoozed alerts whose time is over back on the list."""
    awake = queries.churn_alerts.sleeping(session, branch_id, until=now)
    for alert in awake:
        alert.state, alert.snoozed_until = AlertState.RAISED, None
    session.flush()
    return len(awake)


def tell_owners(session: Session, night: Night, *, now: datetime) -> int:
    """Push what is red (for grade A amber too) to the owners, the most value first; return how many.

    A spell is pushed once per band. A rep gets a few a day (the policy says how many); what is over that
    waits on the list for its turn on another night.
    """
    today = local_instant(night.scored_on, time.min, night.zone)
    told_today = queries.churn_alerts.told_since(session, night.branch_id, today)
    told = 0
    by_rep = queries.churn_alerts.raised_by_rep(session, night.branch_id)
    instead = absences.stand_ins(session, by_rep, now=now)
    for owner_id, alerts in by_rep.items():
        rep_id = instead.get(owner_id, owner_id)
        tellings = [_telling(alert, rep_id) for alert, grade in alerts if is_pushed(alert.band, grade)]
        before = queries.churn_alerts.told_keys(session, [one.dedupe_key for one in tellings])
        fresh = [one for one in tellings if one.dedupe_key not in before]
        left = max(0, night.policy.churn_pushes_per_rep_day - told_today[rep_id])
        sent = len(notices.tell_all(session, fresh[:left], now=now))
        told_today[rep_id] += sent
        told += sent
    return told


def acknowledge(session: Session, *, alert_id: UUID, by: Principal, now: datetime) -> ChurnAlert:
    """Take note of an alert: it is read and will be dealt with. Raises NotFound, AlertNotOpen."""
    alert = queries.churn_alerts.by_id(session, alert_id, by=by)
    check_acknowledge(alert.state)
    alert.state, alert.acknowledged_at, alert.snoozed_until = AlertState.ACKNOWLEDGED, now, None
    return _kept(session, alert, "churn_alert.acknowledged", by, now)


def act(
    session: Session, *, alert_id: UUID, by: Principal, note: str | None = None, now: datetime
) -> ChurnAlert:
    """Begin to act on an alert: a call, a visit, an offer. Raises NotFound, AlertNotOpen."""
    alert = queries.churn_alerts.by_id(session, alert_id, by=by)
    check_act(alert.state)
    alert.state, alert.snoozed_until, alert.note = AlertState.ACTING, None, note or alert.note
    alert.acknowledged_at = alert.acknowledged_at or now
    return _kept(session, alert, "churn_alert.acted_on", by, now)


def snooze(
    session: Session, *, alert_id: UUID, days: int, reason: str, by: Principal, now: datetime
) -> ChurnAlert:
    """Lay an alert aside for some days, with a reason. Raises NotFound, AlertNotOpen, SnoozedTooOften."""
    alert = queries.churn_alerts.by_id(session, alert_id, by=by)
    check_snooze(alert.state, alert.snoozes)
    alert.state, alert.snoozed_until, alert.note = AlertState.SNOOZED, now + timedelta(days=days), reason
    alert.snoozes += 1
    return _kept(session, alert, "churn_alert.snoozed", by, now, {"days": days})


def resolve(
    session: Session, *, alert_id: UUID, resolution: Resolution, by: Principal, now: datetime
) -> ChurnAlert:
    """Close an alert. Raises NotFound, AlertNotOpen, LossNeedsAReason."""
    alert = queries.churn_alerts.by_id(session, alert_id, by=by)
    check_resolve(alert.state, resolution)
    _close(alert, resolution.outcome, now)
    alert.loss_reason, alert.note = resolution.loss_reason, resolution.note or alert.note
    codes = {"outcome": resolution.outcome, "loss_reason": resolution.loss_reason}
    return _kept(session, alert, "churn_alert.resolved", by, now, codes)


@dataclass(frozen=True, slots=True)
class _Change:
    """What a move works with: the night, the customer's verdict, and the alert that may be there."""

    night: Night
    judged: Judged
    alert: ChurnAlert | None


_FACTS = {
    Move.RAISE: "churn_alert.raised",
    Move.RAISE_FOR_WIN_BACK: "churn_alert.listed_for_win_back",
    Move.REOPEN: "churn_alert.reopened",
    Move.WORSEN: "churn_alert.worsened",
    Move.CLOSE: "churn_alert.closed_by_shipments",
}


def _make(session: Session, move: Move, change: _Change, now: datetime) -> ChurnAlert:
    """Carry out a move on the rows; the caller flushes."""
    alert = change.alert
    if alert is None or move in (Move.RAISE, Move.RAISE_FOR_WIN_BACK):
        return _raise(session, change, win_back=move is Move.RAISE_FOR_WIN_BACK, now=now)
    if move is Move.CLOSE:
        _close(alert, AlertOutcome.WON_BACK, now)
        return alert
    _bring_up_to_date(alert, change)
    if move in (Move.REOPEN, Move.WORSEN):
        _call_again(alert, now)
    return alert


def _raise(session: Session, change: _Change, *, win_back: bool, now: datetime) -> ChurnAlert:
    shipper = change.judged.shipper
    alert = ChurnAlert(
        branch_id=change.night.branch_id,
        customer_id=shipper.id,
        reason_family=ReasonFamily.SILENCE,
        spell_started_on=shipper.history.last_on,
        win_back=win_back,
        raised_at=now,
    )
    _bring_up_to_date(alert, change)
    session.add(alert)
    return alert


def _bring_up_to_date(alert: ChurnAlert, change: _Change) -> None:
    """Write tonight's numbers; once the verdict no longer calls for care, band and reasons stay."""
    verdict = change.judged.verdict
    alert.owner_id = change.judged.shipper.owner_id
    alert.p_ships = verdict.p_ships
    alert.value_at_risk_minor = verdict.value_at_risk_minor
    alert.currency = change.night.currency
    if verdict.calls_for_care:
        alert.band, alert.critical = verdict.band, verdict.critical
        alert.reasons = [reason.to_json() for reason in change.judged.reasons]


def _call_again(alert: ChurnAlert, now: datetime) -> None:
    """Put a worse spell before the rep again, unless he is already acting on it."""
    if alert.state is not AlertState.ACTING:
        alert.state, alert.snoozed_until = AlertState.RAISED, None
    if alert.resolved_at is not None:
        alert.resolved_at, alert.outcome, alert.raised_at = None, None, now


def _close(alert: ChurnAlert, outcome: AlertOutcome, now: datetime) -> None:
    alert.state, alert.outcome, alert.resolved_at = AlertState.RESOLVED, outcome, now
    alert.snoozed_until = None


def _telling(alert: ChurnAlert, rep_id: UUID) -> Telling:
    return Telling(
        NoticeKind.CHURN_ALERT,
        branch_id=alert.branch_id,
        dedupe_key=f"{NoticeKind.CHURN_ALERT}:{alert.id}:{alert.band}:{rep_id}",
        staff_id=rep_id,
        customer_id=alert.customer_id,
    )


def _kept(
    session: Session,
    alert: ChurnAlert,
    name: str,
    by: Principal,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> ChurnAlert:
    session.flush()
    _record(session, alert, name, by.staff_id, now, data or {})
    _stop_climbing(session, [alert], now)
    return alert


def _stop_climbing(session: Session, alerts: Sequence[ChurnAlert], now: datetime) -> None:
    """Somebody looks after these alerts, or nobody need do so: nobody else is told."""
    if alerts:
        climbing.stop_climbing(session, [f"customer:{alert.customer_id}" for alert in alerts], now=now)


def _record(
    session: Session, alert: ChurnAlert, name: str, actor_id: UUID | None, now: datetime, data: dict[str, Any]
) -> None:
    events.record(
        session,
        name,
        subject_type="churn_alert",
        subject_id=alert.id,
        branch_id=alert.branch_id,
        actor_id=actor_id,
        data={**data, "customer_id": str(alert.customer_id)},
        now=now,
    )
