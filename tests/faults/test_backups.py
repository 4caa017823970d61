"""Faults 36 and 37: a backup taken under load and restored elsewhere; and what phones do to yesterday's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy.orm import Session

from api import services
from api.db import Database
from api.domain.vocabulary import Channel, LinkPurpose
from api.models import Delivery, FieldEvent, Notice, Pickup, Wait, WaitTimer
from api.settings import Settings
from api.web.app import ApiApp
from api.web.rate_limiter import Unlimited
from jobs.context import JobContext, run_job
from jobs.deliver_notices import deliver_notices
from jobs.fire_wait_timers import fire_wait_timers
from tests import factories
from tests.backing_up import Operator, operator_elsewhere, with_tools
from tests.fakes import FrozenClock, RecordingPush
from tests.faults.patience import until
from tests.phones import Phone
from tests.rounds import Round, rows
from tests.signing_in import PHONE, me, refresh, sign_in

FEW = 15
DOORS = 400


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return with_tools(settings)


@pytest.fixture
def operator(app: ApiApp) -> Operator:
    return Operator(app)


@pytest.fixture
def elsewhere(settings: Settings, tmp_path: Path, clock: FrozenClock) -> Iterator[Operator]:
    with operator_elsewhere(settings, tmp_path, clock) as operator:
        yield operator


@pytest.fixture(autouse=True)
def unlimited(app: ApiApp) -> None:
    """One courier does here in seconds what those of a branch do in a morning."""
    app.limits = Unlimited()


@contextmanager
def couriers_report(database: Database, round_: Round) -> Iterator[Callable[[], int]]:
    """Let arrivals come in, one after the other, until the block ends; yields how many were acknowledged."""
    with database.unit_of_work() as session:
        site = factories.make_site(session, factories.make_customer(session, round_.branch))
        pickups = [factories.make_pickup(session, site, courier=round_.courier) for _ in range(DOORS)]
    enough, acknowledged = Event(), []

    def work() -> None:
        for pickup in pickups:
            if enough.is_set():
                return
            acknowledged.append(round_.phone.report(pickup, "arrived")["outcome"])

    reporting = Thread(target=work)
    reporting.start()
    try:
        yield lambda: len(acknowledged)
    finally:
        enough.set()
        reporting.join()


def test_fault_36_a_backup_under_load_is_whole_and_sends_nothing_until_resumed(
    database: Database,
    job_context: JobContext,
    clock: FrozenClock,
    push: RecordingPush,
    round_: Round,
    operator: Operator,
    elsewhere: Operator,
    tmp_path: Path,
) -> None:
    round_.phone.report(round_.first, "arrived")
    clock.tick(seconds=300)
    run_job(fire_wait_timers, job_context)
    with couriers_report(database, round_) as reported:
        until("couriers report", lambda: reported() >= FEW)
        acknowledged_before = reported() + 1
        backup = operator.back_up(tmp_path / "under-load.backup")
        until("couriers still report", lambda: reported() >= acknowledged_before + FEW)
    elsewhere.restore(backup)

    restored = elsewhere.database
    there = replace(job_context, database=restored)
    clock.tick(seconds=300)
    run_job(fire_wait_timers, there)
    run_job(deliver_notices, there)
    sent_at_first = list(push.sent)
    with restored.unit_of_work() as session:
        for channel in Channel:
            services.senders.resume(session, channel, now=clock.now())
    run_job(deliver_notices, there)

    is_whole(restored, acknowledged_before)
    assert sent_at_first == []
    assert len(push.sent) >= acknowledged_before
    assert {message.notice_id for message in push.sent} <= {row["id"] for row in rows(restored, Notice)}


def is_whole(restored: Database, acknowledged_before: int) -> None:
    """Check that nothing acknowledged before the backup is missing, and that no half of anything is there."""
    events, waits = rows(restored, FieldEvent), rows(restored, Wait)
    assert len(events) >= acknowledged_before
    assert {row["pickup_id"] for row in events} == {row["pickup_id"] for row in waits}
    timed = {row["wait_id"] for row in rows(restored, WaitTimer)}
    assert timed == {row["id"] for row in waits}
    told: set[Any] = {row["notice_id"] for row in rows(restored, Delivery)}
    assert told <= {row["id"] for row in rows(restored, Notice)}


def test_fault_37_phones_bring_the_lost_day_back_into_yesterdays_database_once(
    round_: Round, clock: FrozenClock, operator: Operator, elsewhere: Operator, tmp_path: Path
) -> None:
    before = round_.phone.event(round_.first, "arrived")
    round_.phone.send(before)
    backup = operator.back_up(tmp_path / "yesterday.backup", "--no-check")
    clock.tick(seconds=60)
    after = [round_.phone.event(round_.first, kind) for kind in ("handover_started", "collected")]
    round_.phone.send(*after)
    clock.tick(seconds=60)
    elsewhere.restore(backup)

    round_.phone.client = moved(round_.phone, elsewhere)
    outcomes = [[result["outcome"] for result in round_.phone.send(before, *after)] for _ in range(2)]

    assert outcomes == [["duplicate", "applied", "applied"], ["duplicate"] * 3]
    assert len(rows(elsewhere.database, FieldEvent)) == 3
    (wait,) = rows(elsewhere.database, Wait)
    assert wait["dwell_seconds"] == 60


def test_fault_37_what_was_given_out_after_the_backup_is_void_and_the_feed_starts_over(
    database: Database,
    round_: Round,
    operator: Operator,
    elsewhere: Operator,
    clock: FrozenClock,
    tmp_path: Path,
) -> None:
    read_before = cursor_of(round_.phone)
    backup = operator.back_up(tmp_path / "yesterday.backup", "--no-check")
    clock.tick(minutes=1)
    with database.unit_of_work() as session:
        factories.make_staff(session, round_.branch, phone=PHONE)
        link = link_of(session, round_.first, clock)
    tokens = sign_in(operator.app.test_client()).json
    read_after = cursor_of(round_.phone)
    clock.tick(minutes=1)
    elsewhere.restore(backup)

    client = elsewhere.app.test_client()
    round_.phone.client = moved(round_.phone, elsewhere)

    assert (me(client, tokens).status_code, refresh(client, tokens).status_code) == (401, 401)
    assert operator.app.test_client().get(f"/v1/links/{link}").status_code == 200
    assert client.get(f"/v1/links/{link}").status_code == 404
    for cursor in (read_before, read_after):
        answer = round_.phone.client.get(f"/v1/changes?cursor={cursor}")
        assert (answer.status_code, answer.json["code"]) == (410, "cursor_too_old")
    assert round_.phone.client.get(f"/v1/changes?cursor={cursor_of(round_.phone)}").status_code == 200


def link_of(session: Session, pickup: Pickup, clock: FrozenClock) -> str:
    """Make a link for the pickup's contact, and return its token."""
    link = services.link_issuing.issue(
        session,
        purpose=LinkPurpose.PICKUP,
        contact_id=pickup.contact_id,
        pickup_id=pickup.id,
        branch_id=pickup.branch_id,
        now=clock.now(),
    )
    return services.links.url(session, link).rsplit("/", 1)[-1]


def moved(phone: Phone, to: Operator) -> Any:
    """Return a client that speaks to the restored server with the session that the phone had."""
    client = to.app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = phone.client.environ_base["HTTP_AUTHORIZATION"]
    return client


def cursor_of(phone: Phone) -> str:
    """Read the feed from its beginning to its end, and return where that is."""
    page = phone.client.get("/v1/changes").json
    while page["has_more"]:
        page = phone.client.get(f"/v1/changes?cursor={page['cursor']}").json
    cursor: str = page["cursor"]
    return cursor
