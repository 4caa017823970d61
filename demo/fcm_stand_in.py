"""A stand-in for Google on loopback: OAuth's token endpoint and FCM v1 `messages:send`, with bad moods.

    python -m demo.fcm_stand_in --port 9099 --mode slow --account var/fcm-account.json

writes a service account that points here. `GET /` shows what each phone would display, with a button for each
mood; `POST /mode {"mode": "unregistered"}` changes it, too, and `GET /received` shows what arrived, newest
last. It knows nothing of Doorstep but what its phones do with a push, and forgets what is old.
"""

import argparse
import json
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from demo.lock_screens import LockScreens, page

KEPT = 20_000
MAX_BODY_BYTES = 64 * 1024
HANG_SECONDS = 30.0
PROJECT = "doorstep-stand-in"


class Mode(StrEnum):
    OK = "ok"
    SLOW = "slow"
    HANG = "hang"
    DROP = "drop"
    UNREGISTERED = "unregistered"
    BAD_TOKEN = "bad_token"
    BAD_MESSAGE = "bad_message"
    TOO_MANY = "429"
    UNAVAILABLE = "503"
    UNAUTHENTICATED = "401"
    FORBIDDEN = "403"
    GARBAGE = "garbage"
    HUGE = "huge"
    NAMELESS = "nameless"


TAKING = frozenset({Mode.OK, Mode.SLOW, Mode.DROP})
"""Moods in which the phone gets the message, be the answer late or lost."""

# Status, Google's name for it, and FCM's own error code.
REFUSALS: dict[Mode, tuple[int, str, str | None]] = {
    Mode.UNREGISTERED: (404, "NOT_FOUND", "UNREGISTERED"),
    Mode.BAD_TOKEN: (400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"),
    Mode.BAD_MESSAGE: (400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"),
    Mode.TOO_MANY: (429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"),
    Mode.UNAVAILABLE: (503, "UNAVAILABLE", "UNAVAILABLE"),
    Mode.UNAUTHENTICATED: (401, "UNAUTHENTICATED", None),
    Mode.FORBIDDEN: (403, "PERMISSION_DENIED", None),
}


@dataclass
class Mood:
    """How the stand-in behaves now, and what it has seen."""

    mode: Mode = Mode.OK
    delay_seconds: float = 0.1
    retry_after_seconds: int | None = None
    received: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT))
    tokens_given: int = 0
    numbers: "count[int]" = field(default_factory=lambda: count(1))
    closing: threading.Event = field(default_factory=threading.Event)

    screens: LockScreens = field(default_factory=LockScreens)
    posted: "Counter[str]" = field(default_factory=Counter)
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def take(self, message: Any) -> None:
        """Write down what was posted, and let the phone show it if this mood lets it through."""
        with self.one_at_a_time:
            self.posted[self.mode] += 1
            self.received.append({"at": time.time(), "mode": self.mode, "message": message})
            if self.mode in TAKING and isinstance(message, dict):
                self.screens.take(message, datetime.now(UTC))

    def page(self) -> str:
        with self.one_at_a_time:
            return page(self.screens, self.mode, Mode, self.posted)

    def change(self, wanted: dict[str, Any]) -> None:
        """Raises ValueError for a mode that does not exist."""
        self.mode = Mode(wanted.get("mode", self.mode))
        self.delay_seconds = float(wanted.get("delay_seconds", self.delay_seconds))
        self.retry_after_seconds = wanted.get("retry_after_seconds", self.retry_after_seconds)


class StandIn(ThreadingHTTPServer):
    """The running stand-in. `url` is what DOORSTEP_FCM_ENDPOINT wants; `mood` may be changed at any time."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.mood = Mood()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def write_account(self, path: Path) -> Path:
        """Write a service account whose token endpoint is here, with a key that no other process has."""
        account = {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "stand-in",
            "private_key": _private_key(),
            "client_email": f"push@{PROJECT}.iam.gserviceaccount.com",
            "client_id": "1",
            "token_uri": f"{self.url}/token",
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(json.dumps(account, indent=2))
        return path

    def close(self) -> None:
        """Stop at once, letting go of requests that hang."""
        self.mood.closing.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that gave up is part of the play, not worth a traceback."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave in two writes: by Nagle's algorithm the second waits 40 ms for the first's receipt.
    disable_nagle_algorithm = True
    server: StandIn

    def do_GET(self) -> None:
        mood = self.server.mood
        match urlsplit(self.path).path:
            case "/":
                self._answer_bytes(200, mood.page().encode(), "text/html; charset=utf-8")
            case "/received":
                self._answer(200, {"mode": mood.mode, "received": list(mood.received)})
            case _:
                self._answer(404, {"error": "nothing here"})

    def do_PUT(self) -> None:
        if self.path == "/mode":
            return self._change_mode()
        return self._answer(404, {"error": "nothing here"})

    def do_POST(self) -> None:
        if self.path == "/mode":
            return self._change_mode()
        if self.path == "/token":
            return self._give_token()
        if self.path == f"/v1/projects/{PROJECT}/messages:send":
            return self._take_message()
        return self._answer(404, {"error": "nothing here"})

    def _change_mode(self) -> None:
        is_form = self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
        wanted = dict(parse_qsl(self._raw_body().decode())) if is_form else self._body()
        try:
            self.server.mood.change(wanted or {})
        except (ValueError, TypeError):
            return self._answer(422, {"error": f"mode is one of {', '.join(Mode)}"})
        if is_form:
            return self._back_to_the_page()
        return self._answer(200, {"mode": self.server.mood.mode})

    def _back_to_the_page(self) -> None:
        self.send_response(303)
        self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _give_token(self) -> None:
        self._raw_body()
        self.server.mood.tokens_given += 1
        number = self.server.mood.tokens_given
        self._answer(200, {"access_token": f"stand-in-{number}", "expires_in": 3600, "token_type": "Bearer"})

    def _take_message(self) -> None:
        mood = self.server.mood
        mode = mood.mode
        body = self._body()
        if body is None or not self.headers.get("Authorization", "").startswith("Bearer stand-in-"):
            return self._refuse(401, "UNAUTHENTICATED", None)
        mood.take(body.get("message"))
        match mode:
            case Mode.SLOW:
                mood.closing.wait(mood.delay_seconds)
            case Mode.HANG:
                mood.closing.wait(HANG_SECONDS)
            case Mode.DROP:
                # Accepted, and the answer lost on its way.
                self.close_connection = True
                return None
            case Mode.GARBAGE:
                return self._answer_bytes(200, b"<html>Welcome to the hotel Wi-Fi</html>", "text/html")
            case Mode.HUGE:
                return self._answer_bytes(200, b'{"name": "' + b"x" * 5_000_000 + b'"}')
            case Mode.NAMELESS:
                return self._answer(200, {})
        if mode in REFUSALS:
            return self._refuse(*REFUSALS[mode])
        return self._answer(200, {"name": f"projects/{PROJECT}/messages/{next(mood.numbers)}"})

    def _refuse(self, status: int, name: str, code: str | None) -> None:
        details: list[dict[str, Any]] = []
        if code:
            kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
            details.append({"@type": kind, "errorCode": code})
        if self.server.mood.mode in (Mode.BAD_TOKEN, Mode.BAD_MESSAGE):
            blamed = "message.token" if self.server.mood.mode is Mode.BAD_TOKEN else "message.android.ttl"
            details.append(
                {
                    "@type": "type.googleapis.com/google.rpc.BadRequest",
                    "fieldViolations": [{"field": blamed, "description": "Invalid"}],
                }
            )
        error = {"code": status, "message": f"The stand-in says {name}.", "status": name, "details": details}
        self._answer(status, {"error": error})

    def _body(self) -> dict[str, Any] | None:
        try:
            body = json.loads(self._raw_body())
        except ValueError:
            return None
        return body if isinstance(body, dict) else None

    def _raw_body(self) -> bytes:
        length = int(self.headers.get("Content-Length", "0"))
        if length > MAX_BODY_BYTES:
            self.close_connection = True
            return b""
        return self.rfile.read(length)

    def _answer(self, status: int, content: dict[str, Any]) -> None:
        self._answer_bytes(status, json.dumps(content, ensure_ascii=False).encode())

    def _answer_bytes(self, status: int, body: bytes, content_type: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if status == 429 and self.server.mood.retry_after_seconds is not None:
            self.send_header("Retry-After", str(self.server.mood.retry_after_seconds))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: what arrived is at GET /received."""


@cache
def _private_key() -> str:
    """Making a key takes up to a tenth of a second: one does for all accounts of a process."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem.decode()


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for Google's token endpoint and FCM v1.")
    parser.add_argument("--port", type=int, default=9099)
    parser.add_argument("--mode", choices=list(Mode), default=Mode.OK)
    parser.add_argument("--delay-seconds", type=float, default=0.1, help="how slow `slow` is")
    parser.add_argument("--retry-after-seconds", type=int, help="what `429` asks for; nothing if not given")
    parser.add_argument("--account", type=Path, default=Path("var/fcm-account.json"))
    asked = parser.parse_args()
    stand_in = StandIn(asked.port)
    stand_in.mood.change(
        {
            "mode": asked.mode,
            "delay_seconds": asked.delay_seconds,
            "retry_after_seconds": asked.retry_after_seconds,
        }
    )
    print(f"DOORSTEP_PUSH=fcm DOORSTEP_FCM_ENDPOINT={stand_in.url}", end=" ")
    print(f"GOOGLE_APPLICATION_CREDENTIALS={stand_in.write_account(asked.account)}", end=" ")
    print(f"# what phones show: {stand_in.url}/", flush=True)
    try:
        stand_in.serve_forever()
    except KeyboardInterrupt:
        stand_in.server_close()


if __name__ == "__main__":
    main()
