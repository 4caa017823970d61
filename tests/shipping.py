"""Shipping histories for tests: a customer ships on days counted back from the day of NOW in Shanghai."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from api.models import Customer, Shipment

TODAY = date(2026, 11, 18)
SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEKLY_UNTIL_YESTERDAY = range(1, 90, 7)


def ship(session: Session, customer: Customer, days_ago: Iterable[int], **columns: object) -> None:
    """Add a shipment of 30 yuan at noon on each of these days."""
    rows = [_row(customer, TODAY - timedelta(days=ago)) | columns for ago in days_ago]
    session.execute(insert(Shipment), rows)


def _row(customer: Customer, day: date) -> dict[str, object]:
    picked_up_at = datetime.combine(day, time(12), SHANGHAI)
    return {
        "branch_id": customer.branch_id,
        "customer_id": customer.id,
        "waybill": str(uuid7()),
        "picked_up_at": picked_up_at,
        "shipped_on": day,
        "revenue_minor": 3_000,
        "currency": "CNY",
        "recorded_at": picked_up_at,
    }
