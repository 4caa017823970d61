"""The demo branch: made on the first start by `python -m demo.branch`, and left alone after that.

People and places are made up (`people`), the shipping history is real (`cdnow`). All of it goes through the
services of the API. Playing a morning in the branch is `morning`.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api import queries, services
from api.app import create_app
from api.domain.business_hours import local_day
from api.domain.customers import CustomerDraft
from api.domain.paging import PageRequest
from api.domain.principal import Principal
from api.domain.visit_cadence import VisitPlan
from api.domain.vocabulary import Grade, Locale, Role
from api.models import StaffMember
from api.queries.churn_alerts import AlertFilter
from api.settings import Settings
from demo import cdnow, people
from demo.people import Business
from jobs.context import JobContext
from jobs.scheduler import context_of
from jobs.score_churn_risk import score_branch

CODE = "SZ-DEMO"
NAME = "深圳示例网点"
TIMEZONE = "Asia/Shanghai"
HOTLINE = "+86 755 8000 0000"
VISITS_TODAY = 2  # A rep; the morning's own proposals come on top of them.
SHARE_OF_A, SHARE_OF_B = 0.7, 0.9  # Of the revenue, the largest customers first.


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """A customer to be: a made-up business with a real history."""

    draft: CustomerDraft
    business: Business
    bought: Sequence[cdnow.Purchase]


class Founding:
    """The opening of the demo branch in one unit of work: an interrupted one leaves nothing behind."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now
        self.branch = services.branches.open_branch(
            session, code=CODE, name=NAME, timezone=TIMEZONE, locale=Locale.ZH_CN, hotline=HOTLINE, now=now
        )
        self._staff = [self._hire(*person) for person in people.STAFF]
        self._manager = next(principal_of(one) for one in self._staff if one.role is Role.MANAGER)

    def make_api_key(self) -> str:
        """Take in the machine account that books pickups, and return its key."""
        hired = self._hire(Role.INTEGRATION, people.INTEGRATION, None)
        made = services.staff.make_api_key(
            self._session, staff_id=hired.id, label="demo", by=self._manager, now=self._now
        )
        return made.key

    def take_in_customers(self) -> int:
        """Take in the customers with contacts, sites and their history; return how many shipments that is."""
        new = list(self._new_customers())
        services.customers.add_missing(
            self._session, [one.draft for one in new], branch_id=self.branch.id, now=self._now
        )
        codes = [one.draft.code for one in new]
        ids = queries.customers.ids_by_code(self._session, self.branch.id, codes)
        sites = [(ids[one.draft.code], one.business.site) for one in new]
        services.sites.add_missing(self._session, sites, branch_id=self.branch.id, now=self._now)
        for one in new:
            customer_id = ids[one.draft.code]
            services.contacts.add(
                self._session, one.business.contact, customer_id=customer_id, by=self._manager, now=self._now
            )
        return self._record_shipments(new)

    def _record_shipments(self, new: Sequence[NewCustomer]) -> int:
        zone = ZoneInfo(TIMEZONE)
        yesterday = local_day(self._now, zone) - timedelta(days=1)
        reports = [
            report
            for one in new
            for report in cdnow.shipments(one.draft.code, one.bought, yesterday=yesterday, zone=zone)
        ]
        services.shipments.record_reports(
            self._session, reports, branch_id=self.branch.id, actor_id=self._manager.staff_id, now=self._now
        )
        return len(reports)

    def _new_customers(self) -> Iterator[NewCustomer]:
        histories = cdnow.chosen_customers()
        grades = grades_by_revenue(
            {number: cdnow.revenue_cents(bought) for number, bought in histories.items()}
        )
        owners = cycle(one.id for one in self._staff if one.role is Role.SALES_REP)
        businesses = people.businesses(len(histories))
        for (number, bought), business in zip(histories.items(), businesses, strict=True):
            draft = CustomerDraft(
                code=f"C{number}",
                name=business.name,
                industry=business.industry,
                grade=grades[number],
                owner_id=next(owners),
            )
            yield NewCustomer(draft, business, bought)

    def _hire(self, role: Role, name: str, phone: str | None) -> StaffMember:
        return services.staff.hire(
            self._session,
            branch=self.branch,
            role=role,
            name=name,
            phone=phone,
            password=people.PASSWORD if phone else None,
            now=self._now,
        )


def grades_by_revenue(revenues: Mapping[str, int]) -> dict[str, Grade]:
    """Grade customers by revenue: the largest who make 70 % of it are A, up to 90 % B, the others C."""
    total, so_far = sum(revenues.values()), 0
    grades = {}
    for number, revenue in sorted(revenues.items(), key=lambda item: -item[1]):
        share = so_far / total
        grades[number] = Grade.A if share < SHARE_OF_A else Grade.B if share < SHARE_OF_B else Grade.C
        so_far += revenue
    return grades


def principal_of(member: StaffMember) -> Principal:
    return Principal(member.id, member.branch_id, member.role, member.locale, session_id=None)


def plan_visits(session: Session, branch_id: UUID, *, now: datetime) -> int:
    """Plan visits of today for each rep, to those of his customers with the most at risk; return how many."""
    today = local_day(now, ZoneInfo(TIMEZONE))
    plan = VisitPlan(today, purpose="发货比平常少，上门了解情况")
    most = PageRequest(limit=VISITS_TODAY)
    planned = 0
    for rep_id in queries.staff.active_with_role(session, branch_id, Role.SALES_REP):
        rep = principal_of(session.get_one(StaffMember, rep_id))
        alerts = queries.churn_alerts.listed(
            session, by=rep, only=AlertFilter(), locale=Locale.ZH_CN, page=most
        )
        for alert in alerts.items:
            services.visits.plan_visit(session, customer_id=alert.customer_id, plan=plan, by=rep, now=now)
        planned += len(alerts.items)
    return planned


def found(context: JobContext) -> None:
    """Open the branch, score it for churn risk once, plan the day's visits, and say what there is to see."""
    with context.unit_of_work() as session:
        founding = Founding(session, context.now())
        shipments = founding.take_in_customers()
        api_key = founding.make_api_key()
        branch_id = founding.branch.id
    keep_api_key(api_key)
    scoring = score_branch(context, branch_id, local_day(context.now(), ZoneInfo(TIMEZONE)))
    with context.unit_of_work() as session:
        visits = plan_visits(session, branch_id, now=context.now())
    print(f"{NAME} ({CODE}) is open: 600 customers with {shipments} real shipments over 18 months.")
    print(f"Scored for churn risk ({scoring.engine.kind}): {scoring.calling} customers call for their rep.")
    print(f"{visits} visits are planned for today.\n")


def keep_api_key(api_key: str) -> None:
    """Write the machine account's key where `make demo` finds it, readable by its owner only."""
    people.API_KEY_FILE.parent.mkdir(parents=True, exist_ok=True)
    people.API_KEY_FILE.touch(mode=0o600)
    people.API_KEY_FILE.write_text(api_key)


def show_sign_ins(url: str) -> None:
    print(f"Everybody signs in with the password {people.PASSWORD}:")
    for role, name, phone in people.STAFF:
        print(f"  {role:13}  {phone}  {name}")
    print(f"\nThe machine account's API key is in {people.API_KEY_FILE}.")
    print(f"The API reference is at {url}/docs. To see a morning played through: make demo\n", flush=True)


def main() -> None:
    settings = Settings.from_env()
    context = context_of(create_app(settings))
    with context.database.unit_of_work(read_only=True) as session:
        exists = queries.branches.find_by_code(session, CODE) is not None
    if exists:
        print(f"The demo branch {CODE} is there already.")
    else:
        print(
            f"First start: opening the demo branch {CODE}. To start empty instead: make run EMPTY=1",
            flush=True,
        )
        try:
            found(context)
        except cdnow.HistoryMissing as missing:
            sys.exit(str(missing))
    show_sign_ins(settings.public_url)


if __name__ == "__main__":
    main()
