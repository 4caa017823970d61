"""Prometheus metrics. Counters are of this process; what waits in the database is read when asked."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()
"""What the server that answers requests knows, or reads from the database when asked."""
JOBS_REGISTRY = CollectorRegistry()
"""What only the process with the jobs knows; on SQLite that is the server itself."""

REQUESTS = Counter(
    "doorstep_requests_total", "Requests answered.", ["method", "route", "status"], registry=REGISTRY
)
SECONDS = Histogram("doorstep_request_seconds", "Time to answer.", ["route"], registry=REGISTRY)
SHED = Counter(
    "doorstep_requests_shed_total",
    "Requests answered 503 before any work, since they had waited too long for a thread.",
    registry=REGISTRY,
)
OVERDUE_TIMER = Gauge(
    "doorstep_oldest_overdue_timer_seconds", "Age of the oldest wait timer past its time.", registry=REGISTRY
)
OVERDUE_NOTICE = Gauge(
    "doorstep_oldest_overdue_notice_seconds",
    "Age of the oldest delivery past its time, on channels that are not paused.",
    registry=REGISTRY,
)
OLDEST_PENDING = Gauge(
    "doorstep_oldest_pending_delivery_seconds",
    "Age of the oldest delivery past its time, paused or not.",
    registry=REGISTRY,
)
SILENCE = Gauge(
    "doorstep_jobs_silent_seconds", "Time since the jobs last said that they run.", registry=REGISTRY
)
DELIVERIES = Gauge(
    "doorstep_deliveries",
    "Deliveries on their way or dead; those that ended well are not counted.",
    ["channel", "state"],
    registry=REGISTRY,
)
PAUSED = Gauge(
    "doorstep_sender_paused", "1 while nothing is sent on the channel.", ["channel"], registry=REGISTRY
)
REFUSED = Gauge(
    "doorstep_sender_refused",
    "1 from when the other side refused our credentials until it takes a message again.",
    ["channel"],
    registry=REGISTRY,
)
RATE_LIMITS_BLIND = Gauge(
    "doorstep_rate_limits_blind",
    "1 while this process cannot share its counts of requests with the others.",
    registry=REGISTRY,
)

ATTEMPTS = Counter(
    "doorstep_delivery_attempts_total",
    "Attempts by what the other side's answer means.",
    ["channel", "answer"],
    registry=JOBS_REGISTRY,
)
LATENESS = Histogram(
    "doorstep_delivery_lateness_seconds",
    "From when a delivery was due to when its attempt began.",
    ["channel"],
    buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800),
    registry=JOBS_REGISTRY,
)
