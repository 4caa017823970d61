"""Taking in the shipping history that other systems report, many shipments at once and repeatably."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api import queries
from api.domain.shipments import ShipmentFacts, ShipmentOutcome, ShipmentReport, Verdict, judge
from api.models import Branch
from api.services import churn_rescoring, events


def record_reports(
    session: Session,
    reports: Sequence[ShipmentReport],
    *,
    branch_id: UUID,
    actor_id: UUID | None = None,
    now: datetime,
) -> list[Verdict]:
    """Store what is new and return a verdict on each report, in order; a waybill counts once for ever.

    Takes no more statements for a thousand reports than for one.
    """
    branch = session.get_one(Branch, branch_id)
    known = queries.customers.ids_by_code(session, branch_id, {report.customer_code for report in reports})
    stored = queries.shipments.facts_by_waybill(session, branch_id, {report.waybill for report in reports})
    verdicts = judge(reports, known, stored, currency=branch.currency, now=now)
    new = _new_facts(verdicts)
    added = queries.shipments.add_missing(session, _rows(new, branch, now))
    if len(added) < len(new):
        # Another process reported some of these at this moment: what it stored decides.
        theirs = queries.shipments.facts_by_waybill(session, branch_id, new.keys() - added)
        verdicts = judge(reports, known, {**stored, **theirs}, currency=branch.currency, now=now)
    if added:
        events.record(
            session,
            "shipments.recorded",
            subject_type="branch",
            subject_id=branch_id,
            branch_id=branch_id,
            actor_id=actor_id,
            data={"added": len(added)},
            now=now,
        )
        failed = {facts.customer_id for code, facts in new.items() if code in added and facts.failure}
        churn_rescoring.rescore(session, [(branch_id, customer) for customer in failed], now=now)
    return verdicts


def _new_facts(verdicts: Sequence[Verdict]) -> dict[str, ShipmentFacts]:
    return {
        verdict.waybill: verdict.facts
        for verdict in verdicts
        if verdict.outcome is ShipmentOutcome.CREATED and verdict.facts
    }


def _rows(new: Mapping[str, ShipmentFacts], branch: Branch, now: datetime) -> list[dict[str, Any]]:
    zone = ZoneInfo(branch.timezone)
    return [
        {
            "branch_id": branch.id,
            "customer_id": facts.customer_id,
            "waybill": waybill,
            "picked_up_at": facts.picked_up_at,
            "shipped_on": facts.picked_up_at.astimezone(zone).date(),
            "revenue_minor": facts.revenue.amount_minor,
            "currency": facts.revenue.currency,
            "pieces": facts.pieces,
            "failure": facts.failure,
            "recorded_at": now,
        }
        for waybill, facts in new.items()
    ]
