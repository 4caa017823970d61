"""What a rep does with a churn alert: take note, act step by step, lay it aside, close it.

What may be done in which state is decided in `domain.churn_alerts`. How alerts follow the nights is in
`churn_following`, who is told of them in `churn_telling`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api import queries
from api.domain.business_hours import local_day
from api.domain.churn_alerts import (
    WIN_BACK_AFTER,
    Resolution,
    check_acknowledge,
    check_act,
    check_resolve,
    check_snooze,
)
from api.domain.playbooks import PlaybookStep, with_done
from api.domain.principal import Principal
from api.domain.risk_reasons import NextStep
from api.domain.vocabulary import AlertOutcome, AlertState
from api.models import Branch, ChurnAlert, Customer
from api.services import climbing, events, visits


def acknowledge(session: Session, *, alert_id: UUID, by: Principal, now: datetime) -> ChurnAlert:
    """Take note of an alert: it is read and will be dealt with. Raises NotFound, AlertNotOpen."""
    alert = queries.churn_alerts.by_id(session, alert_id, by=by)
    check_acknowledge(alert.state)
    alert.state, alert.acknowledged_at, alert.snoozed_until = AlertState.ACKNOWLEDGED, now, None
    return _kept(session, alert, "churn_alert.acknowledged", by, now)


def act(
    session: Session,
    *,
    alert_id: UUID,
    by: Principal,
    note: str | None = None,
    step: NextStep | None = None,
    now: datetime,
) -> ChurnAlert:
    """Act on an alert, and tick off a step of its playbook.

    Raises NotFound, AlertNotOpen, StepNotInPlaybook.
    """
    alert = queries.churn_alerts.by_id(session, alert_id, by=by)
    check_act(alert.state, with_step=step is not None)
    if step is not None:
        today = local_day(now, ZoneInfo(session.get_one(Branch, alert.branch_id).timezone))
        steps = with_done([PlaybookStep.of_json(one) for one in alert.playbook], step, today)
        alert.playbook = [one.to_json() for one in steps]
    alert.state, alert.snoozed_until, alert.note = AlertState.ACTING, None, note or alert.note
    alert.acknowledged_at = alert.acknowledged_at or now
    return _kept(session, alert, "churn_alert.acted_on", by, now, {"step": step} if step else {})


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
    """Close an alert; a lost customer goes to the win-back list, and is visited again at 60 days.

    Raises NotFound, AlertNotOpen, LossNeedsAReason.
    """
    alert = queries.churn_alerts.by_id(session, alert_id, by=by)
    check_resolve(alert.state, resolution)
    alert.state, alert.outcome, alert.resolved_at = AlertState.RESOLVED, resolution.outcome, now
    alert.snoozed_until = None
    alert.loss_reason, alert.note = resolution.loss_reason, resolution.note or alert.note
    if resolution.outcome is AlertOutcome.LOST:
        alert.win_back = True
        _plan_win_back(session, alert, by, now)
    codes = {"outcome": resolution.outcome, "loss_reason": resolution.loss_reason}
    return _kept(session, alert, "churn_alert.resolved", by, now, codes)


def record(
    session: Session, alert: ChurnAlert, name: str, actor_id: UUID | None, now: datetime, data: dict[str, Any]
) -> None:
    """Keep the fact of what happened to an alert."""
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


def _plan_win_back(session: Session, alert: ChurnAlert, by: Principal, now: datetime) -> None:
    branch = session.get_one(Branch, alert.branch_id)
    day = local_day(now + WIN_BACK_AFTER, ZoneInfo(branch.timezone))
    worked = queries.work_calendars.of_branch(session, branch, around=now)
    planned_on = worked.next_working_day(day)
    customer = session.get_one(Customer, alert.customer_id)
    visits.plan_win_back(session, customer=customer, planned_on=planned_on, by=by, now=now)


def _kept(
    session: Session,
    alert: ChurnAlert,
    name: str,
    by: Principal,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> ChurnAlert:
    session.flush()
    record(session, alert, name, by.staff_id, now, data or {})
    stop_climbing(session, [alert], now)
    return alert


def stop_climbing(session: Session, alerts: Sequence[ChurnAlert], now: datetime) -> None:
    """Somebody looks after these alerts, or nobody need do so: nobody else is told."""
    if alerts:
        climbing.stop_climbing(session, [f"customer:{alert.customer_id}" for alert in alerts], now=now)
