"""A client that a public generator makes from the contract does a courier's morning on a real server."""

import importlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from api.db import Database
from api.settings import Settings
from openapi.export import FILE
from tests import factories, processes

GENERATED = "doorstep_client"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Any]]:
    """Returns a function that imports a module of the generated client."""
    folder = tmp_path_factory.mktemp("client")
    files = [
        "--path",
        FILE,
        "--config",
        FILE.with_name("python-client.yml"),
        "--output-path",
        folder / GENERATED,
    ]
    command = [
        sys.executable,
        "-m",
        "openapi_python_client",
        "generate",
        "--meta",
        "none",
        "--fail-on-warning",
    ]
    subprocess.run([*command, *files], check=True, capture_output=True, timeout=120)
    sys.path.insert(0, str(folder))
    yield lambda name: importlib.import_module(f"{GENERATED}.{name}")
    sys.path.remove(str(folder))


def test_a_generated_client_signs_in_lists_arrives_and_collects(
    generated: Callable[[str], Any], database: Database, settings: Settings, tmp_path: Path
):
    now = datetime.now(UTC)
    with database.unit_of_work() as session:
        courier = factories.make_staff(session, phone="+8613800138000")
        branch = session.get_one(factories.Branch, courier.branch_id)
        site = factories.make_site(session, factories.make_customer(session, branch))
        pickup = factories.make_pickup(
            session,
            site,
            courier=courier,
            window_start=now - timedelta(minutes=5),
            window_end=now + timedelta(hours=1),
            assigned_at=now - timedelta(hours=1),
        )

    with processes.server(settings, tmp_path) as url, closing(Phone(generated, url)) as phone:
        phone.sign_in("13800138000", factories.PASSWORD)
        listed = phone.pickups()
        arrived = phone.report(pickup.id, "arrived")
        collected = phone.report(pickup.id, "collected")

    assert [found.id for found in listed] == [pickup.id]
    assert (arrived.outcome.value, arrived.wait.limit_seconds) == ("applied", 300)
    assert (collected.outcome.value, collected.wait.state.value) == ("applied", "closed")


class Phone:
    """What an app built on the generated client would do, and nothing besides."""

    def __init__(self, generated: Callable[[str], Any], url: str) -> None:
        self._module = generated
        self._url = url
        self._client = generated("client").Client(base_url=url, raise_on_unexpected_status=True)

    def sign_in(self, phone: str, password: str) -> None:
        body = self._module("models").SignIn(phone=phone, password=password, installation_id=str(uuid4()))
        signed_in = self._module("api.auth.sign_in").sync(client=self._client, body=body)
        self.close()
        self._client = self._module("client").AuthenticatedClient(
            base_url=self._url, token=signed_in.access_token, raise_on_unexpected_status=True
        )

    def close(self) -> None:
        self._client.get_httpx_client().close()

    def pickups(self) -> list[Any]:
        page = self._module("api.pickups.list_pickups").sync(client=self._client)
        return page.items

    def report(self, pickup_id: Any, what: str) -> Any:
        models = self._module("models")
        event = models.FieldEvent(
            event_id=uuid4(),
            pickup_id=pickup_id,
            type_=models.FieldEventType(what),
            occurred_at=datetime.now(UTC),
        )
        body = models.SendFieldEvents(sent_at=datetime.now(UTC), events=[event])
        answer = self._module("api.field_events.send_field_events").sync(client=self._client, body=body)
        return answer.results[0]
