"""The whole visit of a clerk, from our message to his rating, as he sees it on his screen."""

import re
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from api import services
from api.domain.vocabulary import Locale
from api.models import Contact, Feedback, Pickup, StaffMember
from api.pages.catalogue import translations
from jobs.deliver_notices import deliver_notices
from jobs.send_readiness_pings import send_readiness_pings
from tests.fakes import NOW
from tests.pages.browser.chromium import DESKTOP, PHONE, fits, in_chromium
from tests.phones import Phone

pytestmark = in_chromium


@pytest.fixture
def pinged(database, job_context, messenger, pickup):
    """Lets us write to the contact in a language; returns the path of the link in the message."""

    def write(language):
        with database.unit_of_work() as session:
            session.get_one(Contact, pickup.contact_id).locale = Locale(language)
            services.readiness.schedule_ping(session, session.get_one(Pickup, pickup.id), now=NOW)
        send_readiness_pings(job_context)
        deliver_notices(job_context)
        (message,) = messenger.sent
        return urlsplit(re.search(r"http\S+/l/[\w-]+", message.text).group()).path

    return write


@pytest.fixture
def courier(database, signed_in, clock, pickup):
    with database.unit_of_work(read_only=True) as session:
        staff = session.get_one(StaffMember, pickup.courier_id)
    return Phone(signed_in(staff), clock)


# Each language, each size and both with and without a script, and any two of them together.
@pytest.mark.parametrize(
    ("language", "script", "size"),
    [("en", True, PHONE), ("en", False, DESKTOP), ("zh-CN", True, DESKTOP), ("zh-CN", False, PHONE)],
    ids=["en-script-phone", "en-plain-desktop", "zh-CN-script-desktop", "zh-CN-plain-phone"],
)
def test_a_clerk_goes_from_the_message_to_the_thank_you(
    phone, pinged, courier, database, clock, pickup, language, script, size
):
    say = translations(Locale(language)).gettext
    page = phone(pinged(language), language=language, script=script, size=size)

    clock.tick(seconds=10)
    page.get_by_label(say("Yes, it is ready")).check()
    page.get_by_label(say("The goods are packed")).check()
    page.get_by_label(say("The papers are printed")).check()
    page.get_by_role("button", name=say("Send answer")).click()
    page.get_by_text(say("Everything is ready")).wait_for()

    clock.tick(minutes=20)
    courier.report(pickup, "arrived")
    page.reload()
    page.get_by_role("heading", name=say("Our courier is at your door")).wait_for()
    clock.tick(minutes=2)
    page.get_by_role("button", name=say("%(minutes)s min more") % {"minutes": 3}).click()
    page.get_by_text(say("You have %(minutes)s more minutes.") % {"minutes": 3}).wait_for()

    courier.report(pickup, "handover_started")
    page.reload()
    page.get_by_role("heading", name=say("Your shipment is being handed over")).wait_for()
    clock.tick(minutes=1)
    courier.report(pickup, "collected")
    page.reload()
    page.get_by_role("link", name=say("Rate this pickup")).click()

    clock.tick(seconds=10)
    page.get_by_text(say("Very good"), exact=True).click()
    page.get_by_text(say("Waited patiently")).click()
    page.get_by_label(say("Would you like to add something?")).fill("谢谢")
    page.get_by_role("button", name=say("Send rating")).click()
    page.get_by_role("heading", name=say("Thank you for taking the time")).wait_for()

    assert fits(page)
    assert [text for text in page.complaints if "410" not in text] == []
    with database.unit_of_work(read_only=True) as session:
        given = session.scalars(select(Feedback)).one()
    assert (given.score, given.reasons, given.comment) == (5, ["patient"], "谢谢")
