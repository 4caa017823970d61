"""From a customer's history to a verdict: probability, band, value at risk. Alerts live in churn_alerts.

The question is never "alive?" but "will this customer ship again within its own usual time?".
"""

from __future__ import annotations

from dataclasses import dataclass

from api.domain.decline import Pace
from api.domain.shipping_history import POPULATION_WEIGHT, Dealings, ShippingHistory
from api.domain.vocabulary import Band, ChurnEngine

ENGINE_VERSION = 2
"""Counted up whenever the same history would get another score; stored with every score."""
SHORTEST_HORIZON_DAYS = 30
RATED_FROM_SHIPPING_DAYS = 5  # Four gaps: fewer say little about what is usual.
HIGH_BELOW, CRITICAL_BELOW, MEDIUM_BELOW = 0.4, 0.3, 0.5
RULE_MEDIUM_FROM, RULE_HIGH_FROM = 2.0, 3.0  # Silence in usual gaps, where no model may speak.
VALUE_DAYS = 90


@dataclass(frozen=True, slots=True)
class RiskFacts:
    """What is known of one customer on the day of scoring."""

    dealings: Dealings
    usual_gap_days: float
    p_ships: float | None
    """From the fitted model, for this customer's own horizon; None where only the rule may speak."""
    engine: ChurnEngine
    """Whose `p_ships` it is, or the rule."""
    expected_days: float | None = None
    """Shipping days in the next 90 days if it stays, by the model; None by the rule."""
    branch_revenue_a_day_minor: float = 0.0
    pace: Pace | None = None
    """The volume of a frequent shipper; None for the others, whom the silence engine judges."""

    @property
    def history(self) -> ShippingHistory:
        return self.dealings.history


@dataclass(frozen=True, slots=True)
class Verdict:
    engine: ChurnEngine
    band: Band
    critical: bool
    p_ships: float | None
    horizon_days: int
    usual_gap_days: int
    value_at_risk_minor: int
    pace: Pace | None = None

    @property
    def calls_for_care(self) -> bool:
        """Whether a rep should hear of it: bands `medium` and `high`."""
        return self.band in (Band.MEDIUM, Band.HIGH)

    @property
    def silence(self) -> Band:
        """The band of the silence alone: a frequent shipper is silent when it has stopped."""
        if self.pace is None:
            return self.band
        return Band.HIGH if self.pace.has_stopped else Band.LOW

    @property
    def decline(self) -> Band:
        """The band of the volume alone; `low` for who has stopped, whose silence says it all."""
        if self.pace is None or self.pace.has_stopped:
            return Band.LOW
        return self.pace.decline


def horizon_days(usual_gap_days: float) -> int:
    """Return the customer's own horizon: its usual gap, but 30 days at least."""
    return max(SHORTEST_HORIZON_DAYS, round(usual_gap_days))


def judge(facts: RiskFacts, margin_percent: int) -> Verdict:
    """Judge one customer. With fewer than five shipping days the band is `unrated`, whatever the number.

    A frequent shipper is judged by its volume. Its probability is shown all the same.
    """
    band = _band(facts)
    rated = facts.history.shipping_days >= RATED_FROM_SHIPPING_DAYS
    return Verdict(
        engine=facts.engine if facts.pace is None else ChurnEngine.DECLINE,
        band=band if rated else Band.UNRATED,
        critical=rated and _is_critical(facts),
        p_ships=facts.p_ships,
        horizon_days=horizon_days(facts.usual_gap_days),
        usual_gap_days=max(1, round(facts.usual_gap_days)),
        value_at_risk_minor=_value_at_risk(facts, band, margin_percent),
        pace=facts.pace,
    )


def _band(facts: RiskFacts) -> Band:
    if facts.pace is not None:
        return facts.pace.band
    return _band_of_model(facts.p_ships) if facts.p_ships is not None else _band_of_rule(facts)


def _band_of_model(p_ships: float) -> Band:
    if p_ships < HIGH_BELOW:
        return Band.HIGH
    return Band.MEDIUM if p_ships < MEDIUM_BELOW else Band.LOW


def _band_of_rule(facts: RiskFacts) -> Band:
    silence = facts.history.recency_days / max(1.0, facts.usual_gap_days)
    if silence >= RULE_HIGH_FROM:
        return Band.HIGH
    return Band.MEDIUM if silence >= RULE_MEDIUM_FROM else Band.LOW


def _is_critical(facts: RiskFacts) -> bool:
    """Whether it is the gravest: under 0.3 by the model; for a frequent shipper a stop twice as long as
    needed."""
    if facts.pace is not None:
        return facts.pace.has_stopped_for_long
    return facts.p_ships is not None and facts.p_ships < CRITICAL_BELOW


def _value_at_risk(facts: RiskFacts, band: Band, margin_percent: int) -> int:
    """Return the margin, in minor units, of what the next 90 days would bring, times the share to be lost.

    A shipping day brings the customer's own mean revenue, drawn towards the branch's as two days of it: a
    robust stand-in for the Gamma-Gamma model (Fader, Hardie 2013), which is the same weighted mean.
    """
    days = facts.expected_days
    if days is None:
        days = VALUE_DAYS / max(1.0, facts.usual_gap_days)
    shipped, branch = facts.history.shipping_days, facts.branch_revenue_a_day_minor
    # Where the branch's mean is not known, the customer's own stands alone.
    weight = POPULATION_WEIGHT if branch else 0
    a_day = (facts.dealings.revenue_minor + weight * branch) / (shipped + weight)
    return max(0, round(a_day * days * _share_at_risk(facts, band) * margin_percent / 100))


def _share_at_risk(facts: RiskFacts, band: Band) -> float:
    """Return the share of a customer's revenue that may go: 1 - P by the model.

    Of a frequent shipper it is what is already missing, and all once it has stopped. The rule knows no
    chances: for it a customer at risk is at risk with all, and any other with nothing.
    """
    if facts.pace is not None and band is not Band.LOW:
        return 1.0 if facts.pace.has_stopped else 1 - facts.pace.share
    if facts.p_ships is not None:
        return 1 - facts.p_ships
    return float(band is not Band.LOW)
