"""What is open with one person: customers, alerts, visits, promises and cases; and giving it to another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from api.domain.churn_alerts import OPEN_STATES
from api.domain.transfers import Held, Holdings
from api.domain.visit_cadence import LIVE_STATES
from api.domain.vocabulary import CaseState, TransferredKind, VisitState
from api.models import Absence, Case, ChurnAlert, Customer, Visit, VisitTask

HOLDER: Mapping[TransferredKind, InstrumentedAttribute[Any]] = {
    TransferredKind.CUSTOMER: Customer.owner_id,
    TransferredKind.CHURN_ALERT: ChurnAlert.owner_id,
    TransferredKind.VISIT: Visit.rep_id,
    TransferredKind.TASK: VisitTask.rep_id,
    TransferredKind.CASE: Case.owner_id,
    TransferredKind.INTRODUCTION: Visit.rep_id,
}
"""The column that says whose it is; its table is the table of the kind."""

STILL_OPEN: Mapping[TransferredKind, ColumnElement[bool]] = {
    TransferredKind.CHURN_ALERT: ChurnAlert.state.in_(OPEN_STATES),
    TransferredKind.VISIT: Visit.state.in_(LIVE_STATES),
    TransferredKind.TASK: VisitTask.done_at.is_(None),
    TransferredKind.CASE: Case.state != CaseState.CLOSED,
    TransferredKind.INTRODUCTION: Visit.state.in_(LIVE_STATES),
}
"""What moves: work that is over stays with whoever did it. Customers always move."""

WORK = (TransferredKind.CHURN_ALERT, TransferredKind.VISIT, TransferredKind.TASK, TransferredKind.CASE)


def _model_of(kind: TransferredKind) -> Any:
    """Return the mapped class that a kind's pieces are rows of; all have an id, a customer and a version."""
    return HOLDER[kind].class_


def of_staff(session: Session, staff_id: UUID, *, today: date, now: datetime) -> Holdings:
    """Return all that is open with somebody. Locked are his customers: nobody gives one away meanwhile."""
    owned = session.execute(
        select(Customer.id, Customer.grade)
        .where(Customer.owner_id == staff_id)
        .order_by(Customer.id)
        .with_for_update(key_share=True)
    ).all()
    busy, planned = _open_visits(session, [row.id for row in owned], today)
    return Holdings(
        customers=tuple(
            Held(row.id, row.grade, frozenset(busy[row.id]), planned.get(row.id)) for row in owned
        ),
        work={kind: _pieces(session, kind, staff_id) for kind in WORK},
        stands_in=_stands_in(session, staff_id, now),
    )


def loads_of(session: Session, rep_ids: Collection[UUID], *, after: date) -> dict[tuple[UUID, date], int]:
    """Count the open visits that reps have on each day after this one."""
    rows = session.execute(
        select(Visit.rep_id, Visit.planned_on, func.count())
        .where(Visit.rep_id.in_(rep_ids), Visit.state.in_(LIVE_STATES), Visit.planned_on > after)
        .group_by(Visit.rep_id, Visit.planned_on)
    )
    return {(rep_id, day): count for rep_id, day, count in rows}


def owners_of(session: Session, customer_ids: Collection[UUID], *, besides: UUID) -> dict[UUID, UUID]:
    """Return who owns these customers, where it is somebody else."""
    rows = session.execute(
        select(Customer.id, Customer.owner_id).where(
            Customer.id.in_(customer_ids), Customer.owner_id != besides
        )
    )
    return {row[0]: row[1] for row in rows if row[1] is not None}


def of_customer(session: Session, customer_id: UUID, staff_id: UUID) -> dict[TransferredKind, list[UUID]]:
    """Return what is open with somebody about one customer."""
    return {kind: list(_pieces(session, kind, staff_id, customer_id)) for kind in WORK}


def give(
    session: Session, kind: TransferredKind, ids: Collection[UUID], *, holder: UUID, to: UUID | None
) -> list[UUID]:
    """Give pieces that somebody holds to somebody else; return those that were still his, and still open."""
    model = _model_of(kind)
    still_open = [STILL_OPEN[kind]] if kind in STILL_OPEN else []
    moved = session.scalars(
        update(model)
        .where(model.id.in_(ids), HOLDER[kind] == holder, *still_open)
        .values({HOLDER[kind].key: to, "version": model.version + 1})
        .returning(model.id)
        .execution_options(synchronize_session=False)
    )
    return list(moved)


def drop_introductions(session: Session, visit_ids: Collection[UUID], *, holder: UUID) -> list[UUID]:
    """Delete visits that a transfer has planned and nobody has touched since; return which."""
    untouched = (Visit.rep_id == holder, Visit.state == VisitState.PLANNED, Visit.version == 1)
    dropped = session.scalars(
        delete(Visit)
        .where(Visit.id.in_(visit_ids), *untouched)
        .returning(Visit.id)
        .execution_options(synchronize_session=False)
    )
    return list(dropped)


def _pieces(
    session: Session, kind: TransferredKind, staff_id: UUID, customer_id: UUID | None = None
) -> dict[UUID, UUID]:
    model = _model_of(kind)
    about_one = [] if customer_id is None else [model.customer_id == customer_id]
    rows = session.execute(
        select(model.id, model.customer_id)
        .where(HOLDER[kind] == staff_id, STILL_OPEN[kind], *about_one)
        .order_by(model.id)
    )
    return {row[0]: row[1] for row in rows}


def _open_visits(
    session: Session, customer_ids: Collection[UUID], today: date
) -> tuple[Mapping[UUID, set[date]], dict[UUID, date]]:
    """Return the days from today on with an open visit of each customer, and the first that was planned."""
    rows = session.execute(
        select(Visit.customer_id, Visit.planned_on, Visit.state)
        .where(Visit.customer_id.in_(customer_ids), Visit.state.in_(LIVE_STATES), Visit.planned_on >= today)
        .order_by(Visit.planned_on.desc())
    )
    busy: defaultdict[UUID, set[date]] = defaultdict(set)
    planned = {}
    for customer_id, day, state in rows:
        busy[customer_id].add(day)
        if state is VisitState.PLANNED:
            planned[customer_id] = day
    return busy, planned


def _stands_in(session: Session, staff_id: UUID, now: datetime) -> int:
    counted = select(func.count()).where(Absence.stand_in_id == staff_id, Absence.ends_at > now)
    return session.scalar(counted) or 0
