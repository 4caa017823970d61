"""Rules about shipments, the customers' history. What the history says about churn is in `churn_risk`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from api.domain.errors import DomainError, RuleBroken
from api.domain.money import Money
from api.domain.vocabulary import ShipmentFailure

LARGEST_BATCH = 1_000
MOST_PIECES = 1_000_000
FURTHEST_AHEAD = timedelta(days=1)  # A report without a zone may be off by hours, not by a year.


class ShipmentOutcome(StrEnum):
    """What became of one reported shipment."""

    CREATED = "created"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"


class RevenueNegative(RuleBroken):
    """The revenue of a shipment is zero or more; a cancelled shipment is no shipment."""

    code = "revenue_negative"


class PickedUpInTheFuture(RuleBroken):
    """A shipment is reported after it was picked up."""

    code = "picked_up_in_the_future"


class CustomerCodeUnknown(RuleBroken):
    """This branch has no customer with this code."""

    code = "customer_code_unknown"


class WaybillTaken(RuleBroken):
    """This waybill was reported before with other values."""

    code = "waybill_taken"


@dataclass(frozen=True, slots=True)
class ShipmentReport:
    """One shipment as another system reports it. Without a currency the branch's own holds."""

    waybill: str
    customer_code: str
    picked_up_at: datetime
    revenue_minor: int
    currency: str | None = None
    pieces: int | None = None
    failure: ShipmentFailure | None = None


@dataclass(frozen=True, slots=True)
class ShipmentFacts:
    """What is stored of a shipment. Two reports of one waybill agree when their facts are equal."""

    customer_id: UUID
    picked_up_at: datetime
    revenue: Money
    pieces: int | None
    failure: ShipmentFailure | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one report: new facts to store, or a refusal, or neither for a duplicate."""

    waybill: str
    outcome: ShipmentOutcome
    facts: ShipmentFacts | None = None
    refusal: DomainError | None = None


def judge(
    reports: Iterable[ShipmentReport],
    customer_ids: Mapping[str, UUID],
    stored: Mapping[str, ShipmentFacts],
    *,
    currency: str,
    now: datetime,
) -> list[Verdict]:
    """Decide on each report, in order. `customer_ids` is by code, `stored` by waybill.

    A waybill that comes twice is measured against its first coming. One bad report never spoils
    the others: it is `rejected` with its reason, or a `conflict` when the waybill has other facts.
    """
    known, verdicts = dict(stored), []
    for report in reports:
        try:
            facts = _facts_of(report, customer_ids, currency=currency, now=now)
        except RuleBroken as refusal:
            verdicts.append(Verdict(report.waybill, ShipmentOutcome.REJECTED, refusal=refusal))
            continue
        verdict = _compare(report.waybill, facts, known.get(report.waybill))
        known.setdefault(report.waybill, facts)
        verdicts.append(verdict)
    return verdicts


def _facts_of(
    report: ShipmentReport, customer_ids: Mapping[str, UUID], *, currency: str, now: datetime
) -> ShipmentFacts:
    if report.customer_code not in customer_ids:
        raise CustomerCodeUnknown()
    if report.revenue_minor < 0:
        raise RevenueNegative()
    if report.picked_up_at > now + FURTHEST_AHEAD:
        raise PickedUpInTheFuture()
    return ShipmentFacts(
        customer_ids[report.customer_code],
        report.picked_up_at,
        Money(report.revenue_minor, report.currency or currency),
        report.pieces,
        report.failure,
    )


def _compare(waybill: str, reported: ShipmentFacts, stored: ShipmentFacts | None) -> Verdict:
    if stored is None:
        return Verdict(waybill, ShipmentOutcome.CREATED, reported)
    if stored == reported:
        return Verdict(waybill, ShipmentOutcome.DUPLICATE)
    return Verdict(waybill, ShipmentOutcome.CONFLICT, refusal=WaybillTaken())
