"""`GET /metrics` for Prometheus: open to loopback in development, else behind a bearer token."""

import hmac

from flask import Blueprint, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api import queries
from api.domain.errors import Unauthenticated
from api.settings import is_loopback
from api.web.context import now, session
from api.web.metrics import OVERDUE_NOTICE, OVERDUE_TIMER, REGISTRY

blp = Blueprint("metrics", __name__)


@blp.get("/metrics")
def get_metrics() -> Response:
    if not _may_read(current_app.config["METRICS_TOKEN"]):
        raise Unauthenticated("Metrics need their own token.")
    work = queries.health.work(session(), now=now())
    OVERDUE_TIMER.set(work.oldest_overdue_timer_seconds)
    OVERDUE_NOTICE.set(work.oldest_overdue_notice_seconds)
    return Response(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def _may_read(token: str | None) -> bool:
    if token is None:
        return is_loopback(request.remote_addr or "")
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode(), token.encode())
