"""A branch in which everything exists once, so that made-up requests find something to work on."""

from dataclasses import dataclass

import schemathesis
from flask import Flask
from sqlalchemy.orm import Session

from api import queries, services
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.vocabulary import LinkPurpose, Role
from api.security import vault_of
from tests import care_factories, factories, visiting
from tests.fakes import NOW


@dataclass(frozen=True, slots=True)
class World:
    """A token for each role, and the ids of what there is, by the names that the contract gives them."""

    tokens: dict[Role, str]
    ids: dict[str, str]


def make_world(session: Session) -> World:
    """Make one of each, all of one branch."""
    branch = factories.make_branch(session)
    staff = {role: factories.make_staff(session, branch, role=role) for role in Role}
    customer = factories.make_customer(session, branch, owner_id=staff[Role.SALES_REP].id)
    contact = factories.make_contact(session, customer)
    site = factories.make_site(session, customer)
    pickup = factories.make_pickup(session, site, contact, courier=staff[Role.COURIER])
    wait = factories.make_wait(session, pickup)
    link = factories.make_link(session, pickup, purpose=LinkPurpose.PICKUP)
    alert = factories.make_churn_alert(session, customer)
    visit = factories.make_visit(session, customer, rep=staff[Role.SALES_REP])
    case = factories.make_case(session, customer, owner_id=staff[Role.SALES_REP].id)
    kind = NoticeKind.CHURN_ALERT
    rep_id = staff[Role.SALES_REP].id
    told = Telling(kind, branch.id, f"{kind}:1:{rep_id}", staff_id=rep_id, customer_id=customer.id)
    services.notices.tell(session, told, now=NOW)
    report = care_factories.make_field_report(session, site)
    plan = visiting.make_week_plan(session, staff[Role.SALES_REP])
    task = visiting.make_visit_task(session, visit)
    occasion = care_factories.make_occasion(session, contact)
    absence = care_factories.make_absence(session, staff[Role.SALES_REP])
    transfer = care_factories.make_transfer(session, staff[Role.SALES_REP])
    # Without a sign of life from the jobs, /health/work rightly answers 503.
    queries.heartbeats.beat(session, queries.heartbeats.JOBS, now=NOW)
    known = {
        "branch_id": branch.id,
        "staff_id": staff[Role.SERVICE_AGENT].id,
        "courier_id": staff[Role.COURIER].id,
        "owner_id": rep_id,
        "rep_id": rep_id,
        "stand_in_id": rep_id,
        "receiver_id": rep_id,
        "customer_id": customer.id,
        "contact_id": contact.id,
        "site_id": site.id,
        "pickup_id": pickup.id,
        "wait_id": wait.id,
        "alert_id": alert.id,
        "visit_id": visit.id,
        "case_id": case.id,
        "notice_id": told.id,
        "plan_id": plan.id,
        "task_id": task.id,
        "report_id": report.id,
        "occasion_id": occasion.id,
        "absence_id": absence.id,
        "transfer_id": transfer.id,
        "token": vault_of(session).links.token(link.id, link.key_id),
    }
    return World(
        {role: factories.make_access_token(session, member) for role, member in staff.items()},
        {name: str(value) for name, value in known.items()},
    )


def roles_of(case: schemathesis.Case, app: Flask) -> frozenset[Role]:
    """Return the roles that may call the operation; none for a public one."""
    name = case.operation.definition.raw["operationId"]
    return next(view.access for view in app.view_functions.values() if view.__name__ == name)
