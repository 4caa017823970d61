"""The three pickups of the demo's morning: ready at once, not ready, and nobody there.

A scene only does what phones and browsers do; what it then expects, it waits for by name.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from demo.phones import App, Browser, CourierPhone, Page, Place, Servers, StaffPhone
from demo.timeline import Timeline, fail


@dataclass(frozen=True, slots=True)
class Courier:
    label: str
    phone: CourierPhone


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody who acts. Labels are how the timeline calls people."""

    servers: Servers
    language: str
    timeline: Timeline
    order_system: App
    dispatcher: StaffPhone
    dispatcher_label: str
    owner_labels: dict[str, str]


class Stop:
    """One pickup in the play: a customer's site, the courier who goes there, and the contact's browser."""

    def __init__(self, cast: Cast, customer: dict[str, Any], courier: Courier) -> None:
        self._cast = cast
        self._tell = cast.timeline.tell
        self._browser = Browser(cast.servers, cast.language)
        self.courier = courier
        self.owner_label = cast.owner_labels[customer["owner_id"]]
        self._customer = customer
        self.contact_label = f"contact of {customer['code']}"
        self.pickup: dict[str, Any] = {}

    def book(self, *, starts_in: float, ends_in: float) -> None:
        """Let the order system book the pickup for this courier; the window is in seconds from now."""
        path = f"/v1/customers/{self._customer['id']}"
        now = datetime.now(UTC)
        self.pickup = self._cast.order_system.post(
            "/v1/pickups",
            {
                "external_ref": f"demo-{uuid4()}",
                "site_id": self._cast.order_system.get(f"{path}/sites")["items"][0]["id"],
                "contact_id": self._cast.order_system.get(f"{path}/contacts")["items"][0]["id"],
                "window_start": (now + timedelta(seconds=starts_in)).isoformat(),
                "window_end": (now + timedelta(seconds=ends_in)).isoformat(),
                "eta_at": (now + timedelta(seconds=60)).isoformat(),
                "courier_id": self.courier.phone.id,
                "parcels_expected": 3,
            },
        )
        grade, name = self._customer["grade"], self._customer["name"]
        self._tell("order system", f"books a pickup at {name} ({self._customer['code']}, grade {grade})")
        self._cast.timeline.until_told(self.courier.label, "pickup_assigned", self.id)

    @property
    def id(self) -> str:
        return str(self.pickup["id"])

    @property
    def door(self) -> Place:
        site = self.pickup["site"]
        return Place(site["latitude"], site["longitude"]).metres_north(15)

    def courier_reports(self, kind: str, doing: str, **data: Any) -> dict[str, Any]:
        """Send one field event as the courier's phone does, and return the wait as it left it."""
        self._tell(self.courier.label, doing)
        result = self.courier.phone.report(self.id, kind, self.door, **data)
        if result["outcome"] != "applied":
            fail(f"The event {kind} was not applied but {result['outcome']}: {result}.")
        wait: dict[str, Any] = result.get("wait") or {}
        return wait

    def wait(self) -> dict[str, Any]:
        wait: dict[str, Any] = self.courier.phone.get(f"/v1/pickups/{self.id}/wait")
        return wait

    def contact_reads(self, purpose: str) -> str:
        """Return the link that the contact was sent, and show the words around it."""
        shared = self.courier.phone.post(f"/v1/pickups/{self.id}/links", {"purpose": purpose})
        self._tell(self.contact_label, f"reads: {shared['text']}")
        return str(shared["url"])

    def contact_opens(self, url: str) -> Page:
        page = self._browser.open(url)
        if page.status != 200:
            fail(f"The contact's link was answered with {page.status} “{page.heading}”.")
        self._tell(self.contact_label, f"opens the link and sees: “{page.heading}”")
        return page

    def contact_answers(self, page: Page, verb: str, doing: str, **said: str) -> None:
        answered = self._browser.answer(page, verb, **said)
        if answered.status != 200:
            fail(f"The contact's form {verb} was answered with {answered.status}: {answered.words}.")
        self._tell(self.contact_label, f"{doing}, and sees: “{answered.heading}”")

    def courier_collects(self, parcels: int) -> None:
        wait = self.courier_reports("collected", f"has collected {parcels} parcels", parcels=parcels)
        self.pickup = self.courier.phone.get(f"/v1/pickups/{self.id}")
        if self.pickup["state"] != "collected":
            fail(f"The pickup should be collected, but is {self.pickup['state']}.")
        self._tell(self.courier.label, f"sees: avoidable wait {wait['avoidable_wait_seconds']} s")


def ready_at_once(cast: Cast, stop: Stop) -> None:
    """The contact says yes before the courier comes: nobody waits."""
    tell = cast.timeline.tell
    stop.book(starts_in=-60, ends_in=1200)
    page = stop.contact_opens(stop.contact_reads("pickup"))
    ticks = {"goods_packed": "yes", "papers_printed": "yes", "parcels": "3"}
    stop.contact_answers(page, "readiness", "answers: ready, packed, papers printed", answer="ready", **ticks)
    cast.timeline.until_told(stop.courier.label, "readiness_answered", stop.id)
    colour = stop.courier.phone.get(f"/v1/pickups/{stop.id}")["readiness"]["colour"]
    tell(stop.courier.label, f"sees the stop in {colour} on his list")
    stop.courier_reports("departed", "sets out")
    stop.courier_reports("arrived", "arrives; the clock runs")
    stop.courier_reports("handover_started", "is handed the parcels")
    stop.courier_collects(3)
    page = stop.contact_opens(stop.contact_reads("feedback"))
    stop.contact_answers(page, "feedback", "rates 5, friendly", score="5", reasons="friendly")


def not_ready(cast: Cast, stop: Stop) -> None:
    """The contact needs a while, asks for more time, hands over late, and is not happy."""
    stop.book(starts_in=-120, ends_in=8)
    link = stop.contact_reads("pickup")
    said = {"answer": "in_minutes", "minutes": "5"}
    stop.contact_answers(stop.contact_opens(link), "readiness", "answers: almost, in 5 minutes", **said)
    cast.timeline.until_told(stop.courier.label, "readiness_answered", stop.id)
    wait = stop.courier_reports("arrived", "arrives; the window ends in a moment, and the clock starts then")
    cast.timeline.until("the clock started with the window's end", lambda: stop.wait()["colour"] == "green")
    cast.timeline.tell(stop.courier.label, "has a running clock", at=wait["clock_started_at"])
    _ask_for_more_time(cast, stop, link)
    cast.timeline.until(
        "the first limit passed", lambda: datetime.now(UTC) > datetime.fromisoformat(wait["deadline_at"])
    )
    stop.courier_reports("handover_started", "is handed the parcels, after the first limit")
    stop.courier_collects(2)
    page = stop.contact_opens(stop.contact_reads("feedback"))
    said = {"score": "2", "reasons": "impatient", "about": "courier", "comment": "催得太急了"}
    stop.contact_answers(page, "feedback", "rates 2: felt rushed", **said)
    cast.timeline.until_told(stop.owner_label, "low_feedback", stop.id)
    cast.timeline.until_told(cast.dispatcher_label, "low_feedback", stop.id)


def _ask_for_more_time(cast: Cast, stop: Stop, link: str) -> None:
    """The courier has no slack left, so that the dispatcher is asked."""
    page = stop.contact_opens(link)
    cast.timeline.until_told(stop.courier.label, "wait_warn", stop.id)
    cast.timeline.until_told(cast.dispatcher_label, "wait_warn", stop.id)
    stop.contact_answers(page, "extension", "asks for 5 more minutes", minutes="5")
    cast.timeline.until_told(cast.dispatcher_label, "extension_requested", stop.id)
    cast.timeline.tell(
        cast.dispatcher_label, "sees that the next stop would be late, and grants it all the same"
    )
    cast.dispatcher.post(f"/v1/pickups/{stop.id}/extension/decision", {"granted": True})
    cast.timeline.until_told(stop.courier.label, "extension_decided", stop.id)


def nobody_there(cast: Cast, stop: Stop) -> None:
    """Nobody comes to the door: the courier waits his time and may leave without blame."""
    tell = cast.timeline.tell
    wait = stop.courier_reports("arrived", "arrives; nobody comes to the door")
    tell(stop.courier.label, f"sees the clock: {wait['remaining_seconds']} s left")
    cast.timeline.until_told(cast.dispatcher_label, "wait_warn", stop.id)
    live = [one for one in cast.dispatcher.get("/v1/waits")["items"] if one["pickup_id"] == stop.id]
    tell(cast.dispatcher_label, f"sees the wait live, in {live[0]['colour']}")
    cast.timeline.until_told(stop.courier.label, "wait_expired", stop.id)
    cast.timeline.until_told(cast.dispatcher_label, "wait_undecided", stop.id)
    wait = stop.courier_reports("left", "leaves: nobody there", cause="nobody_there")
    if not wait["protected"]:
        fail(f"The leave should be protected, but is not: {wait}.")
    tell(stop.courier.label, "reads: this leave is protected, it never counts against you")
    cast.timeline.until_told(stop.owner_label, "protected_leave", stop.id)
    page = stop.contact_opens(stop.contact_reads("reschedule"))
    stop.contact_answers(page, "another-time", "asks for another time")
    cast.timeline.until_told(cast.dispatcher_label, "another_time", stop.id)
