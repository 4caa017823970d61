"""A request id for every request, and one structured line in the log.

Routes are logged, never paths: links have tokens in them.
"""

import re
import time
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request

from api.domain.principal import Principal
from api.metrics import REQUESTS, SECONDS

log = structlog.get_logger("doorstep.request")

# An id from the caller is used only when it cannot be mistaken for, or hide, anything else in a log.
CALLERS_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}


def register(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    wished = request.headers.get("X-Request-Id", "")
    g.request_id = wished if CALLERS_ID.fullmatch(wished) else uuid4().hex
    g.started = time.perf_counter()


def _end(response: Response) -> Response:
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    route = request.url_rule.rule if request.url_rule else "unknown"
    caller: Principal | None = g.get("principal")
    response.headers["X-Request-Id"] = g.get("request_id", "")
    # Anybody can invent methods, and each would become a time series.
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(method, route, response.status_code).inc()
    SECONDS.labels(route).observe(seconds)
    log.info(
        "request.done",
        request_id=g.get("request_id"),
        method=method,
        route=route,
        status=response.status_code,
        refusal=g.get("refusal"),
        ms=round(seconds * 1000, 1),
        staff_id=str(caller.staff_id) if caller else None,
    )
    return response
