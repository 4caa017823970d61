"""Whatever is sent to an operation of the contract, the answer is one it announces, and never a 500.

schemathesis makes the input: edges of every field, noise, and requests that must be refused. It runs inside
this process on SQLite; schemathesis.toml says how hard it tries and which of its checks do not apply.
"""

from dataclasses import dataclass

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as effort
from schemathesis.core.parameters import ParameterLocation

from api import queries, services
from api.db import Database
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.vocabulary import LinkPurpose, Role
from api.security import vault_of
from openapi.export import FILE
from tests import care_factories, factories, visiting
from tests.databases import only_sqlite
from tests.fakes import NOW

contract = schemathesis.openapi.from_path(FILE)
contract.config.update(base_url="http://localhost")


@dataclass(frozen=True, slots=True)
class World:
    """A branch in which everything exists once: a token for each role, and what fits into paths."""

    tokens: dict[Role, str]
    path_parameters: dict[str, str]


@pytest.fixture
def world(database: Database) -> World:
    with database.unit_of_work() as session:
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


@only_sqlite
@contract.parametrize()
@effort(deadline=None, suppress_health_check=list(HealthCheck))
def test_no_input_breaks_an_operation(case: schemathesis.Case, app: Flask, world: World):
    if _is_well_formed(case, ParameterLocation.PATH):
        known = {name: world.path_parameters.get(name, value) for name, value in case.path_parameters.items()}
        case.path_parameters.update(known)

    # Here, not as an argument of the call: some checks send a request of their own.
    case.operation.app = case.operation.schema.app = app
    case.call_and_validate(headers={"Authorization": f"Bearer {world.tokens[_a_role_for(case, app)]}"})


def _is_well_formed(case: schemathesis.Case, location: ParameterLocation) -> bool:
    """Tell whether this part of the request is as the contract wants it; others may still be bent."""
    part = case.meta.components.get(location) if case.meta else None
    return part is not None and part.mode.is_positive


def _a_role_for(case: schemathesis.Case, app: Flask) -> Role:
    """Return a role that may call the operation; anybody for a public one."""
    name = case.operation.definition.raw["operationId"]
    access = next(view.access for view in app.view_functions.values() if view.__name__ == name)
    return min(access, default=Role.ADMIN)
