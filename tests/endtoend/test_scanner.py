"""What mail scanners and chat previews do with a link, replayed over real HTTP against a real server.

The order of requests is that of scanners which run a page: look, look again, ask what is allowed, send the
form that the page has, come back when the customer has been there.
"""

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests
from sqlalchemy import select

from api import security
from api.db import Database
from api.domain.vocabulary import LinkPurpose, PickupState
from api.models import Feedback, FeedbackVersion
from api.settings import Settings
from demo.phones import Browser, Page, Servers
from tests import processes
from tests.factories import make_link, make_pickup

FAR = datetime(2199, 1, 1, tzinfo=UTC)
READING_SECONDS = 2.2
TIMEOUT_SECONDS = 20

pytestmark = pytest.mark.slow


def make_token(database: Database) -> str:
    with database.unit_of_work() as session:
        pickup = make_pickup(session, state=PickupState.COLLECTED)
        link = make_link(session, pickup, purpose=LinkPurpose.FEEDBACK, expires_at=FAR)
        return security.vault_of(session).links.token(link.id, link.key_id)


def ratings(database: Database) -> list[tuple[int, int]]:
    with database.unit_of_work(read_only=True) as session:
        assert len(session.scalars(select(FeedbackVersion)).all()) == len(
            session.scalars(select(Feedback)).all()
        )
        return [(rating.score, rating.version) for rating in session.scalars(select(Feedback))]


class Scanner(Browser):
    """Opens what it is sent, and sends back the forms it finds with nothing filled in but what is there."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(Servers(url))
        self._url = url
        self._token = token

    def look(self) -> Page:
        return self.open(f"{self._url}/l/{self._token}")

    def ask(self, method: str) -> int:
        path = f"{self._url}/l/{self._token}"
        return self._session.request(method, path, timeout=TIMEOUT_SECONDS, allow_redirects=True).status_code

    def send(self, page: Page, **choices: str) -> int:
        form = page.form("feedback")
        body = {**form.fields, **choices}
        return self._session.post(
            urljoin(page.url, form.action), data=body, timeout=TIMEOUT_SECONDS
        ).status_code

    def send_to_twin(self, **choices: str) -> int:
        """Send the form to the address for apps, which takes JSON and nothing else."""
        twin = f"{self._url}/v1/links/{self._token}/feedback"
        return self._session.post(twin, data=choices, timeout=TIMEOUT_SECONDS).status_code


def test_d2_a_recorded_scanner_leaves_the_customers_rating_alone(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    token = make_token(database)
    served = replace(settings, public_url="http://127.0.0.1")

    with processes.server(served, tmp_path, DOORSTEP_JOBS="off") as url:
        scanner = Scanner(url, token)
        for _ in range(5):
            page = scanner.look()
        looked = [scanner.ask("HEAD"), scanner.ask("OPTIONS")]
        too_quick = scanner.send(page, score="1")
        time.sleep(READING_SECONDS)
        without_choice = scanner.send(page)
        before_the_customer = ratings(database)

        customer = Browser(Servers(url))
        thanks = customer.answer(customer.open(f"{url}/l/{token}"), "feedback", score="5")

        after_the_customer = scanner.send(page, score="1")
        as_a_form_to_the_twin = scanner.send_to_twin(score="1")
        scanner.look()

    assert looked == [200, 200]
    assert (too_quick, without_choice, before_the_customer) == (409, 422, [])
    assert thanks.status == 200
    assert after_the_customer == 409
    assert as_a_form_to_the_twin in {415, 422}
    assert ratings(database) == [(5, 1)]


def test_d7_nothing_that_the_server_writes_has_a_token_in_it(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    token = make_token(database)
    served = replace(settings, public_url="http://127.0.0.1", metrics_token="m" * 32)

    with processes.server(served, tmp_path, DOORSTEP_JOBS="off", DOORSTEP_LOG="json") as url:
        for path in (f"/l/{token}", f"/l/{token}?here=1", f"/v1/links/{token}", f"/v1/links/{token}/slots"):
            requests.get(f"{url}{path}", timeout=TIMEOUT_SECONDS)
        requests.post(f"{url}/v1/links/{token}/feedback", data="{", timeout=TIMEOUT_SECONDS)
        requests.put(f"{url}/v1/links/{token}", timeout=TIMEOUT_SECONDS)
        requests.get(f"{url}/l/{token}/nowhere", timeout=TIMEOUT_SECONDS)
        metrics = requests.get(
            f"{url}/metrics", headers={"Authorization": f"Bearer {'m' * 32}"}, timeout=TIMEOUT_SECONDS
        )

    written = "".join(log.read_text() for log in tmp_path.glob("*.log"))
    assert '"request.done"' in written
    assert metrics.status_code == 200
    assert token not in written + metrics.text
