"""From a customer's history to a verdict: probability, band, value at risk. Alerts live in churn_alerts.

The question is never "alive?" but "will this customer ship again within its own usual time?".
"""

from __future__ import annotations

from dataclasses import dataclass

from api.domain.shipping_history import ShippingHistory
from api.domain.vocabulary import Band, ChurnEngine

SHORTEST_HORIZON_DAYS = 30
RATED_FROM_SHIPPING_DAYS = 5  # Four gaps: fewer say little about what is usual.
HIGH_BELOW, CRITICAL_BELOW, MEDIUM_BELOW = 0.4, 0.3, 0.5
RULE_MEDIUM_FROM, RULE_HIGH_FROM = 2.0, 3.0  # Silence in usual gaps, where no model may speak.
VALUE_DAYS = 90


@dataclass(frozen=True, slots=True)
class RiskFacts:
    """What is known of one customer on the day of scoring."""

    history: ShippingHistory
    usual_gap_days: float
    p_ships: float | None
    """From the fitted model, for this customer's own horizon; None where only the rule may speak."""
    revenue_minor: int
    """Of all its shipments before the day of scoring, in the branch's currency."""


@dataclass(frozen=True, slots=True)
class Verdict:
    engine: ChurnEngine
    band: Band
    critical: bool
    p_ships: float | None
    horizon_days: int
    usual_gap_days: int
    value_at_risk_minor: int

    @property
    def calls_for_care(self) -> bool:
        """Whether a rep should hear of it: bands `medium` and `high`."""
        return self.band in (Band.MEDIUM, Band.HIGH)


def horizon_days(usual_gap_days: float) -> int:
    """Return the customer's own horizon: its usual gap, but 30 days at least."""
    return max(SHORTEST_HORIZON_DAYS, round(usual_gap_days))


def judge(facts: RiskFacts, margin_percent: int) -> Verdict:
    """Judge one customer. With fewer than five shipping days the band is `unrated`, whatever the number."""
    band = _band_of_model(facts.p_ships) if facts.p_ships is not None else _band_of_rule(facts)
    rated = facts.history.shipping_days >= RATED_FROM_SHIPPING_DAYS
    return Verdict(
        engine=ChurnEngine.RULE if facts.p_ships is None else ChurnEngine.MODEL,
        band=band if rated else Band.UNRATED,
        critical=rated and facts.p_ships is not None and facts.p_ships < CRITICAL_BELOW,
        p_ships=facts.p_ships,
        horizon_days=horizon_days(facts.usual_gap_days),
        usual_gap_days=max(1, round(facts.usual_gap_days)),
        value_at_risk_minor=_value_at_risk(facts, band, margin_percent),
    )


def _band_of_model(p_ships: float) -> Band:
    if p_ships < HIGH_BELOW:
        return Band.HIGH
    return Band.MEDIUM if p_ships < MEDIUM_BELOW else Band.LOW


def _band_of_rule(facts: RiskFacts) -> Band:
    silence = facts.history.recency_days / max(1.0, facts.usual_gap_days)
    if silence >= RULE_HIGH_FROM:
        return Band.HIGH
    return Band.MEDIUM if silence >= RULE_MEDIUM_FROM else Band.LOW


def _value_at_risk(facts: RiskFacts, band: Band, margin_percent: int) -> int:
    """Return the margin, in minor units, of what the next 90 days would bring, times the chance to lose it.

    The 90 days are taken at the usual gap and the mean revenue of a shipping day. The rule knows no
    chances: for it a customer at risk is at risk with all it would bring, and any other with nothing.
    """
    days = VALUE_DAYS / max(1.0, facts.usual_gap_days)
    expected = facts.revenue_minor / facts.history.shipping_days * days
    chance_to_stay = facts.p_ships if facts.p_ships is not None else float(band is Band.LOW)
    return max(0, round(expected * (1 - chance_to_stay) * margin_percent / 100))
