"""What no log may contain, collected from a house in which people have lived, and a look at all it wrote."""

import re
from contextlib import suppress
from pathlib import Path

import requests

from demo.phones import App, Refused, StaffPhone
from tests import processes
from tests.endtoend.company import CONTACT_PHONE, PASSWORD, Company, address_of
from tests.endtoend.house import SECRET, House

WRONG_PASSWORD = "a wrong password that is somebody's right one elsewhere"
NAMES = ("顾清扬", "王小明", "林小姐", "振华路1号", "单据不清楚")
PHONES = ("1390000000", "1380000000", "1380000001")
"""What the numbers of contacts and staff begin with."""
TOKEN_IN_A_LINK = re.compile(r"/l/([\w-]+)")


def nothing_secret_was_logged(house: House, company: Company) -> None:
    """Fail when a log of our own programs has a key, a token, a password, or a word about a person in it."""
    _be_refused_in_all_ways(house, company)
    secrets = _secrets(house, company)

    logs = [file for name in ("server", "jobs") for file in house.folder.glob(f"{name}-*.log")]
    lines = [(file.name, line) for file in logs for line in file.read_text(errors="replace").splitlines()]
    told = [(file, line) for file, line in lines if any(secret in line for secret in secrets)]

    assert len(lines) > 50, "the log says what was done"
    assert not told


def _be_refused_in_all_ways(house: House, company: Company) -> None:
    """What is refused is what tempts a program to repeat it."""
    stranger = App(house.servers, token=_token_of(company.courier)[:-1] + "!")
    body = {"phone": CONTACT_PHONE, "password": WRONG_PASSWORD, "installation_id": "installation-1"}
    for refused in (
        lambda: stranger.get("/v1/me"),
        lambda: stranger.post("/v1/auth/login", body),
        lambda: stranger.post("/v1/auth/refresh", {"refresh_token": _token_of(company.courier)}),
        lambda: stranger.get(f"/v1/contacts/{company.contact['id']}", phone=CONTACT_PHONE),
        lambda: company.courier.get("/v1/staff", phone=CONTACT_PHONE),
    ):
        with suppress(Refused):
            refused()
    for token in _link_tokens(house)[:1]:
        requests.get(house.servers.url(f"/l/{token}/no/such/page"), timeout=15)


def _secrets(house: House, company: Company) -> set[str]:
    people: tuple[StaffPhone, ...] = (company.manager, company.dispatcher, company.courier, company.rep)
    settings = processes.environment_of(house.settings)
    account = Path(house.environment["GOOGLE_APPLICATION_CREDENTIALS"]).read_text()
    return {
        *(PASSWORD, WRONG_PASSWORD, SECRET),
        *(
            key
            for name in settings
            if name.endswith(("KEY", "KEYS", "TOKEN"))
            for key in settings[name].split(",")
        ),
        *re.findall(r"[A-Za-z0-9+/]{60,}", account),
        *(_token_of(app) for app in (*people, company.order_system)),
        *(person._refresh_token for person in people),
        *(address_of(role) for role in ("courier", "dispatcher", "rep")),
        *_link_tokens(house),
        *PHONES,
        *NAMES,
        *(name.encode("unicode_escape").decode() for name in NAMES),
    }


def _token_of(app: App) -> str:
    return str(app._session.headers["Authorization"]).removeprefix("Bearer ")


def _link_tokens(house: House) -> list[str]:
    """Return the tokens of all links that contacts were sent."""
    return [token for message in house.all_messages() for token in TOKEN_IN_A_LINK.findall(message["text"])]
