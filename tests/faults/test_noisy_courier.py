"""One courier posts without pause, the others get their turn. Counted: a busy machine's clock would lie."""

import http.client
import json
import statistics
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from api.db import Database
from api.settings import Settings
from tests import factories, processes
from tests.databases import only_sqlite

NOISY_CONNECTIONS = 16
OTHERS = 3
REPORTS_EACH = 8


@only_sqlite
def test_g1_a_courier_who_posts_without_pause_leaves_the_others_their_turn(
    database: Database, settings: Settings, tmp_path: Path
):
    (noisy, *_), *others = _couriers(database)

    with processes.server(settings, tmp_path) as url, _noise(url, noisy) as answered:
        waited_for = [
            count for token, pickups in others for count in _noise_during_each(url, token, pickups, answered)
        ]

    # Were it first come, first served, he would wait for what each of the connections has sent.
    assert len(waited_for) == OTHERS * REPORTS_EACH
    assert statistics.median(waited_for) <= NOISY_CONNECTIONS / 2


def _couriers(database: Database) -> list[tuple[str, list[UUID]]]:
    now = datetime.now(UTC)
    with database.unit_of_work() as session:
        branch = factories.make_branch(session)
        site = factories.make_site(session, factories.make_customer(session, branch))
        couriers = [factories.make_staff(session, branch) for _ in range(1 + OTHERS)]
        due = {"window_start": now - timedelta(minutes=5), "window_end": now + timedelta(hours=1)}
        return [
            (
                factories.make_access_token(session, courier, expires_at=now + timedelta(hours=1)),
                [
                    factories.make_pickup(session, site, courier=courier, **due).id
                    for _ in range(REPORTS_EACH)
                ],
            )
            for courier in couriers
        ]


@contextmanager
def _noise(url: str, token: str) -> Iterator[Callable[[], int]]:
    """Post events of a pickup that nobody has, again and again; yield how many were answered so far."""
    answers, over = [0] * NOISY_CONNECTIONS, threading.Event()

    def post(number: int) -> None:
        with closing(_connect(url)) as connection:
            while not over.is_set():
                _report(connection, token, uuid4())
                answers[number] += 1

    threads = [threading.Thread(target=post, args=[number]) for number in range(NOISY_CONNECTIONS)]
    for thread in threads:
        thread.start()
    try:
        yield lambda: sum(answers)
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _noise_during_each(
    url: str, token: str, pickups: list[UUID], answered: Callable[[], int]
) -> Iterator[int]:
    """Arrive at each pickup; yield how many of the noisy courier's events were answered meanwhile."""
    with closing(_connect(url)) as connection:
        for pickup_id in pickups:
            before = answered()
            status, body = _report(connection, token, pickup_id)
            assert (status, body["results"][0]["outcome"]) == (200, "applied")
            yield answered() - before


def _connect(url: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)


def _report(
    connection: http.client.HTTPConnection, token: str, pickup_id: UUID
) -> tuple[int, dict[str, list[dict[str, str]]]]:
    now = datetime.now(UTC).isoformat()
    event = {"event_id": str(uuid4()), "pickup_id": str(pickup_id), "type": "arrived", "occurred_at": now}
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request("POST", "/v1/field-events", json.dumps({"sent_at": now, "events": [event]}), headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())
