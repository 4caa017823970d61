"""A stand-in for the gateway to SMS and chat: checks signatures, keeps messages, shows them.

It knows nothing of Doorstep but the protocol in docs/messages.md.

    python -m demo.gateway_stand_in --port 9098 --secret something

`GET /received` shows what contacts would have read, newest last; a repeated id is kept once.
"""

import argparse
import hashlib
import hmac
import json
import threading
import time
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEPT = 5_000
MAX_BODY_BYTES = 64 * 1024
MAX_AGE_SECONDS = 300


class MessageGateway(ThreadingHTTPServer):
    """The running gateway. `url` is what DOORSTEP_MESSENGER wants.

    `answers_with` replaces the 200; such an answer has the message's id in it if it `names_message`.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, secret: bytes, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.secret = secret
        self.answers_with: int | None = None
        self.names_message = False
        self._received: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/messages"

    @property
    def received(self) -> list[dict[str, Any]]:
        with self._lock:
            return list(self._received.values())

    def keep(self, message: dict[str, Any]) -> None:
        with self._lock:
            self._received.setdefault(str(message.get("id")), message)
            while len(self._received) > KEPT:
                self._received.popitem(last=False)

    def close(self) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that gave up is not worth a traceback."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: MessageGateway

    def do_GET(self) -> None:
        if self.path != "/received":
            return self._answer(404, {"error": "nothing here"})
        return self._answer(200, {"received": self.server.received})

    def do_POST(self) -> None:
        body = self._raw_body()
        if self.path != "/messages":
            return self._answer(404, {"error": "nothing here"})
        if not self._is_genuine(body):
            return self._answer(401, {"error": "the signature does not fit"})
        try:
            message = json.loads(body)
        except ValueError:
            return self._answer(400, {"error": "this is no JSON"})
        if self.server.answers_with is not None:
            about = {"id": message["id"]} if self.server.names_message else {"error": "as told"}
            return self._answer(self.server.answers_with, about)
        self.server.keep(message)
        return self._answer(200, {"id": f"gateway-{message['id']}"})

    def _is_genuine(self, body: bytes) -> bool:
        timestamp = self.headers.get("Doorstep-Timestamp", "")
        fresh = timestamp.isdigit() and abs(time.time() - int(timestamp)) < MAX_AGE_SECONDS
        signed = hmac.new(self.server.secret, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
        given = self.headers.get("Doorstep-Signature", "")
        return fresh and hmac.compare_digest(given.encode(), f"sha256={signed}".encode())

    def _raw_body(self) -> bytes:
        length = int(self.headers.get("Content-Length", "0"))
        if length > MAX_BODY_BYTES:
            self.close_connection = True
            return b""
        return self.rfile.read(length)

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: what arrived is at GET /received."""


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for the gateway to SMS and chat.")
    parser.add_argument("--port", type=int, default=9098)
    parser.add_argument("--secret", default="demo")
    asked = parser.parse_args()
    gateway = MessageGateway(asked.secret.encode(), asked.port)
    print(f"DOORSTEP_MESSENGER={gateway.url} DOORSTEP_MESSENGER_SECRET={asked.secret}", flush=True)
    try:
        gateway.serve_forever()
    except KeyboardInterrupt:
        gateway.server_close()


if __name__ == "__main__":
    main()
