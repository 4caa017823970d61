"""Churn alerts: a rep's work on customers who fall silent. Managers see the branch's."""

from typing import Any

from api import queries, services
from api.domain.churn_alerts import AlertNotOpen, LossNeedsAReason, SnoozedTooOften
from api.domain.errors import NotFound
from api.domain.playbooks import StepNotInPlaybook
from api.domain.vocabulary import Role
from api.queries.churn_alerts import AlertFilter, AlertView
from api.schemas.churn import (
    ActOnAlertSchema,
    ChurnAlertPageSchema,
    ChurnAlertQuerySchema,
    ChurnAlertSchema,
    ResolveAlertSchema,
    SnoozeAlertSchema,
)
from api.web.blueprint import Blueprint
from api.web.context import locale, now, principal, session
from api.web.paging import as_page, page_request

blp = Blueprint(
    "churn_alerts", __name__, url_prefix="/v1/churn-alerts", description="Customers who fall silent."
)

READERS = (Role.SALES_REP, Role.MANAGER, Role.ADMIN)
WORKERS = (Role.SALES_REP, Role.MANAGER)


@blp.get("")
@blp.requires(*READERS)
@blp.arguments(ChurnAlertQuerySchema, location="query")
@blp.response(200, ChurnAlertPageSchema)
def list_churn_alerts(query):
    """List alerts, the most value at risk first; a rep's are those of his customers."""
    page = page_request(query)
    only = AlertFilter(**query)
    return as_page(
        queries.churn_alerts.listed(session(), by=principal(), only=only, locale=locale(), page=page)
    )


@blp.get("/<uuid:alert_id>")
@blp.requires(*READERS)
@blp.response(200, ChurnAlertSchema)
@blp.raises(NotFound)
@blp.versioned
def get_churn_alert(alert_id):
    """Show an alert."""
    return queries.churn_alerts.view_by_id(session(), alert_id, by=principal(), locale=locale())


@blp.post("/<uuid:alert_id>/acknowledgement")
@blp.requires(*WORKERS)
@blp.response(200, ChurnAlertSchema)
@blp.raises(NotFound, AlertNotOpen)
@blp.versioned
def acknowledge_churn_alert(alert_id):
    """Take note of an alert."""
    return _worded(services.churn_alerts.acknowledge(session(), alert_id=alert_id, by=principal(), now=now()))


@blp.post("/<uuid:alert_id>/action")
@blp.requires(*WORKERS)
@blp.arguments(ActOnAlertSchema)
@blp.response(200, ChurnAlertSchema)
@blp.raises(NotFound, AlertNotOpen, StepNotInPlaybook)
@blp.versioned
def act_on_churn_alert(body, alert_id):
    """Act on an alert: begin, or tick off a step of its playbook."""
    return _worded(services.churn_alerts.act(session(), alert_id=alert_id, **body, by=principal(), now=now()))


@blp.post("/<uuid:alert_id>/snooze")
@blp.requires(*WORKERS)
@blp.arguments(SnoozeAlertSchema)
@blp.response(200, ChurnAlertSchema)
@blp.raises(NotFound, AlertNotOpen, SnoozedTooOften)
@blp.versioned
def snooze_churn_alert(body, alert_id):
    """Lay an alert aside for 3, 7 or 14 days, at most twice."""
    return _worded(
        services.churn_alerts.snooze(session(), alert_id=alert_id, **body, by=principal(), now=now())
    )


@blp.post("/<uuid:alert_id>/resolution")
@blp.requires(*WORKERS)
@blp.arguments(ResolveAlertSchema)
@blp.response(200, ChurnAlertSchema)
@blp.raises(NotFound, AlertNotOpen, LossNeedsAReason)
@blp.versioned
def resolve_churn_alert(resolution, alert_id):
    """Close an alert as won back, lost, a false alarm or seasonal; a lost customer is visited at 60 days."""
    return _worded(
        services.churn_alerts.resolve(
            session(), alert_id=alert_id, resolution=resolution, by=principal(), now=now()
        )
    )


def _worded(alert: Any) -> AlertView:
    """Show an alert in the reader's language."""
    return queries.churn_alerts.view_of(session(), alert, locale())
