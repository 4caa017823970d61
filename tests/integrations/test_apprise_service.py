"""The extra `apprise`, against a plain HTTP service on loopback, through its `json://` way."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from api.domain.delivery_policy import AnswerClass
from api.integrations.apprise_service import AppriseMessenger
from tests.messages import URL, message

# On Python 3.11 and 3.12 apprise asks for a module that later ones do not have.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")


class Service(ThreadingHTTPServer):
    """Takes what apprise posts; `answers_with` is its status, `asked` the paths."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers_with = 200
        self.asked: list[str] = []
        self.received: list[dict[str, Any]] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        self.server.asked.append(self.path)
        self.server.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.answers_with)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield service
    service.shutdown()
    service.server_close()
    thread.join()


def test_a_message_is_handed_over_with_its_recipient(service: Service) -> None:
    messenger = AppriseMessenger(f"json://{service.address}/sms/?:to={{to}}")

    answer = messenger.send(message())

    (arrived,) = service.received
    assert answer.outcome is AnswerClass.ACCEPTED
    assert arrived["to"] == "+8613800138000"
    assert arrived["message"] == f"城西网点：快递员即将到达。{URL}"
    assert arrived["title"] == "城西网点：快递员即将到达"


def test_an_address_cannot_change_where_a_message_goes(service: Service) -> None:
    messenger = AppriseMessenger(f"json://{service.address}/{{to}}/")

    messenger.send(message(address="x/../y?method=GET&:a=b@evil.test"))

    assert service.asked[0].startswith("/x")
    assert "a" not in service.received[0]


@pytest.mark.parametrize("status", [400, 401, 410, 429, 500])
def test_what_is_not_taken_is_tried_again_later(service: Service, status: int) -> None:
    service.answers_with = status

    answer = AppriseMessenger(f"json://{service.address}/").send(message())

    assert answer.outcome is AnswerClass.RETRY


def test_g6_a_redirect_is_not_followed(service: Service) -> None:
    service.answers_with = 302

    answer = AppriseMessenger(f"json://{service.address}/").send(message())

    assert answer.outcome is AnswerClass.RETRY
    assert service.asked == ["/"]


def test_a_url_that_apprise_does_not_know_is_told_at_the_start() -> None:
    assert not AppriseMessenger("nonsense://a").is_usable
    assert AppriseMessenger("json://127.0.0.1/{to}").is_usable
