"""A push service of which the name, the TLS or the machine is gone: the real SDK and the real job."""

import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from api.db import Database
from api.integrations.fcm import FcmPush
from api.models import Delivery
from demo.fcm_stand_in import StandIn
from jobs.context import JobContext
from jobs.deliver_notices import deliver_notices
from tests.fakes import FrozenClock, RecordingMessenger
from tests.faults.pushing import posted, settle_down, told_reps
from tests.rounds import rows
from tests.tellings import notice_of, told_contact

IMPATIENT = timedelta(seconds=0.5)


def nobody_there() -> str:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.mark.parametrize(
    "elsewhere",
    [
        pytest.param(lambda google: "http://push.invalid", id="a name that nobody knows"),
        pytest.param(lambda google: google.url.replace("http:", "https:"), id="no TLS where TLS should be"),
        pytest.param(lambda google: nobody_there(), id="nobody listens"),
    ],
)
def test_fault_25_a_push_service_that_cannot_be_reached_is_tried_again_later(
    database: Database,
    job_context: JobContext,
    google: StandIn,
    fcm: tuple[Path, str],
    clock: FrozenClock,
    messenger: RecordingMessenger,
    elsewhere: Callable[[StandIn], str],
) -> None:
    account, here = fcm
    lost = FcmPush(account, endpoint=elsewhere(google), timeout=IMPATIENT)
    (alert,) = told_reps(database, 1, clock.now())
    told_contact(database)

    deliver_notices(replace(job_context, push=lost))
    lost.close()
    (tried,) = [row for row in rows(database, Delivery) if row["notice_id"] == alert]
    found = FcmPush(account, endpoint=here)
    settle_down(replace(job_context, push=found), clock, minutes=1)
    found.close()

    assert (tried["state"], tried["attempts"]) == ("pending", 1)
    assert len(messenger.sent) == 1
    assert notice_of(database, alert).state == "accepted"


def test_fault_25_a_token_endpoint_without_tls_is_tried_again_later(
    database: Database, job_context: JobContext, google: StandIn, fcm: tuple[Path, str], clock: FrozenClock
) -> None:
    account, endpoint = fcm
    account.write_text(account.read_text().replace(f"{google.url}/token", "https://127.0.0.1:1/token"))
    push = FcmPush(account, endpoint=endpoint, timeout=IMPATIENT)
    (alert,) = told_reps(database, 1, clock.now())

    deliver_notices(replace(job_context, push=push))
    push.close()

    (tried,) = rows(database, Delivery)
    assert (tried["state"], tried["attempts"], posted(google)) == ("pending", 1, 0)
    assert notice_of(database, alert).state == "pending"
