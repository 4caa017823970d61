"""The people of an end-to-end test, hired and given their records by the operator's commands and the API."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from demo.phones import App, CourierPhone, Place, StaffPhone
from tests.endtoend.house import House

PASSWORD = "correct horse battery staple"
CONTACT_PHONE = "+8613900000001"
DOOR = Place(22.5466, 114.0866)
USUAL_GAP_DAYS = 7
SILENT_DAYS = 26  # Over three of its usual gaps, yet not so long that it belongs on the win-back list.


def noon_somewhere(now: datetime) -> str:
    """Name a time zone where it is between 12:00 and 13:00: offices are open and nobody sleeps."""
    west = now.hour - 12  # POSIX signs: what lies west of Greenwich is positive.
    return f"Etc/GMT{west:+d}" if west else "Etc/GMT"


@dataclass(frozen=True, slots=True)
class Company:
    """Everybody is signed in, and each phone takes pushes at the address of its role."""

    manager: StaffPhone
    dispatcher: StaffPhone
    courier: CourierPhone
    rep: StaffPhone
    order_system: App
    zone: ZoneInfo
    customer: dict[str, Any]
    site: dict[str, Any]
    contact: dict[str, Any]

    def set_policy(self, **changes: Any) -> None:
        path = f"/v1/branches/{self.manager.branch_id}/policy"
        before = self.manager.call("GET", path)
        policy = before.json()["policy"] | changes
        self.manager.put(path, {"policy": policy}, if_match=before.headers["ETag"])

    def booking(self, **changes: Any) -> dict[str, Any]:
        """Return a booking whose ping is due at once."""
        now = datetime.now(UTC)
        return {
            "external_ref": str(uuid4()),
            "site_id": self.site["id"],
            "contact_id": self.contact["id"],
            "window_start": (now - timedelta(minutes=1)).isoformat(),
            "window_end": (now + timedelta(minutes=30)).isoformat(),
            "parcels_expected": 3,
            **changes,
        }


def address_of(role: str) -> str:
    """Return the push address of the only one who has this role."""
    return f"fcm-token-of-the-{role}"


def found(house: House) -> Company:
    """Open a branch with staff, one customer and its history, and a visit planned for today."""
    now = datetime.now(UTC)
    zone = noon_somewhere(now)
    house.operate("branch", "create", "SH01", "浦东网点", "--timezone", zone, "--locale", "zh-CN")
    admin_number = "+8613800000001"
    person = ("--name", "顾清扬", "--phone", admin_number, "--password", PASSWORD)
    house.operate("staff", "create", "--branch", "SH01", "--role", "admin", *person)
    admin = StaffPhone(house.servers, admin_number, PASSWORD)
    numbers = {
        role: _hire(admin, role, f"+861380000001{place}")
        for place, role in enumerate(("manager", "dispatcher", "courier", "sales_rep"))
    }
    rep = StaffPhone(house.servers, numbers["sales_rep"], PASSWORD)
    order_system = App(house.servers, _make_api_key(admin))
    path = "/v1/customers"
    kept = {"code": "C1", "name": "东方贸易有限公司", "grade": "A", "owner_id": rep.id}
    customer = order_system.post(path, kept)
    path = f"{path}/{customer['id']}"
    place = {"latitude": DOOR.latitude, "longitude": DOOR.longitude}
    company = Company(
        manager=StaffPhone(house.servers, numbers["manager"], PASSWORD),
        dispatcher=StaffPhone(house.servers, numbers["dispatcher"], PASSWORD),
        courier=CourierPhone(house.servers, numbers["courier"], PASSWORD),
        rep=rep,
        order_system=order_system,
        zone=ZoneInfo(zone),
        customer=customer,
        site=order_system.post(f"{path}/sites", {"name": "仓库", "address": "振华路1号", **place}),
        contact=order_system.post(f"{path}/contacts", {"name": "林小姐", "phone": CONTACT_PHONE}),
    )
    _give_history(company, now)
    _take_pushes(company)
    return company


def _hire(admin: StaffPhone, role: str, number: str) -> str:
    admin.post("/v1/staff", {"role": role, "name": "王小明", "phone": number, "password": PASSWORD})
    return number


def _make_api_key(admin: StaffPhone) -> str:
    machine = admin.post("/v1/staff", {"role": "integration", "name": "订单系统"})
    made = admin.post(f"/v1/staff/{machine['id']}/api-keys", {"label": "the test's"})
    return str(made["key"])


def _give_history(company: Company, now: datetime) -> None:
    """A customer who shipped every week and then fell silent, and whom the rep means to visit today."""
    shipments = [
        {
            "waybill": f"W{number}",
            "customer_code": company.customer["code"],
            "picked_up_at": (now - timedelta(days=SILENT_DAYS + USUAL_GAP_DAYS * number)).isoformat(),
            "revenue": {"amount_minor": 12_000},
        }
        for number in range(20)
    ]
    results = company.order_system.post("/v1/shipments", {"shipments": shipments})["results"]
    assert {one["outcome"] for one in results} == {"created"}
    today = now.astimezone(company.zone).date().isoformat()
    company.rep.post("/v1/visits", {"customer_id": company.customer["id"], "planned_on": today})


def _take_pushes(company: Company) -> None:
    company.courier.take_pushes(address_of("courier"))
    company.dispatcher.take_pushes(address_of("dispatcher"))
    company.rep.take_pushes(address_of("rep"))
