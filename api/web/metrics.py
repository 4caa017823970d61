"""Prometheus metrics. Counters are of this process; what waits in the database is read when asked."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

REQUESTS = Counter(
    "doorstep_requests_total", "Requests answered.", ["method", "route", "status"], registry=REGISTRY
)
SECONDS = Histogram("doorstep_request_seconds", "Time to answer.", ["route"], registry=REGISTRY)
OVERDUE_TIMER = Gauge(
    "doorstep_oldest_overdue_timer_seconds", "Age of the oldest wait timer past its time.", registry=REGISTRY
)
OVERDUE_NOTICE = Gauge(
    "doorstep_oldest_overdue_notice_seconds", "Age of the oldest delivery past its time.", registry=REGISTRY
)
