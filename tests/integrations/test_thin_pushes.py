"""What really arrives at the push service, of every kind in every language: thin, small, and harmless."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest

from api import services
from api.db import Database
from api.domain.notice_kinds import NoticeKind
from api.domain.vocabulary import Locale
from api.integrations.fcm import FcmPush
from demo.fcm_stand_in import StandIn
from jobs.context import JobContext
from jobs.deliver_notices import deliver_notices
from tests.factories import make_branch, make_device, make_staff
from tests.fakes import NOW
from tests.kinds import LONGEST, TO_STAFF, telling_of

LARGEST_PAYLOAD = 4_096
LONGEST_ADDRESS = 1_024  # FCM's own are some 160 signs long, and may grow.
IDS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SECRETS = {"name": "王小明", "phone": "+8613712345678"}

# A digest counts what is unread when it leaves: without any it does not leave.
PUSHED = [kind for kind in TO_STAFF if kind is not NoticeKind.DIGEST]


@contextmanager
def stand_in(folder: Path) -> Iterator[tuple[StandIn, FcmPush]]:
    server = StandIn()
    server.mood.delay_seconds = 0
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    push = FcmPush(server.write_account(folder / "account.json"), endpoint=server.url)
    try:
        yield server, push
    finally:
        push.close()
        server.close()
        thread.join()


@pytest.fixture
def arrived(database: Database, job_context: JobContext, tmp_path: Path) -> list[dict[str, Any]]:
    """All messages, as they arrive when each kind is told to somebody of each language, at its longest."""
    with database.unit_of_work() as session:
        branch = make_branch(session)
        tellings = []
        for number, (kind, locale) in enumerate((kind, locale) for kind in PUSHED for locale in Locale):
            columns = SECRETS | {"phone": f"+8613712{number:06}"}
            staff = make_staff(session, branch, locale=locale, **columns)
            address = f"{number:03}{'x' * LONGEST_ADDRESS}"
            make_device(session, staff, push_address=address[:LONGEST_ADDRESS])
            subject = {name: uuid4() for name in ("pickup_id", "wait_id", "customer_id", "case_id")}
            tellings.append(
                telling_of(kind, variables=LONGEST, branch_id=branch.id, staff_id=staff.id, **subject)
            )
        services.notices.tell_all(session, tellings, now=NOW)
    with stand_in(tmp_path) as (server, push):
        deliver_notices(replace(job_context, push=push))
        return [one["message"] for one in server.mood.received]


def texts(message: Any) -> Iterator[str]:
    """Every text anywhere in a message."""
    if isinstance(message, dict):
        for part in message.values():
            yield from texts(part)
    elif isinstance(message, str):
        yield message


def test_e4_e5_e6_every_push_is_thin_small_and_opens_nothing(arrived: list[dict[str, Any]]) -> None:
    kinds = {message["data"]["kind"] for message in arrived}
    largest = max(len(json.dumps(message)) for message in arrived)
    said = [text for message in arrived for text in texts(message)]
    data = [item for message in arrived for item in message["data"].items()]
    shown = [text for message in arrived for text in texts(message["notification"])]

    assert (len(arrived), kinds) == (len(PUSHED) * len(Locale), {kind.value for kind in PUSHED})
    assert largest < LARGEST_PAYLOAD
    assert all(text.isprintable() for text in said)
    assert {name for name, _ in data} <= {
        *("notice_id", "kind", "pickup_id", "wait_id", "customer_id", "case_id", "shown_again")
    }
    assert all(name == "kind" or IDS.fullmatch(value) for name, value in data)
    assert not [text for text in said if "://" in text or text.startswith(("www.", "intent:"))]
    assert not [text for text in shown if SECRETS["name"] in text or re.search(r"\d{8}", text)]
