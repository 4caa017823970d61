"""The signed gateway against its stand-in: what arrives, and what each answer is taken for."""

import io
import json
import threading
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from api.domain.delivery_policy import AnswerClass
from api.domain.outgoing import ContactMessage
from api.integrations.messenger import ConsoleMessenger, GatewayMessenger
from demo.message_gateway import MessageGateway

SECRET = b"between us"


@pytest.fixture
def gateway() -> Iterator[MessageGateway]:
    gateway = MessageGateway(SECRET)
    thread = threading.Thread(target=gateway.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield gateway
    gateway.close()
    thread.join()


def message(text: str = "城西网点：快递员即将到达。") -> ContactMessage:
    # The gateway compares timestamps with the real clock.
    now = datetime.now(UTC)
    return ContactMessage(
        UUID(int=9), "readiness_ping", "+8613800138000", None, text, now + timedelta(minutes=30), now
    )


def test_a_message_arrives_signed_and_whole(gateway: MessageGateway) -> None:
    sent = message()

    answer = GatewayMessenger(gateway.url, SECRET).send(sent)

    assert answer.outcome is AnswerClass.ACCEPTED
    assert answer.detail == f"gateway-{UUID(int=9)}"
    assert gateway.received == [
        {
            "id": str(UUID(int=9)),
            "kind": "readiness_ping",
            "to": {"phone": "+8613800138000", "email": None},
            "text": "城西网点：快递员即将到达。",
            "useful_until": sent.useful_until.isoformat(),
        }
    ]


def test_what_arrived_can_be_looked_at(gateway: MessageGateway) -> None:
    GatewayMessenger(gateway.url, SECRET).send(message())

    with urllib.request.urlopen(gateway.url.replace("/messages", "/received"), timeout=5) as page:
        assert len(json.load(page)["received"]) == 1


def test_a_repeated_message_is_kept_once(gateway: MessageGateway) -> None:
    messenger = GatewayMessenger(gateway.url, SECRET)

    messenger.send(message())
    messenger.send(message())

    assert len(gateway.received) == 1


def test_a_wrong_secret_stops_the_sender(gateway: MessageGateway) -> None:
    assert GatewayMessenger(gateway.url, b"another").send(message()).outcome is AnswerClass.REFUSED
    assert gateway.received == []


@pytest.mark.parametrize(
    ("status", "taken_for"),
    [
        (403, AnswerClass.REFUSED),
        (422, AnswerClass.DEAD),
        (429, AnswerClass.PAUSED),
        (500, AnswerClass.RETRY),
        (302, AnswerClass.RETRY),
        (200, AnswerClass.RETRY),
    ],
)
def test_each_answer_has_its_meaning(gateway: MessageGateway, status: int, taken_for: AnswerClass) -> None:
    gateway.answers_with = status

    assert GatewayMessenger(gateway.url, SECRET).send(message()).outcome is taken_for


def test_a_gateway_that_is_not_there_is_tried_again_later() -> None:
    assert GatewayMessenger("http://127.0.0.1:9/", SECRET).send(message()).outcome is AnswerClass.RETRY


def test_the_console_prints_the_text_but_not_the_whole_phone() -> None:
    printed = io.StringIO()
    console = ConsoleMessenger(printed)

    console.send(message())

    assert "快递员即将到达" in printed.getvalue()
    assert "13800138000" not in printed.getvalue()
