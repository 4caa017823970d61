"""Who may see what, as conditions of a query: own pickups, customers, branch. The only place that decides.

What is out of scope is not found, in lists, by id, in search and in exports alike.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from api.domain.principal import Principal
from api.domain.vocabulary import ChangeKind, Role
from api.models import (
    Absence,
    AuditEntry,
    Case,
    Change,
    ChurnAlert,
    Contact,
    Customer,
    Feedback,
    FieldReport,
    FieldReportSighting,
    Occasion,
    Pickup,
    Proof,
    ProofMention,
    Shift,
    Shipment,
    Site,
    StaffMember,
    Transfer,
    Visit,
    VisitTask,
    Wait,
    WeekPlan,
)


def customers(by: Principal) -> ColumnElement[bool]:
    """A rep sees the customers he owns, and those of reps he stands in for; a courier none; the others their
    branch's."""
    mine = Customer.branch_id == by.branch_id
    if by.role is Role.SALES_REP:
        return and_(mine, Customer.owner_id.in_(by.answers_for))
    if by.role is Role.COURIER:
        return and_(mine, Customer.id.is_(None))
    return mine


def contacts(by: Principal) -> ColumnElement[bool]:
    return and_(Contact.branch_id == by.branch_id, _of_visible_customer(Contact.customer_id, by))


def sites(by: Principal) -> ColumnElement[bool]:
    return and_(Site.branch_id == by.branch_id, _of_visible_customer(Site.customer_id, by))


def shipments(by: Principal) -> ColumnElement[bool]:
    return and_(Shipment.branch_id == by.branch_id, _of_visible_customer(Shipment.customer_id, by))


def pickups(by: Principal) -> ColumnElement[bool]:
    """A courier sees the pickups assigned to him; a rep those of his customers; the others their branch's."""
    mine = Pickup.branch_id == by.branch_id
    if by.role is Role.COURIER:
        return and_(mine, Pickup.courier_id == by.staff_id)
    return and_(mine, _of_visible_customer(Pickup.customer_id, by))


def waits(by: Principal) -> ColumnElement[bool]:
    """A wait is seen by whoever sees its pickup; a courier sees only his own waits."""
    mine = Wait.branch_id == by.branch_id
    if by.role is Role.COURIER:
        return and_(mine, Wait.courier_id == by.staff_id)
    if by.role is Role.SALES_REP:
        visible = select(Pickup.id).where(Pickup.id == Wait.pickup_id, pickups(by))
        # Said outright: in a query that joins pickups besides, it would lose its own table to them.
        return and_(mine, exists(visible.correlate(Wait)))
    return mine


def changes(by: Principal) -> ColumnElement[bool]:
    """Everybody hears of his own notices; a courier besides of his pickups, the others of their branch's.

    What a change is about is looked up within its own scope: see `pickups` and `waits`.
    """
    if by.role is Role.COURIER:
        return Change.staff_id == by.staff_id
    return and_(
        Change.branch_id == by.branch_id,
        or_(Change.kind != ChangeKind.NOTICE, Change.staff_id == by.staff_id),
    )


def proofs(by: Principal) -> ColumnElement[bool]:
    """A proof is seen by who sent it, and by whoever sees a pickup or a field report in which its sender has
    named it."""
    named = select(ProofMention.id).where(
        ProofMention.sha256 == Proof.sha256, ProofMention.courier_id == Proof.uploader_id, proof_mentions(by)
    )
    reported = (
        select(FieldReportSighting.id)
        .join(FieldReport, FieldReport.id == FieldReportSighting.report_id)
        .where(
            FieldReportSighting.photo_sha256 == Proof.sha256,
            FieldReportSighting.seen_by_id == Proof.uploader_id,
            field_reports(by),
        )
    )
    return or_(Proof.uploader_id == by.staff_id, exists(named), exists(reported))


def proof_mentions(by: Principal) -> ColumnElement[bool]:
    """A courier sees what he named himself; the others what was named at the pickups they see."""
    if by.role is Role.COURIER:
        return ProofMention.courier_id == by.staff_id
    return exists(select(Pickup.id).where(Pickup.id == ProofMention.pickup_id, pickups(by)))


def feedback(by: Principal) -> ColumnElement[bool]:
    mine = Feedback.branch_id == by.branch_id
    if by.role is Role.COURIER:
        return and_(mine, Feedback.courier_id == by.staff_id)
    return and_(mine, _of_visible_customer(Feedback.customer_id, by))


def field_reports(by: Principal) -> ColumnElement[bool]:
    """A report goes with its customer, whoever made it."""
    return and_(FieldReport.branch_id == by.branch_id, _of_visible_customer(FieldReport.customer_id, by))


def cases(by: Principal) -> ColumnElement[bool]:
    """A case goes with its customer; a rep also sees what he was given to answer, a courier none."""
    mine = and_(Case.branch_id == by.branch_id, _of_visible_customer(Case.customer_id, by))
    if by.role is Role.SALES_REP:
        return or_(mine, and_(Case.branch_id == by.branch_id, Case.owner_id.in_(by.answers_for)))
    return mine


def churn_alerts(by: Principal) -> ColumnElement[bool]:
    """An alert goes with its customer: a new owner sees it at once, the old one no more."""
    return and_(ChurnAlert.branch_id == by.branch_id, _of_visible_customer(ChurnAlert.customer_id, by))


def visits(by: Principal) -> ColumnElement[bool]:
    mine = Visit.branch_id == by.branch_id
    if by.role is Role.SALES_REP:
        return and_(mine, Visit.rep_id.in_(by.answers_for))
    return mine


def visit_tasks(by: Principal) -> ColumnElement[bool]:
    """A promise is seen by who keeps it now; managers and admins see their branch's."""
    mine = VisitTask.branch_id == by.branch_id
    if by.role is Role.SALES_REP:
        return and_(mine, VisitTask.rep_id.in_(by.answers_for))
    return mine


def week_plans(by: Principal) -> ColumnElement[bool]:
    mine = WeekPlan.branch_id == by.branch_id
    if by.role is Role.SALES_REP:
        return and_(mine, WeekPlan.rep_id.in_(by.answers_for))
    return mine


def occasions(by: Principal) -> ColumnElement[bool]:
    """An occasion goes with its customer: whoever owns it today congratulates."""
    return and_(Occasion.branch_id == by.branch_id, _of_visible_customer(Occasion.customer_id, by))


def absences(by: Principal) -> ColumnElement[bool]:
    """A rep sees his own absences, and those in which he stands in."""
    mine = Absence.branch_id == by.branch_id
    if by.role is Role.SALES_REP:
        return and_(mine, or_(Absence.staff_id == by.staff_id, Absence.stand_in_id == by.staff_id))
    return mine


def transfers(by: Principal) -> ColumnElement[bool]:
    return Transfer.branch_id == by.branch_id


def audit_entries(by: Principal) -> ColumnElement[bool]:
    return AuditEntry.branch_id == by.branch_id


def shifts(by: Principal) -> ColumnElement[bool]:
    return Shift.branch_id == by.branch_id


def staff(by: Principal) -> ColumnElement[bool]:
    return StaffMember.branch_id == by.branch_id


def _of_visible_customer(column: InstrumentedAttribute[UUID], by: Principal) -> ColumnElement[bool]:
    if by.role in {Role.SALES_REP, Role.COURIER}:
        visible = select(Customer.id).where(Customer.id == column, customers(by))
        # Said outright: in a query that joins customers besides, it would lose its own table to them.
        return exists(visible.correlate(column.class_))
    # The others see the whole branch, which the row's own branch_id has already said.
    return true()
