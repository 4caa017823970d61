"""`GET /metrics` for Prometheus: open to loopback in development, else behind a bearer token."""

import hmac
import math

from flask import Blueprint, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api import queries
from api.domain.errors import Unauthenticated
from api.domain.vocabulary import Channel
from api.metrics import (
    DELIVERIES,
    JOBS_REGISTRY,
    OLDEST_PENDING,
    OVERDUE_NOTICE,
    OVERDUE_TIMER,
    PAUSED,
    REFUSED,
    REGISTRY,
    SILENCE,
)
from api.settings import is_loopback
from api.web.context import now, session

blp = Blueprint("metrics", __name__)


@blp.get("/metrics")
def get_metrics() -> Response:
    if not _may_read(current_app.config["METRICS_TOKEN"]):
        raise Unauthenticated("Metrics need their own token.")
    _read_the_database()
    # Where the jobs run in a process of their own, theirs are all zero here.
    metrics = generate_latest(REGISTRY) + generate_latest(JOBS_REGISTRY)
    return Response(metrics, content_type=CONTENT_TYPE_LATEST)


def _read_the_database() -> None:
    work = queries.health.work(session(), now=now())
    OVERDUE_TIMER.set(work.oldest_overdue_timer_seconds)
    OVERDUE_NOTICE.set(work.oldest_overdue_notice_seconds)
    OLDEST_PENDING.set(queries.health.oldest_delivery(session(), now=now()))
    SILENCE.set(math.inf if work.jobs_silent_seconds is None else work.jobs_silent_seconds)
    counts = queries.outbox.counts(session())
    for channel in Channel:
        PAUSED.labels(channel).set(channel in work.paused_channels)
        REFUSED.labels(channel).set(channel in work.refused_channels)
        for state in queries.outbox.COUNTED:
            DELIVERIES.labels(channel, state).set(counts.get((channel, state), 0))


def _may_read(token: str | None) -> bool:
    if token is None:
        return is_loopback(request.remote_addr or "")
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode(), token.encode())
