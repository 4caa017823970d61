"""Processes that do nothing but send what waits in the outbox: ours, and what one would otherwise write.

    python -m benchmarks.deliverers ours
    python -m benchmarks.deliverers send_each

The other one takes 500 rows, hands them to the SDK's `send_each`, which sends them in as many threads, and
notes what was accepted; a row has no lease, no deadline and no second try.
"""

import os
import signal
import sys
from datetime import datetime
from typing import Any

import firebase_admin
import requests
from firebase_admin import credentials, messaging
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api import memory
from api.app import create_app
from api.db import Database
from api.domain.notice_kinds import NoticeKind
from api.domain.notice_texts import render
from api.domain.outgoing import PushMessage
from api.domain.vocabulary import Channel, DeliveryState, Locale
from api.integrations.fcm_messages import encoded
from api.models import Delivery, Device, Notice
from api.settings import Settings
from jobs.context import JobContext
from jobs.deliver_notices import deliver_notices
from jobs.schedule import SCHEDULE
from jobs.scheduler import Metronome, context_of

AT_ONCE = 500
IDLE_SECONDS = 0.25


def main() -> None:
    context = context_of(create_app(Settings.from_env()))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: context.stopping.set())
    memory.settle_in()
    {"ours": ours, "send_each": send_each}[sys.argv[1]](context)


def ours(context: JobContext) -> None:
    """Run the job as the job process does, and no other."""
    metronome = Metronome(context, [cadence for cadence in SCHEDULE if cadence.job is deliver_notices])
    metronome.start()
    print("started", flush=True)
    metronome.wait()
    metronome.stop()


def send_each(context: JobContext) -> None:
    """Send with the SDK alone, until told to stop."""
    app, stopping = _sdk(), context.stopping
    print("started", flush=True)
    while not stopping.is_set():
        with context.database.unit_of_work(read_only=True) as session:
            waiting = _waiting(session, context.now())
        if waiting:
            _send(context.database, app, waiting, context.now())
        else:
            stopping.wait(IDLE_SECONDS)


def _waiting(session: Session, now: datetime) -> dict[Any, messaging.Message]:
    """Return what waits, oldest first, as the message it is, by the delivery's id."""
    rows = session.execute(
        select(Delivery.id, Notice, Device)
        .join(Notice, Notice.id == Delivery.notice_id)
        .join(Device, Device.staff_id == Notice.staff_id)
        .where(Delivery.state == DeliveryState.PENDING, Delivery.channel == Channel.PUSH)
        .order_by(Delivery.next_at)
        .limit(AT_ONCE)
    )
    return {delivery_id: encoded(_push(notice, device, now)) for delivery_id, notice, device in rows}


def _push(notice: Notice, device: Device, now: datetime) -> PushMessage:
    text = render(NoticeKind(notice.kind), Locale.ZH_CN, notice.variables)
    return PushMessage(
        notice_id=notice.id,
        kind=notice.kind,
        address=device.push_address,
        address_kind=device.address_kind,
        thread=notice.thread,
        title=text.title,
        body=text.body,
        ids={"wait_id": str(notice.wait_id)},
        urgent=True,
        useful_until=notice.useful_until,
        leaves_at=now,
    )


def _send(database: Database, app: Any, waiting: dict[Any, messaging.Message], now: datetime) -> None:
    answers = messaging.send_each(list(waiting.values()), app=app).responses
    accepted = [one for one, answer in zip(waiting, answers, strict=True) if answer.success]
    with database.unit_of_work() as session:
        session.execute(
            update(Delivery)
            .where(Delivery.id.in_(accepted))
            .values(state=DeliveryState.ACCEPTED, settled_at=now)
            .execution_options(synchronize_session=False)
        )


def _sdk() -> Any:
    account, endpoint = os.environ["GOOGLE_APPLICATION_CREDENTIALS"], os.environ["DOORSTEP_FCM_ENDPOINT"]
    app = firebase_admin.initialize_app(credentials.Certificate(account))
    service = messaging._get_messaging_service(app)
    service._fcm_url = f"{endpoint}/v1/projects/{app.project_id}/messages:send"
    # Towards Google itself the SDK keeps so many connections; towards a stand-in it would keep ten.
    kept = requests.adapters.HTTPAdapter(pool_connections=100, pool_maxsize=100)
    service._client.session.mount(endpoint, kept)
    return app


if __name__ == "__main__":
    main()
