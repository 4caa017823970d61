"""A signed JSON gateway in front of SMS and chat. The protocol is described in docs/messages.md."""

import hashlib
import hmac
import json
from typing import Any

import requests

from api.domain.delivery_policy import SEND_TIMEOUT, Answer
from api.domain.outgoing import ContactMessage
from api.domain.sender_breaker import SLOTS
from api.integrations.bounded_http import BoundedAdapter, retry_after


class GatewayMessenger:
    """Posts each message as signed JSON to a gateway that knows the local SMS and chat providers.

    The gateway recomputes HMAC-SHA256(secret, timestamp + "." + body), compares it with `Doorstep-Signature`,
    refuses old timestamps, sends one `id` only once, and answers 2xx with `{"id": "its own name for it"}`.
    """

    def __init__(self, url: str, secret: bytes, *, workers: int = SLOTS) -> None:
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
        return _understood(response, message)


def signature(secret: bytes, timestamp: str, body: bytes) -> str:
    """Return what `Doorstep-Signature` must say for a body posted at `timestamp` (whole seconds)."""
    return "sha256=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _body(message: ContactMessage) -> bytes:
    content: dict[str, Any] = {
        "id": str(message.notice_id),
        "kind": message.kind,
        "channel": message.channel.value,
        "to": {"phone": message.phone, "email": message.email},
        "language": message.locale.value,
        "sender": message.sender,
        "subject": message.subject,
        "text": message.text,
        "url": message.url,
        "preferences_url": message.preferences_url,
        "useful_until": message.useful_until.isoformat(),
    }
    return json.dumps(content, ensure_ascii=False).encode()


def _understood(response: requests.Response, message: ContactMessage) -> Answer:
    status = response.status_code
    reason = f"gateway answered {status}"
    match status:
        case 200 | 201 | 202:
            return _name_of(response)
        case 410:
            return Answer.address_gone(reason)
        case 404 if _word(response, "id") == str(message.notice_id):
            return Answer.address_gone(reason)
        case 401 | 403 | 404:
            # A 404 that does not know the message comes from a wrong URL: no contact is to blame.
            return Answer.refused(reason)
        case 429:
            return Answer.paused(retry_after(response), reason)
        case 400 | 413 | 422:
            return Answer.dead(reason)
        case _:
            return Answer.retry(reason)


def _name_of(response: requests.Response) -> Answer:
    name = _word(response, "id")
    return Answer.retry("gateway accepted without an id") if name is None else Answer.accepted(name[:200])


def _word(response: requests.Response, key: str) -> str | None:
    try:
        value = response.json()[key]
    except (ValueError, KeyError, TypeError):
        return None
    return str(value) if isinstance(value, str | int) else None
