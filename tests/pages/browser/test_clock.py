"""The clock on the page beside the courier's API, in real seconds: green, amber, and at its end."""

import re
import time
from datetime import datetime, timedelta

import pytest

from api.domain.branch_policy import BranchPolicy
from api.models import BranchPolicyVersion, StaffMember
from tests.fakes import NOW, FrozenClock
from tests.pages.browser.chromium import in_chromium
from tests.phones import Phone

pytestmark = in_chromium

LIMIT_SECONDS = 8
SECOND = timedelta(seconds=1)


class RunningClock(FrozenClock):
    """Goes on by itself from where it was set."""

    def __init__(self) -> None:
        super().__init__()
        self._began = time.monotonic()

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=time.monotonic() - self._began)


@pytest.fixture
def clock():
    return RunningClock()


@pytest.fixture
def courier(database, signed_in, clock, branch, pickup, stand):
    """Has arrived, at a branch that waits for eight seconds."""
    stand(window_start=NOW)
    settings = {**BranchPolicy().to_json(), "wait_limit_seconds": LIMIT_SECONDS}
    with database.unit_of_work() as session:
        session.add(BranchPolicyVersion(branch_id=branch.id, version=1, settings=settings, created_at=NOW))
        staff = session.get_one(StaffMember, pickup.courier_id)
    signed = signed_in(staff)
    Phone(signed, clock).report(pickup, "arrived")
    return signed


def left_on(page):
    shown = re.fullmatch(r"(\d+):(\d\d)", page.locator(".big").inner_text())
    return timedelta(minutes=int(shown[1]), seconds=int(shown[2])) if shown else None


def told(courier, pickup):
    return courier.get(f"/v1/pickups/{pickup.id}/wait").json


def test_page_and_courier_agree_within_a_second_to_the_end(
    phone, link, courier, pickup, clock, record_property
):
    page = phone(link())
    worst, colours = timedelta(0), []

    while not page.locator(".clock.expired").count():
        before, shown, after = told(courier, pickup), left_on(page), told(courier, pickup)
        if shown is not None and after["colour"] in ("green", "amber"):
            # The page was read between two questions to the API: it must lie between the answers.
            most, least = (timedelta(seconds=wait["remaining_seconds"]) for wait in (before, after))
            worst = max(worst, shown - most, least - shown)
            colours.append("amber" if page.locator(".clock.amber").count() else "green")
        page.wait_for_timeout(400)

    deadline = datetime.fromisoformat(after["deadline_at"])
    ended = clock.now() - deadline
    record_property("measured", f"page clock and courier's: at most {worst.total_seconds():.2f} s apart")
    assert worst <= SECOND
    assert colours == sorted(colours, reverse=True)
    assert {"green", "amber"} == set(colours)
    assert ended <= 5 * SECOND
    assert page.complaints == []
