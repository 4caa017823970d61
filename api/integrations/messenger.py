"""How a contact is written to: a signed JSON gateway in front of SMS or chat, or the console."""

import hashlib
import hmac
import json
import sys
import threading
from collections import deque
from itertools import count
from typing import Any, Protocol, TextIO

import requests

from api.domain.delivery_policy import SEND_TIMEOUT, Answer
from api.domain.outgoing import ContactMessage
from api.integrations.bounded_http import BoundedAdapter, retry_after

KEPT = 200


class Messenger(Protocol):
    """Brings one message to one contact. Called from several threads at once."""

    def send(self, message: ContactMessage) -> Answer:
        """Attempt it once and say what became of it; raises nothing for what the other side did."""
        ...


class ConsoleMessenger:
    """Prints what a contact would read, and keeps the last 200 in `sent`."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.sent: deque[ContactMessage] = deque(maxlen=KEPT)
        self._stream = stream or sys.stdout
        self._numbers = count(1)
        self._one_line_at_a_time = threading.Lock()

    def send(self, message: ContactMessage) -> Answer:
        with self._one_line_at_a_time:
            self.sent.append(message)
            address = message.phone or message.email or ""
            self._stream.write(f"message {message.kind} to ...{address[-4:]}: {message.text}\n")
            self._stream.flush()
            return Answer.accepted(f"console/{next(self._numbers)}")


class GatewayMessenger:
    """Posts each message as signed JSON to a gateway that knows the local SMS and chat providers.

    The gateway recomputes HMAC-SHA256(secret, timestamp + "." + body), compares it with `Doorstep-Signature`,
    refuses old timestamps, sends one `id` only once, and answers 2xx with `{"id": "its own name for it"}`.
    """

    def __init__(self, url: str, secret: bytes, *, workers: int = 64) -> None:
        self._url = url
        self._secret = secret
        seconds = SEND_TIMEOUT.total_seconds()
        self._timeout = seconds
        self._http = requests.Session()
        # A proxy or a .netrc of the host must not get hold of customers' messages.
        self._http.trust_env = False
        for scheme in ("http://", "https://"):
            self._http.mount(scheme, BoundedAdapter(workers=workers, seconds=seconds))

    def send(self, message: ContactMessage) -> Answer:
        body = _body(message)
        timestamp = str(int(message.leaves_at.timestamp()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": str(message.notice_id),
            "Doorstep-Timestamp": timestamp,
            "Doorstep-Signature": signature(self._secret, timestamp, body),
        }
        try:
            response = self._http.post(self._url, data=body, headers=headers, timeout=self._timeout)
        except requests.exceptions.RequestException as failure:
            return Answer.retry(type(failure).__name__)
        return _understood(response)


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return what `Doorstep-Signature` must say for a body posted at `timestamp` (whole seconds)."""
    return "sha256=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _body(message: ContactMessage) -> bytes:
    content: dict[str, Any] = {
        "id": str(message.notice_id),
        "kind": message.kind,
        "to": {"phone": message.phone, "email": message.email},
        "text": message.text,
        "useful_until": message.useful_until.isoformat(),
    }
    return json.dumps(content, ensure_ascii=False).encode()


def _understood(response: requests.Response) -> Answer:
    status = response.status_code
    match status:
        case 200 | 201 | 202:
            return _name_of(response)
        case 401 | 403:
            return Answer.refused(f"gateway answered {status}")
        case 429:
            return Answer.paused(retry_after(response), "gateway answered 429")
        case 400 | 404 | 410 | 413 | 422:
            return Answer.dead(f"gateway answered {status}")
        case _:
            return Answer.retry(f"gateway answered {status}")


def _name_of(response: requests.Response) -> Answer:
    try:
        name = response.json()["id"]
    except (ValueError, KeyError, TypeError):
        return Answer.retry("gateway accepted without an id")
    return Answer.accepted(str(name)[:200])
