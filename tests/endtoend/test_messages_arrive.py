"""A text message and a mail that really arrive: from a running server, by its own jobs, over real sockets."""

import re
from pathlib import Path
from typing import Any

import pytest

from api.settings import Settings
from demo.phones import App, Browser
from tests.databases import only_sqlite
from tests.endtoend import company as companies
from tests.endtoend.company import CONTACT_PHONE, Company
from tests.endtoend.house import House

ADDRESS = "fang.li@example.com"
URL = re.compile(r"http://\S+/l/[\w-]{22}(?![\w-])")

pytestmark = pytest.mark.slow


@only_sqlite
def test_a_text_message_and_a_mail_arrive_in_the_contacts_language_with_links_that_work(
    settings: Settings, tmp_path: Path
) -> None:
    with House(settings, tmp_path, doors=1, job_programs=0) as house:
        house.doors[0].start()
        company = companies.found(house)
        by_phone = company.order_system.post("/v1/pickups", company.booking())
        reader = _who_reads_mail(company)
        by_mail = company.order_system.post("/v1/pickups", company.booking(contact_id=reader["id"]))

        sms = house.until_written("readiness_ping", CONTACT_PHONE)
        mail = house.until(f"{ADDRESS} gets a mail", lambda: house.mails(ADDRESS))[0]

        _is_a_text_message_in_chinese(house, sms)
        _is_a_mail_in_english(house, mail)
        _shows_up_at_the_dispatchers(company, by_phone, by_mail)
        log = next(tmp_path.glob("server-*.log")).read_text()
        for secret in (
            ADDRESS,
            CONTACT_PHONE,
            *(url.rpartition("/")[2] for url in URL.findall(mail["text"])),
        ):
            assert secret not in log


def _who_reads_mail(company: Company) -> dict[str, Any]:
    path = f"/v1/customers/{company.customer['id']}/contacts"
    person = {"name": "Anna Smith", "phone": "+8613900000002", "email": ADDRESS, "locale": "en"}
    contact = company.order_system.post(path, person)
    path, wish = f"/v1/contacts/{contact['id']}", {"preferred_channel": "email"}
    company.order_system.call("PATCH", path, json=wish, headers={"If-Match": '"1"'})
    return dict(contact)


def _is_a_text_message_in_chinese(house: House, sms: dict[str, Any]) -> None:
    assert (sms["channel"], sms["language"]) == ("sms", "zh-CN")
    assert sms["text"].startswith("浦东网点：快递员预计 ")
    assert URL.findall(sms["text"]) == [sms["url"]]
    assert re.search("[\u4e00-\u9fff]", _opened(house, sms["url"], "zh-CN"))


def _is_a_mail_in_english(house: House, mail: dict[str, Any]) -> None:
    headers = mail["headers"]
    pickup_url, preferences_url = URL.findall(mail["text"])
    assert headers["subject"].startswith("浦东网点: courier expected at ")
    assert headers["content-language"] == "en"
    assert mail["text"].startswith("Hello,")
    assert headers["list-unsubscribe"] == f"<{preferences_url}>"
    assert f'href="{pickup_url}"' in mail["html"]
    assert not re.search("[\u4e00-\u9fff]", _opened(house, pickup_url, "en"))
    _leads_to_his_preferences(house, preferences_url)


def _leads_to_his_preferences(house: House, url: str) -> None:
    behind = App(house.servers).get(f"/v1/links/{url.rpartition('/')[2]}")
    assert behind["purpose"] == "preferences"
    assert behind["preferences"]["channels"] == ["sms", "chat", "email"]


def _opened(house: House, url: str, language: str) -> str:
    page = Browser(house.servers, language).open(url)
    assert page.status == 200
    return page.heading


def _shows_up_at_the_dispatchers(company: Company, by_phone: dict[str, Any], by_mail: dict[str, Any]) -> None:
    for pickup, channel, address in (
        (by_phone, "sms", "+86*******0001"),
        (by_mail, "email", "f***@example.com"),
    ):
        (shown,) = company.dispatcher.get(f"/v1/pickups/{pickup['id']}/messages")["items"]
        assert (shown["channel"], shown["address"]) == (channel, address)
        assert (shown["kind"], shown["state"]) == ("readiness_ping", "accepted")
