"""The way out keeps its bounds: no redirect, no flood, no trickle, no second try."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from api.integrations.bounded_http import BoundedAdapter, OddAnswer


class _Odd(BaseHTTPRequestHandler):
    """Misbehaves as its path says."""

    protocol_version = "HTTP/1.1"
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        match self.path:
            case "/redirect":
                self.send_response(302)
                self.send_header("Location", "/fine")
                self.send_header("Content-Length", "0")
                self.end_headers()
            case "/flood":
                self._say(b"x" * 1_000_000)
            case "/trickle":
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                for _ in range(20):
                    self.wfile.write(b"x")
                    time.sleep(0.05)
            case "/fine":
                self._say(b'{"fine": true}')
            case _:
                self.close_connection = True

    def _say(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = _Quiet(("127.0.0.1", 0), _Odd)
    _Odd.asked = 0
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with requests.Session() as http:
        http.mount("http://", BoundedAdapter(workers=2, seconds=0.3))
        yield http


def test_an_honest_answer_comes_through(http: requests.Session, address: str) -> None:
    assert [http.get(f"{address}/fine", timeout=1).json() for _ in range(3)] == [{"fine": True}] * 3


def test_g6_a_redirect_is_not_followed(http: requests.Session, address: str) -> None:
    with pytest.raises(OddAnswer):
        http.get(f"{address}/redirect", timeout=1)

    assert _Odd.asked == 1


def test_g7_a_flood_is_cut_off(http: requests.Session, address: str) -> None:
    with pytest.raises(OddAnswer):
        http.get(f"{address}/flood", timeout=1)


def test_a_trickle_is_cut_off(http: requests.Session, address: str) -> None:
    started = time.monotonic()

    with pytest.raises(requests.exceptions.ReadTimeout):
        http.get(f"{address}/trickle", timeout=1)

    assert time.monotonic() - started < 0.9


def test_k20_a_dropped_connection_is_not_tried_again(http: requests.Session, address: str) -> None:
    with pytest.raises(requests.exceptions.ConnectionError):
        http.get(f"{address}/drop", timeout=1)

    assert _Odd.asked == 1
