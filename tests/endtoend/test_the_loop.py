"""The whole loop over HTTP against real processes: ping, wait, rating, churn alert, visit reminder.

Each step asserts what the people in it get to see: on their screens, on their phones, in their messages.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.settings import Settings
from demo.phones import Browser
from tests.databases import only_postgres, only_sqlite
from tests.endtoend import company as companies
from tests.endtoend.company import CONTACT_PHONE, DOOR, Company, address_of
from tests.endtoend.house import House
from tests.endtoend.secrecy import nothing_secret_was_logged

SHORT_LIMIT = 5
LIMIT_OF_A_RESTART = (
    20  # Killing and starting again fits in between arrival and expiry, on a busy machine, too.
)

pytestmark = pytest.mark.slow


@only_sqlite
def test_f7_the_loop_on_sqlite_and_no_secret_in_its_log(settings: Settings, tmp_path: Path) -> None:
    with House(settings, tmp_path, doors=1, job_programs=0) as house:
        server = house.doors[0]
        server.start(DOORSTEP_JOBS="off")
        company = companies.found(house)
        server.stop()
        server.start()

        def crash() -> None:
            server.kill()
            server.start()

        go_through_the_loop(house, company, crash)


@only_postgres
def test_f7_the_loop_on_postgres_with_two_servers_and_two_job_processes_and_no_secret_in_their_logs(
    settings: Settings, tmp_path: Path
) -> None:
    with House(settings, tmp_path, doors=2, job_programs=2) as house:
        for server in house.doors:
            server.start()
        company = companies.found(house)
        for jobs in house.jobs:
            jobs.start()

        def crash() -> None:
            for program in (house.doors[0], house.jobs[0]):
                program.kill()
            house.doors[0].start()

        go_through_the_loop(house, company, crash)


def go_through_the_loop(house: House, company: Company, crash: Callable[[], None]) -> None:
    """Go through the steps in the order of a day. `crash` kills a server, and brings it back."""
    the_rep_hears_of_risk_and_visits_in_the_morning(house, company)
    company.set_policy(wait_limit_seconds=SHORT_LIMIT, feedback_delay_minutes=0, messages_per_contact_week=50)
    pickup = a_pickup_is_booked_and_assigned(house, company)
    the_contact_is_asked_and_says_ready(house, company, pickup)
    the_courier_waits_is_warned_and_collects(house, company, pickup)
    company.set_policy(wait_limit_seconds=LIMIT_OF_A_RESTART)
    missed = company.order_system.post("/v1/pickups", company.booking(courier_id=company.courier.id))
    wait = arrive(company, missed["id"])
    crash()
    the_contact_rates_2_and_the_right_people_hear_of_it(house, company, pickup)
    the_wait_expires_once_in_spite_of_the_crash(house, company, wait)
    the_courier_leaves_protected_and_the_contact_asks_for_another_time(house, company, missed["id"])
    no_warning_came_twice(house)
    nobody_is_told_what_the_server_is_made_of(company)
    nothing_secret_was_logged(house, company)


def the_rep_hears_of_risk_and_visits_in_the_morning(house: House, company: Company) -> None:
    alert_push = house.until_pushed("churn_alert", address_of("rep"))
    visit_push = house.until_pushed("visit_reminder", address_of("rep"))

    (alert,) = company.rep.get("/v1/churn-alerts")["items"]
    assert (alert["band"], alert["win_back"], alert["state"]) == ("high", False, "raised")
    assert alert["reasons"][0]["numbers"]["days"] == companies.SILENT_DAYS
    assert alert_push["data"]["customer_id"] == company.customer["id"] == alert["customer_id"]
    assert company.customer["name"] not in str(alert_push)
    (reminder,) = company.rep.inbox(kind="visit_reminder")
    assert visit_push["data"]["notice_id"] == reminder["id"]


def a_pickup_is_booked_and_assigned(house: House, company: Company) -> dict[str, Any]:
    booking = company.booking()
    booked = company.order_system.post("/v1/pickups", booking)
    again = company.order_system.post("/v1/pickups", booking)
    company.dispatcher.post(f"/v1/pickups/{booked['id']}/assignment", {"courier_id": company.courier.id})

    day = company.courier.get("/v1/pickups")["items"]
    assert booked["id"] == again["id"]
    assert [(one["id"], one["state"]) for one in day] == [(booked["id"], "assigned")]
    assert house.until_pushed("pickup_assigned", address_of("courier"))["data"]["pickup_id"] == booked["id"]
    return booked


def the_contact_is_asked_and_says_ready(house: House, company: Company, pickup: dict[str, Any]) -> None:
    ping = house.until_written("readiness_ping", CONTACT_PHONE)
    browser = Browser(house.servers)
    url = _link_in(ping)
    for _ in range(3):
        page = browser.open(url)
    unanswered = company.courier.get(f"/v1/pickups/{pickup['id']}")["readiness"]

    ticks = {"goods_packed": "yes", "papers_printed": "yes"}
    answered = browser.answer(page, "readiness", answer="ready", parcels="3", **ticks)

    seen = company.courier.get(f"/v1/pickups/{pickup['id']}")["readiness"]
    assert (unanswered["answer"], unanswered["colour"]) == (None, "grey")
    assert (answered.status, answered.forms[0].fields["form_value"] != "") == (200, True)
    assert (seen["answer"], seen["colour"]) == ("ready", "green")
    house.until_pushed("readiness_answered", address_of("courier"))


def the_courier_waits_is_warned_and_collects(house: House, company: Company, pickup: dict[str, Any]) -> None:
    courier, pickup_id = company.courier, pickup["id"]
    arrival = courier.event(pickup_id, "arrived", DOOR)
    (first,) = courier.send(arrival)
    (replay,) = courier.send(arrival)
    assert (first["outcome"], replay["outcome"]) == ("applied", "duplicate")
    assert replay["wait"]["deadline_at"] == first["wait"]["deadline_at"]
    assert first["wait"]["limit_seconds"] == SHORT_LIMIT

    for role in ("courier", "dispatcher"):
        warning = house.until_pushed("wait_warn", address_of(role))
        assert warning["data"]["wait_id"] == first["wait"]["id"]
    live = company.dispatcher.get("/v1/waits")["items"]
    assert [(one["pickup_id"], one["state"]) for one in live] == [(pickup_id, "open")]

    handover = courier.report(pickup_id, "handover_started", DOOR)
    collected = courier.report(pickup_id, "collected", DOOR, parcels=3)

    assert handover["wait"]["state"] == "handing_over"
    assert (collected["wait"]["state"], collected["wait"]["outcome"]) == ("closed", "collected")
    assert collected["wait"]["avoidable_wait_seconds"] in range(1, 60)
    assert courier.get(f"/v1/pickups/{pickup_id}")["state"] == "collected"


def arrive(company: Company, pickup_id: str) -> dict[str, Any]:
    wait: dict[str, Any] = company.courier.report(pickup_id, "arrived", DOOR)["wait"]
    assert wait["limit_seconds"] == LIMIT_OF_A_RESTART
    return wait


def the_contact_rates_2_and_the_right_people_hear_of_it(
    house: House, company: Company, pickup: dict[str, Any]
) -> None:
    invitation = house.until_written("feedback_link", CONTACT_PHONE)
    browser = Browser(house.servers)
    page = browser.open(_link_in(invitation))
    thanks = browser.answer(page, "feedback", score="2", reasons="papers", comment="单据不清楚")

    assert thanks.status == 200
    for role in ("rep", "dispatcher"):
        assert house.until_pushed("low_feedback", address_of(role))["data"]["pickup_id"] == pickup["id"]
    assert not company.courier.inbox(kind="low_feedback")


def the_wait_expires_once_in_spite_of_the_crash(house: House, company: Company, wait: dict[str, Any]) -> None:
    expiry = house.until_pushed("wait_expired", address_of("courier"))
    seen = company.courier.get(f"/v1/pickups/{wait['pickup_id']}/wait")

    told = company.courier.inbox(kind="wait_expired")
    assert seen["deadline_at"] == wait["deadline_at"]
    assert seen["colour"] == "expired"
    assert [(one["wait_id"], one["id"]) for one in told] == [(wait["id"], expiry["data"]["notice_id"])]
    assert told[0]["decided_at"] >= wait["deadline_at"]


def the_courier_leaves_protected_and_the_contact_asks_for_another_time(
    house: House, company: Company, pickup_id: str
) -> None:
    left = company.courier.report(pickup_id, "left", DOOR, cause="nobody_there")
    farewell = house.until_written("wait_left", CONTACT_PHONE)
    browser = Browser(house.servers)
    answered = browser.answer(browser.open(_link_in(farewell)), "another-time")

    assert (left["wait"]["outcome"], left["wait"]["protected"]) == ("left", True)
    assert answered.status == 200
    house.until_pushed("protected_leave", address_of("rep"))
    assert house.until_pushed("another_time", address_of("dispatcher"))["data"]["pickup_id"] == pickup_id


def no_warning_came_twice(house: House) -> None:
    for kind in ("wait_warn", "wait_expired", "low_feedback", "churn_alert", "visit_reminder"):
        arrived = [(push["token"], _subject(push)) for push in house.pushes(kind)]
        assert len(arrived) == len(set(arrived)), f"{kind} reached a phone twice: {arrived}"


def nobody_is_told_what_the_server_is_made_of(company: Company) -> None:
    assert company.courier.call("GET", "/v1/me").headers["Server"] == "doorstep"


def _subject(push: dict[str, Any]) -> str:
    """Return what a push is about, whatever the notice that said so."""
    return str(sorted((name, value) for name, value in push["data"].items() if name != "notice_id"))


def _link_in(message: dict[str, Any]) -> str:
    found = re.search(r"http://\S+/l/\S+", message["text"])
    assert found, message
    return found[0]
