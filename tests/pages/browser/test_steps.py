"""The pages in a real Chromium, on a small phone: with and without JavaScript, in both languages."""

import re
from datetime import timedelta

import pytest

from api.domain.vocabulary import LinkPurpose, PickupState
from tests.pages.browser.chromium import fits, in_chromium

pytestmark = in_chromium


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize(
    ("language", "in_minutes", "ten", "send", "said"),
    [
        ("en", "Almost, in a few minutes", "10 min", "Send answer", "Ready at 09:40"),
        ("zh-CN", "快好了，还要几分钟", "10 分钟", "发送答复", "09:40 备好"),
    ],
)
def test_a_clerk_answers_with_three_touches(
    phone, link, clock, script, language, in_minutes, ten, send, said
):
    page = phone(link(), language=language, script=script)
    clock.tick(seconds=10)

    page.get_by_label(in_minutes).check()
    page.get_by_text(ten, exact=True).click()
    page.get_by_role("button", name=send).click()

    page.get_by_text(said).wait_for()
    assert fits(page)
    assert page.complaints == []


def test_the_first_look_takes_one_request_after_the_redirect(phone, link):
    page = phone(link())

    assert [url.rsplit("/", 2)[1] for url in page.asked_for] == ["l", "p"]


def test_reasons_open_with_the_face_and_without_a_script(phone, link, clock, stand):
    stand(state=PickupState.COLLECTED)
    page = phone(link(LinkPurpose.FEEDBACK), script=False)
    clock.tick(seconds=10)
    assert not page.get_by_text("Trouble with papers").is_visible()

    page.get_by_text("Poor", exact=True).click()
    page.get_by_text("Trouble with papers").click()
    page.get_by_label("Would you like to add something?").fill("No papers")
    page.get_by_role("button", name="Send rating").click()

    page.get_by_role("heading", name="Thank you for taking the time").wait_for()
    assert page.get_by_text("Trouble with papers").is_visible()


def test_the_running_clock_is_the_couriers_clock_and_turns_amber(phone, link, arrive, clock):
    arrive()
    clock.tick(minutes=2, seconds=57)
    page = phone(link())
    opened = page.evaluate("performance.getEntriesByType('navigation')[0].responseStart")

    page.wait_for_selector(".clock.amber", timeout=5_000)

    passed = timedelta(milliseconds=page.evaluate("performance.now()") - opened)
    minutes, seconds = re.fullmatch(r"(\d+):(\d\d)", page.locator(".big").inner_text()).groups()
    shown = timedelta(minutes=int(minutes), seconds=int(seconds))
    assert abs(shown - (timedelta(minutes=2, seconds=3) - passed)) <= timedelta(seconds=1)
    assert timedelta(seconds=2.5) <= passed
    assert page.complaints == []


def test_without_a_script_the_page_tells_until_when(phone, link, arrive, clock):
    arrive()
    clock.tick(minutes=1)

    page = phone(link(), script=False)

    assert page.locator(".clock .until").inner_text() == "09:35:00"
    assert page.locator(".big").inner_text() == "09:35"
    assert fits(page)
