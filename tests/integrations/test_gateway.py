"""The signed gateway against its stand-in: what arrives, and what each answer is taken for."""

import json
import threading
import urllib.request
from collections.abc import Iterator

import pytest

from api.domain.delivery_policy import AnswerClass
from api.integrations.gateway import GatewayMessenger
from demo.gateway_stand_in import MessageGateway
from tests.messages import NOTICE, PREFERENCES_URL, URL, message

SECRET = b"between us"


@pytest.fixture
def gateway() -> Iterator[MessageGateway]:
    gateway = MessageGateway(SECRET)
    thread = threading.Thread(target=gateway.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield gateway
    gateway.close()
    thread.join()


def test_a_message_arrives_signed_and_whole(gateway: MessageGateway) -> None:
    sent = message()

    answer = GatewayMessenger(gateway.url, SECRET).send(sent)

    assert answer.outcome is AnswerClass.ACCEPTED
    assert answer.detail == f"gateway-{NOTICE}"
    assert gateway.received == [
        {
            "id": str(NOTICE),
            "kind": "readiness_ping",
            "channel": "sms",
            "to": {"phone": "+8613800138000", "email": None},
            "language": "zh-CN",
            "sender": "城西网点",
            "subject": "城西网点：快递员即将到达",
            "text": f"城西网点：快递员即将到达。{URL}",
            "url": URL,
            "preferences_url": PREFERENCES_URL,
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
        (404, AnswerClass.REFUSED),
        (410, AnswerClass.ADDRESS_GONE),
        (422, AnswerClass.DEAD),
        (429, AnswerClass.PAUSED),
        (500, AnswerClass.RETRY),
    ],
)
def test_each_answer_has_its_meaning(gateway: MessageGateway, status: int, taken_for: AnswerClass) -> None:
    gateway.answers_with = status

    assert GatewayMessenger(gateway.url, SECRET).send(message()).outcome is taken_for


def test_a_404_that_knows_the_message_is_about_the_address_and_any_other_about_our_url(
    gateway: MessageGateway,
) -> None:
    gateway.answers_with, gateway.names_message = 404, True
    messenger, lost = GatewayMessenger(gateway.url, SECRET), GatewayMessenger(gateway.url + "x", SECRET)

    assert messenger.send(message()).outcome is AnswerClass.ADDRESS_GONE
    assert lost.send(message()).outcome is AnswerClass.REFUSED


def test_g6_a_redirect_is_not_followed(gateway: MessageGateway) -> None:
    gateway.answers_with = 302

    assert GatewayMessenger(gateway.url, SECRET).send(message()).outcome is AnswerClass.RETRY


def test_g7_a_200_without_an_id_is_not_believed(gateway: MessageGateway) -> None:
    gateway.answers_with = 200

    assert GatewayMessenger(gateway.url, SECRET).send(message()).outcome is AnswerClass.RETRY


def test_a_gateway_that_is_not_there_is_tried_again_later() -> None:
    assert GatewayMessenger("http://127.0.0.1:9/", SECRET).send(message()).outcome is AnswerClass.RETRY
