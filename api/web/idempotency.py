"""Idempotency-Key: a write that was answered once is answered the same again, for its caller alone.

The answer is stored in the transaction of the write itself, so there is never one without the other.
"""

import hashlib
import json
from collections.abc import Callable

from flask import Response, current_app, request

from api import queries
from api.domain.errors import Conflict, Invalid, RuleBroken
from api.web.context import now, principal, session

MAX_KEY_LENGTH = 200
KEPT_HEADERS = ("ETag", "Location")


class IdempotencyKeyReused(RuleBroken):
    """This Idempotency-Key was used for another request."""

    code = "idempotency_key_reused"


class RequestInProgress(Conflict):
    """The same request is being worked on at this moment."""

    code = "request_in_progress"


def once(perform: Callable[[], Response]) -> Response:
    """Perform the write, or answer as it was answered before under the same key."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return perform()
    if not 1 <= len(key) <= MAX_KEY_LENGTH:
        raise Invalid({"Idempotency-Key": [f"Must have 1 to {MAX_KEY_LENGTH} characters."]})
    key_hash = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    if not queries.idempotency.is_alone(session(), principal().staff_id, key_hash):
        raise RequestInProgress()
    kept = queries.idempotency.find(session(), principal().staff_id, key_hash, now=now())
    if kept is not None:
        if kept.request_hash != _request_hash():
            raise IdempotencyKeyReused()
        return _repeat(kept.status, kept.headers, kept.body)
    response = perform()
    if response.status_code < 300:
        _keep(key_hash, response)
    return response


def _keep(key_hash: str, response: Response) -> None:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    queries.idempotency.keep(
        session(),
        caller_id=principal().staff_id,
        key_hash=key_hash,
        request_hash=_request_hash(),
        status=response.status_code,
        headers=json.dumps(headers),
        body=response.get_data(as_text=True),
        now=now(),
    )


def _repeat(status: int, headers: str, body: str) -> Response:
    response = current_app.response_class(body, status, mimetype="application/json")
    response.headers.update(json.loads(headers))
    response.headers["Idempotent-Replay"] = "true"
    return response


def _request_hash() -> str:
    head = f"{request.method} {request.path}\n".encode()
    return hashlib.sha256(head + request.get_data(cache=True)).hexdigest()
