"""`make demo`: a morning with three pickups, played against the running server over HTTP only.

The wait limit is a few seconds for as long as the play lasts; the branch's own policy is put back at its end.
"""

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import requests

from api.domain.geofence import Place, distance_m
from api.domain.vocabulary import Role
from demo import people, scenes
from demo.phones import App, CourierPhone, Refused, Servers, StaffPhone
from demo.scenes import Cast, Courier, Stop
from demo.timeline import DidNotHappen, Timeline

LIMIT_SECONDS = 8
MOST_AT_RISK = 5

# A few seconds for minutes, and messages at any hour and as often as the play is played.
POLICY = {
    "wait_limit_seconds": LIMIT_SECONDS,
    "wait_limit_seconds_by_grade": {},
    "feedback_delay_minutes": 0,
    "feedback_every_days": 0,
    "messages_per_pickup": 20,
    "messages_per_contact_week": 100,
    "contact_hours_start": "00:00",
    "contact_hours_end": "23:59",
}


class Company:
    """The demo branch's people, signed in on their phones."""

    def __init__(self, servers: Servers, language: str) -> None:
        self.servers = servers
        self.language = language
        self.manager = self._phone(Role.MANAGER)
        self.dispatcher = self._phone(Role.DISPATCHER)
        self.reps = {rep.id: rep for rep in map(self._signed_in, _numbers(Role.SALES_REP))}
        self.couriers = [
            CourierPhone(servers, number, people.PASSWORD, language) for number in _numbers(Role.COURIER)
        ]
        branch = self.manager.get(f"/v1/branches/{self.manager.branch_id}")
        self.zone = ZoneInfo(branch["timezone"])
        self.timeline = Timeline(self.zone)
        self.branch_name: str = branch["name"]

    def cast(self) -> Cast:
        """Watch everybody's inbox, and hand out the parts."""
        for label, phone in self._labelled():
            self.timeline.watch(label, phone)
        return Cast(
            self.servers,
            self.language,
            self.timeline,
            App(self.servers, people.API_KEY_FILE.read_text().strip(), self.language),
            self.dispatcher,
            f"dispatcher {self.dispatcher.name}",
            {rep.id: f"rep {rep.name}" for rep in self.reps.values()},
        )

    def courier(self, number: int) -> Courier:
        phone = self.couriers[number]
        return Courier(f"courier {phone.name}", phone)

    def _labelled(self) -> Iterator[tuple[str, StaffPhone]]:
        yield f"dispatcher {self.dispatcher.name}", self.dispatcher
        for courier in self.couriers:
            yield f"courier {courier.name}", courier
        for rep in self.reps.values():
            yield f"rep {rep.name}", rep

    def _phone(self, role: Role) -> StaffPhone:
        return self._signed_in(_numbers(role)[0])

    def _signed_in(self, number: str) -> StaffPhone:
        return StaffPhone(self.servers, number, people.PASSWORD, self.language)


def play(company: Company) -> None:
    """Play the three pickups, then show whom the branch is about to lose."""
    cast, timeline = company.cast(), company.timeline
    first, second, *others = shuffled(company.manager.get("/v1/customers", grade="A", limit=200)["items"])
    ready = Stop(cast, first, company.courier(0))
    slow = Stop(cast, second, company.courier(1))
    # Round the corner: nobody believes a courier who is across the city within seconds.
    absent = Stop(cast, nearest(company.manager, second, others), company.courier(1))
    with short_waits(company.manager), called_off_on_failure(company.dispatcher, (ready, slow, absent)):
        timeline.scene("1. Ready at once")
        scenes.ready_at_once(cast, ready)
        timeline.scene("2. Not ready, and the courier is expected elsewhere")
        absent.book(starts_in=-60, ends_in=240)
        scenes.not_ready(cast, slow)
        timeline.scene("3. Nobody there")
        scenes.nobody_there(cast, absent)
    timeline.scene("Meanwhile, the sales reps")
    show_visits(company)
    show_most_at_risk(company)


def shuffled(customers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return random.sample(customers, len(customers))


def nearest(
    manager: StaffPhone, customer: dict[str, Any], others: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Return which of the other customers has its site closest to this one's."""
    here = _place(manager, customer)
    return min(others, key=lambda other: distance_m(here, _place(manager, other)))


def _place(manager: StaffPhone, customer: dict[str, Any]) -> Place:
    site = manager.get(f"/v1/customers/{customer['id']}/sites")["items"][0]
    return Place(site["latitude"], site["longitude"])


@contextmanager
def short_waits(manager: StaffPhone) -> Iterator[None]:
    """Let a few seconds stand for the minutes of a wait, and put the branch's own policy back at the end."""
    path = f"/v1/branches/{manager.branch_id}/policy"
    before = manager.call("GET", path)
    own = before.json()["policy"]
    put = manager.call(
        "PUT", path, json={"policy": own | POLICY}, headers={"If-Match": before.headers["ETag"]}
    )
    try:
        yield
    finally:
        manager.put(path, {"policy": own}, if_match=put.headers["ETag"])


@contextmanager
def called_off_on_failure(dispatcher: StaffPhone, stops: Sequence[Stop]) -> Iterator[None]:
    """Leave no open pickup behind when the play breaks off."""
    try:
        yield
    except BaseException:
        for stop in stops:
            if stop.pickup:
                with suppress(Refused):
                    dispatcher.post(f"/v1/pickups/{stop.id}/cancellation", {"reason": "demo broken off"})
        raise


def show_visits(company: Company) -> None:
    """Say how many visits each rep has today, and whom first."""
    today = datetime.now(company.zone).date().isoformat()
    for rep in company.reps.values():
        visits = rep.get("/v1/visits", planned_from=today, planned_to=today)["items"]
        names = ", ".join(visit["customer_name"] for visit in visits[:2])
        company.timeline.tell(f"rep {rep.name}", f"has {len(visits)} visits today: {names} ...")


def show_most_at_risk(company: Company) -> None:
    """Show the customers with the most value at risk, and why: their history is real, their names are not."""
    alerts = company.manager.get("/v1/churn-alerts", limit=MOST_AT_RISK)["items"]
    if not alerts:
        raise DidNotHappen("No customer is at risk: has the branch been scored?")
    company.timeline.scene(f"The {len(alerts)} customers most at risk (shipping histories: CDNOW)")
    for alert in alerts:
        owner = company.reps[alert["owner_id"]].name
        chance = "by rule" if alert["p_ships"] is None else f"ships again {alert['p_ships']:.0%}"
        value = alert["value_at_risk_minor"] / 100
        print(
            f"{alert['customer_code']} {alert['customer_name']}, grade {alert['grade']}, rep {owner}: "
            f"{alert['band']}, {chance}, {value:,.0f} {alert['currency']} at risk in 90 days"
        )
        for reason in alert["reasons"]:
            print(f"    {reason['text']} -> {reason['next_step_text']}")


def _numbers(role: Role) -> list[str]:
    return [phone for has, _, phone in people.STAFF if has is role]


def main() -> None:
    parser = argparse.ArgumentParser(description="Play a morning against the running server.")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--language", choices=("en", "zh-CN"), default="en", help="what people read")
    asked = parser.parse_args()
    url = f"http://127.0.0.1:{asked.port}"
    try:
        company = Company(Servers(url), asked.language)
    except requests.ConnectionError:
        sys.exit(f"Nobody answers at {url}. Start the server first: make run PORT={asked.port}")
    except Refused as refusal:
        sys.exit(f"The demo branch's people cannot sign in at {url}: was it started empty? {refusal}")
    try:
        print(f"A morning at {company.branch_name}. The wait limit is {LIMIT_SECONDS} s instead of minutes.")
        play(company)
    except FileNotFoundError:
        sys.exit(f"{people.API_KEY_FILE} is missing: it is made with the demo branch, by the first make run.")
    except (DidNotHappen, Refused, LookupError, requests.RequestException) as failure:
        sys.exit(f"The morning broke off. {failure}")
    print("\nAll of it happened. The branch's own policy is in force again.")


if __name__ == "__main__":
    main()
