"""Churn alerts: a person's list, the newest alert of each customer, and who has still to be told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from api.domain.business_hours import local_day
from api.domain.churn_alerts import OPEN_STATES, LastAlert
from api.domain.errors import NotFound
from api.domain.notice_kinds import NoticeKind
from api.domain.paging import Page, PageRequest
from api.domain.playbooks import PlaybookStep
from api.domain.principal import Principal
from api.domain.risk_reasons import NextStep, next_step_text
from api.domain.visit_cadence import LIVE_STATES
from api.domain.vocabulary import (
    AlertOutcome,
    AlertState,
    Band,
    Grade,
    Locale,
    LossReason,
    ReasonFamily,
)
from api.models import ChurnAlert, Customer, Notice, Shipment, StaffMember, Visit
from api.queries import scope
from api.queries.churn import ReasonView
from api.queries.paging import paginate


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """What a list of alerts is narrowed to."""

    state: AlertState | None = None
    band: Band | None = None
    win_back: bool | None = None
    customer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class StepView:
    """A step of a playbook in the reader's language."""

    step: NextStep
    text: str
    due_on: date
    done_on: date | None


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert as its reader sees it, in the reader's language."""

    id: UUID
    customer_id: UUID
    customer_code: str
    customer_name: str
    grade: Grade | None
    owner_id: UUID | None
    family: ReasonFamily
    spell_started_on: date
    band: Band
    critical: bool
    win_back: bool
    p_ships: float | None
    value_at_risk_minor: int
    currency: str
    reasons: Sequence[ReasonView]
    playbook: Sequence[StepView]
    next_visit_on: date | None
    """When the customer is visited next, if that is planned or proposed."""
    state: AlertState
    raised_at: datetime
    acknowledged_at: datetime | None
    snoozed_until: datetime | None
    snoozes: int
    resolved_at: datetime | None
    outcome: AlertOutcome | None
    loss_reason: LossReason | None
    note: str | None
    version: int


@dataclass(frozen=True, slots=True)
class KnownAlert:
    """The newest alert of a customer, and how many shipping days its spell has seen since it began."""

    alert: ChurnAlert
    shipping_days_since: int

    def as_last(self, zone: ZoneInfo) -> LastAlert:
        """Return what the domain needs of it to decide what comes next; days are those of the zone."""
        resolved_at = self.alert.resolved_at
        return LastAlert(
            state=self.alert.state,
            spell_started_on=self.alert.spell_started_on,
            band=self.alert.band,
            resolved_on=local_day(resolved_at, zone) if resolved_at else None,
            outcome=self.alert.outcome,
            shipping_days_since=self.shipping_days_since,
            usual_parcels=self.alert.usual_parcels,
        )


def listed(
    session: Session, *, by: Principal, only: AlertFilter, locale: Locale, page: PageRequest
) -> Page[AlertView]:
    """List alerts, the most value at risk first. Without a state, those that are open; the win-back list
    has those that were lost besides."""
    statement = select(ChurnAlert).where(scope.churn_alerts(by))
    statement = statement.where(_in_state(only))
    if only.band is not None:
        statement = statement.where(ChurnAlert.band == only.band)
    if only.win_back is not None:
        statement = statement.where(ChurnAlert.win_back.is_(only.win_back))
    if only.customer_id is not None:
        statement = statement.where(ChurnAlert.customer_id == only.customer_id)
    keys = [ChurnAlert.value_at_risk_minor, ChurnAlert.id]
    found = paginate(session, statement, keys, page, descending=True)
    return Page(views(session, found.items, locale), found.next_cursor)


def by_id(session: Session, alert_id: UUID, *, by: Principal) -> ChurnAlert:
    found = session.scalar(select(ChurnAlert).where(ChurnAlert.id == alert_id, scope.churn_alerts(by)))
    if found is None:
        raise NotFound()
    return found


def view_by_id(session: Session, alert_id: UUID, *, by: Principal, locale: Locale) -> AlertView:
    return view_of(session, by_id(session, alert_id, by=by), locale)


def view_of(session: Session, alert: ChurnAlert, locale: Locale) -> AlertView:
    return views(session, [alert], locale)[0]


def views(session: Session, alerts: Sequence[ChurnAlert], locale: Locale) -> list[AlertView]:
    """Word these alerts, whose customers are read in one statement."""
    wanted = {alert.customer_id for alert in alerts}
    customers = {one.id: one for one in session.scalars(select(Customer).where(Customer.id.in_(wanted)))}
    visits = next_visits(session, wanted)
    return [
        _view(alert, customers[alert.customer_id], visits.get(alert.customer_id), locale) for alert in alerts
    ]


def newest_of(
    session: Session, customers: Collection[UUID], as_of: date
) -> dict[tuple[UUID, ReasonFamily], KnownAlert]:
    """Return each customer's newest alert of each family it ever had one of."""
    alerts = session.scalars(
        select(ChurnAlert).where(ChurnAlert.customer_id.in_(customers)).order_by(ChurnAlert.spell_started_on)
    )
    newest = {(alert.customer_id, alert.reason_family): alert for alert in alerts}
    days = session.execute(
        select(ChurnAlert.id, func.count(Shipment.shipped_on.distinct()).label("days"))
        .join(
            Shipment,
            and_(
                Shipment.customer_id == ChurnAlert.customer_id,
                Shipment.shipped_on > ChurnAlert.spell_started_on,
                Shipment.shipped_on < as_of,
            ),
        )
        .where(ChurnAlert.id.in_([alert.id for alert in newest.values()]))
        .group_by(ChurnAlert.id)
    )
    since = {row.id: row.days for row in days}
    return {key: KnownAlert(alert, since.get(alert.id, 0)) for key, alert in newest.items()}


def sleeping(session: Session, branch_id: UUID, *, until: datetime) -> Sequence[ChurnAlert]:
    """Return the snoozed alerts whose sleep is over at this instant."""
    snoozed = select(ChurnAlert).where(
        ChurnAlert.branch_id == branch_id,
        ChurnAlert.state == AlertState.SNOOZED,
        ChurnAlert.snoozed_until <= until,
    )
    return session.scalars(snoozed).all()


def raised_by_rep(
    session: Session, branch_id: UUID, customers: Collection[UUID] | None = None
) -> dict[UUID, list[tuple[ChurnAlert, Grade | None]]]:
    """Return each rep's raised alerts with the customers' grades, the most value at risk first.

    Those of the win-back list are left out, and those of customers whom no active rep owns. With `customers`
    only theirs.
    """
    statement = (
        select(ChurnAlert, Customer.grade, StaffMember.id)
        .join(Customer, Customer.id == ChurnAlert.customer_id)
        .join(StaffMember, StaffMember.id == Customer.owner_id)
        .where(
            ChurnAlert.branch_id == branch_id,
            ChurnAlert.state == AlertState.RAISED,
            ChurnAlert.win_back.is_(False),
            StaffMember.deactivated_at.is_(None),
        )
        .order_by(ChurnAlert.value_at_risk_minor.desc(), ChurnAlert.id)
    )
    if customers is not None:
        statement = statement.where(ChurnAlert.customer_id.in_(customers))
    rows = session.execute(statement)
    by_rep: dict[UUID, list[tuple[ChurnAlert, Grade | None]]] = {}
    for alert, grade, rep_id in rows:
        by_rep.setdefault(rep_id, []).append((alert, grade))
    return by_rep


def told_keys(session: Session, keys: Collection[str]) -> set[str]:
    """Return which of these dedupe keys have been told."""
    return set(session.scalars(select(Notice.dedupe_key).where(Notice.dedupe_key.in_(keys))))


def told_since(session: Session, branch_id: UUID, since: datetime) -> Counter[UUID]:
    """Count the churn pushes, a digest among them, that each rep was sent since this instant."""
    rows = session.execute(
        select(Notice.staff_id, func.count())
        .where(
            Notice.branch_id == branch_id,
            Notice.kind.in_((NoticeKind.CHURN_ALERT, NoticeKind.CHURN_DIGEST)),
            Notice.staff_id.is_not(None),
            Notice.decided_at >= since,
        )
        .group_by(Notice.staff_id)
    )
    return Counter({rep: count for rep, count in rows if rep is not None})


def next_visits(session: Session, customers: Collection[UUID]) -> dict[UUID, date]:
    """Return the day of each customer's next open visit."""
    rows = session.execute(
        select(Visit.customer_id, func.min(Visit.planned_on))
        .where(Visit.customer_id.in_(customers), Visit.state.in_(LIVE_STATES))
        .group_by(Visit.customer_id)
    )
    return dict(rows.all())


def _in_state(only: AlertFilter) -> ColumnElement[bool]:
    if only.state is not None:
        return ChurnAlert.state == only.state
    is_open = ChurnAlert.state.in_(OPEN_STATES)
    return or_(is_open, ChurnAlert.outcome == AlertOutcome.LOST) if only.win_back else is_open


def _steps(alert: ChurnAlert, locale: Locale) -> list[StepView]:
    steps = map(PlaybookStep.of_json, alert.playbook)
    return [StepView(one.step, next_step_text(one.step, locale), one.due_on, one.done_on) for one in steps]


def _view(alert: ChurnAlert, customer: Customer, next_visit_on: date | None, locale: Locale) -> AlertView:
    return AlertView(
        id=alert.id,
        customer_id=customer.id,
        customer_code=customer.code,
        customer_name=customer.name,
        grade=customer.grade,
        owner_id=customer.owner_id,
        family=alert.reason_family,
        spell_started_on=alert.spell_started_on,
        band=alert.band,
        critical=alert.critical,
        win_back=alert.win_back,
        p_ships=alert.p_ships,
        value_at_risk_minor=alert.value_at_risk_minor,
        currency=alert.currency,
        reasons=ReasonView.all_of(alert.reasons, locale),
        playbook=_steps(alert, locale),
        next_visit_on=next_visit_on,
        state=alert.state,
        raised_at=alert.raised_at,
        acknowledged_at=alert.acknowledged_at,
        snoozed_until=alert.snoozed_until,
        snoozes=alert.snoozes,
        resolved_at=alert.resolved_at,
        outcome=alert.outcome,
        loss_reason=alert.loss_reason,
        note=alert.note,
        version=alert.version,
    )
