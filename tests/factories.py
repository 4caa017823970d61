"""Rows that are valid by themselves, so that a test says only what matters to it. They flush, never commit.

What a row needs besides (a branch, a customer, a site ...) is made along with it unless it is handed in,
and belongs to the same branch. Any column can be overridden by its name.
"""

from datetime import date, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from api import security
from api.domain import vocabulary as words
from api.domain.branch_policy import BranchPolicy
from api.models import (
    AccessToken,
    Branch,
    Case,
    ChurnAlert,
    Contact,
    Customer,
    Device,
    Link,
    Pickup,
    PickupAssignment,
    Shipment,
    Site,
    StaffMember,
    StaffSession,
    Visit,
    Wait,
)
from tests.fakes import NOW
from tests.rows import add

PASSWORD = "correct horse battery staple"
WORKING_HOURS = {day: ["08:00", "20:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}

_numbers = count(1)


def make_branch(session: Session, **overrides: Any) -> Branch:
    """A branch in Shanghai without a policy of its own: it has the defaults."""
    number = next(_numbers)
    return add(
        session,
        Branch,
        overrides,
        code=f"SH{number:04}",
        name=f"浦东 {number} 网点",
        timezone="Asia/Shanghai",
        locale=words.Locale.ZH_CN,
        currency="CNY",
        hotline="+862150000000",
        working_hours=WORKING_HOURS,
        created_at=NOW,
    )


def make_staff(
    session: Session, branch: Branch | None = None, *, role: words.Role = words.Role.COURIER, **overrides: Any
) -> StaffMember:
    """An active member of staff who signs in with PASSWORD."""
    branch = branch or make_branch(session)
    phone = overrides.pop("phone", _phone())
    return add(
        session,
        StaffMember,
        overrides,
        branch_id=branch.id,
        role=role,
        name="王小明",
        phone=phone,
        phone_index=phone,
        locale=branch.locale,
        password_hash=_password_hash(PASSWORD),
        created_at=NOW,
    )


def make_access_token(
    session: Session, staff: StaffMember, *, confirmed_at: datetime | None = NOW, **overrides: Any
) -> str:
    """Sign in without a password: a session of its own, just confirmed, and a token good for a day."""
    signed_in = add(
        session,
        StaffSession,
        {},
        staff_id=staff.id,
        installation_id=str(uuid4()),
        token_epoch=staff.token_epoch,
        created_at=NOW,
        refreshed_at=NOW,
        confirmed_at=confirmed_at,
    )
    token = security.new_token(security.ACCESS_PREFIX)
    add(
        session,
        AccessToken,
        overrides,
        token_hash=security.token_hash(token),
        session_id=signed_in.id,
        expires_at=NOW + timedelta(days=1),
    )
    return token


def make_device(session: Session, staff: StaffMember, **overrides: Any) -> Device:
    """An Android phone with a session of its own."""
    installation = str(uuid4())
    signed_in = add(
        session,
        StaffSession,
        {},
        staff_id=staff.id,
        installation_id=installation,
        token_epoch=staff.token_epoch,
        created_at=NOW,
        refreshed_at=NOW,
    )
    return add(
        session,
        Device,
        overrides,
        staff_id=staff.id,
        session_id=signed_in.id,
        installation_id=installation,
        push_address=f"fcm-token-{installation}",
        address_kind=words.AddressKind.TOKEN,
        platform=words.Platform.ANDROID,
        app_version="1.0.0",
        created_at=NOW,
        seen_at=NOW,
    )


def make_customer(session: Session, branch: Branch | None = None, **overrides: Any) -> Customer:
    """A customer that no rep owns yet."""
    branch = branch or make_branch(session)
    number = next(_numbers)
    return add(
        session,
        Customer,
        overrides,
        branch_id=branch.id,
        code=f"C{number:05}",
        name=f"东方贸易 {number} 有限公司",
        industry="trade",
        grade=words.Grade.B,
        created_at=NOW,
    )


def make_contact(session: Session, customer: Customer | None = None, **overrides: Any) -> Contact:
    """A contact who reads Chinese and can be written to by phone."""
    customer = customer or make_customer(session)
    phone = overrides.pop("phone", _phone())
    birthday: date | None = overrides.get("birthday")
    return add(
        session,
        Contact,
        overrides,
        branch_id=customer.branch_id,
        customer_id=customer.id,
        name="李芳",
        phone=phone,
        phone_index=phone,
        locale=words.Locale.ZH_CN,
        birthday_index=birthday and f"{birthday:%m-%d}",
        created_at=NOW,
    )


def make_site(session: Session, customer: Customer | None = None, **overrides: Any) -> Site:
    """A site on Century Avenue with the usual radius."""
    customer = customer or make_customer(session)
    return add(
        session,
        Site,
        overrides,
        branch_id=customer.branch_id,
        customer_id=customer.id,
        name=f"仓库 {next(_numbers)}",
        address="上海市浦东新区世纪大道 100 号",
        latitude=31.2335,
        longitude=121.5055,
        radius_m=BranchPolicy().site_radius_m,
        created_at=NOW,
    )


def make_pickup(
    session: Session,
    site: Site | None = None,
    contact: Contact | None = None,
    *,
    courier: StaffMember | None = None,
    **overrides: Any,
) -> Pickup:
    """A pickup whose window, an hour long, has just begun; assigned when a courier is given."""
    site = site or make_site(session)
    contact = contact or _contact_at(session, site)
    pickup = add(
        session,
        Pickup,
        overrides,
        branch_id=site.branch_id,
        customer_id=site.customer_id,
        site_id=site.id,
        contact_id=contact.id,
        external_ref=f"REF-{next(_numbers)}",
        state=words.PickupState.ASSIGNED if courier else words.PickupState.BOOKED,
        window_start=NOW,
        window_end=NOW + timedelta(hours=1),
        courier_id=courier and courier.id,
        assigned_at=courier and NOW,
        created_at=NOW,
        changed_at=NOW,
    )
    if courier:
        add(
            session,
            PickupAssignment,
            {},
            pickup_id=pickup.id,
            courier_id=courier.id,
            assigned_at=pickup.assigned_at,
        )
    return pickup


def make_wait(session: Session, pickup: Pickup | None = None, **overrides: Any) -> Wait:
    """A wait that has just begun, without timers: a service arms those."""
    pickup = pickup or make_pickup(session, courier=make_staff(session))
    arrived_at = overrides.get("arrived_at", NOW)
    limit = overrides.get("limit_seconds", BranchPolicy().wait_limit_seconds)
    return add(
        session,
        Wait,
        overrides,
        branch_id=pickup.branch_id,
        pickup_id=pickup.id,
        courier_id=pickup.courier_id,
        attempt=1,
        arrived_at=arrived_at,
        clock_started_at=arrived_at,
        limit_seconds=limit,
        deadline_at=arrived_at + timedelta(seconds=limit),
        policy_version=0,
        trust=words.Trust.VERIFIED,
        quality=words.Quality.MEASURED,
        created_at=arrived_at,
    )


def make_link(
    session: Session,
    pickup: Pickup | None = None,
    *,
    purpose: words.LinkPurpose = words.LinkPurpose.PICKUP,
    **overrides: Any,
) -> Link:
    """A live link of the pickup's contact; `security.vault_of(session).links.token` tells its token."""
    pickup = pickup or make_pickup(session)
    links = security.vault_of(session).links
    link_id = uuid7()
    return add(
        session,
        Link,
        overrides,
        id=link_id,
        branch_id=pickup.branch_id,
        contact_id=pickup.contact_id,
        pickup_id=pickup.id,
        purpose=purpose,
        key_id=links.current_key_id,
        token_sha256=security.token_hash(links.token(link_id, links.current_key_id)),
        expires_at=NOW + timedelta(days=1),
        created_at=NOW,
    )


def make_shipment(session: Session, customer: Customer | None = None, **overrides: Any) -> Shipment:
    """A parcel picked up yesterday at 30 yuan."""
    customer = customer or make_customer(session)
    picked_up_at = overrides.get("picked_up_at", NOW - timedelta(days=1))
    return add(
        session,
        Shipment,
        overrides,
        branch_id=customer.branch_id,
        customer_id=customer.id,
        waybill=f"SF{next(_numbers):012}",
        picked_up_at=picked_up_at,
        shipped_on=picked_up_at.date(),
        revenue_minor=3_000,
        currency="CNY",
        recorded_at=NOW,
    )


def make_visit(
    session: Session, customer: Customer | None = None, *, rep: StaffMember | None = None, **overrides: Any
) -> Visit:
    """A visit planned for today, without a fixed hour."""
    customer = customer or make_customer(session)
    rep = rep or make_staff(session, _branch_of(session, customer), role=words.Role.SALES_REP)
    return add(
        session,
        Visit,
        overrides,
        branch_id=customer.branch_id,
        customer_id=customer.id,
        rep_id=rep.id,
        planned_on=NOW.date(),
        created_at=NOW,
    )


def make_case(session: Session, customer: Customer | None = None, **overrides: Any) -> Case:
    """An open complaint that nobody has, to be answered within four hours."""
    customer = customer or make_customer(session)
    return add(
        session,
        Case,
        overrides,
        branch_id=customer.branch_id,
        number=next(_numbers),
        kind=words.CaseKind.COMPLAINT,
        category=words.CaseCategory.OTHER,
        state=words.CaseState.OPEN,
        customer_id=customer.id,
        respond_by_at=NOW + timedelta(hours=4),
        opened_at=NOW,
        changed_at=NOW,
    )


def make_churn_alert(session: Session, customer: Customer | None = None, **overrides: Any) -> ChurnAlert:
    """A red alert about silence, raised today for whoever owns the customer."""
    customer = customer or make_customer(session)
    return add(
        session,
        ChurnAlert,
        overrides,
        branch_id=customer.branch_id,
        customer_id=customer.id,
        owner_id=customer.owner_id,
        reason_family=words.ReasonFamily.SILENCE,
        spell_started_on=NOW.date() - timedelta(days=30),
        band=words.Band.HIGH,
        p_ships=0.35,
        value_at_risk_minor=120_000,
        currency="CNY",
        reasons=[],
        playbook=[],
        raised_at=NOW,
    )


def _phone() -> str:
    return f"+86138{next(_numbers):08}"


@cache
def _password_hash(password: str) -> str:
    """Hashing takes its time on purpose, and once is enough for all tests."""
    return security.hash_password(password)


def _contact_at(session: Session, site: Site) -> Contact:
    return make_contact(session, session.get_one(Customer, site.customer_id))


def _branch_of(session: Session, customer: Customer) -> Branch:
    return session.get_one(Branch, customer.branch_id)
