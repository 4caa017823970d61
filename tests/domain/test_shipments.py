"""When a reported shipment is new, the same again, at odds, or impossible."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from api.domain.money import Money
from api.domain.shipments import ShipmentFacts, ShipmentOutcome, ShipmentReport, Verdict, judge
from api.domain.vocabulary import ShipmentFailure

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ACME, BLUE = UUID(int=1), UUID(int=2)
CUSTOMERS = {"ACME": ACME, "BLUE": BLUE}
REPORT = ShipmentReport("W1", "ACME", NOW, 1250, pieces=2)
FACTS = ShipmentFacts(ACME, NOW, Money(1250, "CNY"), pieces=2, failure=None)


def verdict_on(report: ShipmentReport, stored: ShipmentFacts | None = None) -> Verdict:
    return verdicts_on([report], {"W1": stored} if stored else {})[0]


def verdicts_on(reports: list[ShipmentReport], stored: dict[str, ShipmentFacts]) -> list[Verdict]:
    return judge(reports, CUSTOMERS, stored, currency="CNY", now=NOW)


def test_an_unknown_waybill_is_new() -> None:
    assert verdict_on(REPORT) == Verdict("W1", ShipmentOutcome.CREATED, FACTS)


def test_the_same_report_again_is_a_duplicate() -> None:
    assert verdict_on(REPORT, stored=FACTS) == Verdict("W1", ShipmentOutcome.DUPLICATE)


def test_naming_the_branchs_currency_changes_nothing() -> None:
    assert verdict_on(replace(REPORT, currency="CNY"), stored=FACTS).outcome is ShipmentOutcome.DUPLICATE


@pytest.mark.parametrize(
    "other",
    [
        replace(REPORT, customer_code="BLUE"),
        replace(REPORT, picked_up_at=NOW - timedelta(seconds=1)),
        replace(REPORT, revenue_minor=1251),
        replace(REPORT, currency="USD"),
        replace(REPORT, pieces=3),
        replace(REPORT, failure=ShipmentFailure.LATE),
    ],
    ids=["customer", "instant", "amount", "currency", "pieces", "failure"],
)
def test_any_other_fact_under_a_stored_waybill_is_a_conflict(other: ShipmentReport) -> None:
    assert verdict_on(other, stored=FACTS).outcome is ShipmentOutcome.CONFLICT


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (replace(REPORT, customer_code="NOBODY"), "customer_code_unknown"),
        (replace(REPORT, revenue_minor=-1), "revenue_negative"),
        (replace(REPORT, picked_up_at=NOW + timedelta(days=1, seconds=1)), "picked_up_in_the_future"),
    ],
    ids=["customer", "revenue", "instant"],
)
def test_an_impossible_report_is_rejected_with_its_reason(report: ShipmentReport, code: str) -> None:
    verdict = verdict_on(report)

    assert verdict.outcome is ShipmentOutcome.REJECTED
    assert verdict.refusal is not None
    assert verdict.refusal.code == code


def test_a_pick_up_up_to_a_day_ahead_is_forgiven() -> None:
    report = replace(REPORT, picked_up_at=NOW + timedelta(days=1))

    assert verdict_on(report).outcome is ShipmentOutcome.CREATED


def test_a_waybill_that_comes_twice_in_a_batch_is_measured_against_its_first_coming() -> None:
    batch = [REPORT, REPORT, replace(REPORT, pieces=9)]

    outcomes = [verdict.outcome for verdict in verdicts_on(batch, {})]

    assert outcomes == [ShipmentOutcome.CREATED, ShipmentOutcome.DUPLICATE, ShipmentOutcome.CONFLICT]


def test_one_bad_report_leaves_the_others_alone() -> None:
    batch = [replace(REPORT, customer_code="NOBODY"), replace(REPORT, waybill="W2")]

    outcomes = [verdict.outcome for verdict in verdicts_on(batch, {})]

    assert outcomes == [ShipmentOutcome.REJECTED, ShipmentOutcome.CREATED]
