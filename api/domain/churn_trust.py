"""Whether a fitted model of silence may be believed, and why not. Where it may not, the rule speaks."""

from enum import StrEnum

from api.domain.churn_model import Fit


class Weakness(StrEnum):
    """Why a fitted model may not speak, and the rule speaks instead."""

    SHORT_HISTORY = "short_history"
    FEW_CUSTOMERS = "few_customers"
    NOBODY_LEAVES = "nobody_leaves"
    AT_BOUND = "at_bound"
    STARTS_DISAGREE = "starts_disagree"


LEAST_DAYS = 396  # 13 months: a year seen whole, and a month to see who came back after it.
LEAST_CUSTOMERS = 200
LEAST_DROP_OUT = 0.002


def too_little(days_of_history: int, customers: int) -> Weakness | None:
    """Name what is missing before a fit is worth trying: 13 months of history, 200 customers."""
    if days_of_history < LEAST_DAYS:
        return Weakness.SHORT_HISTORY
    if customers < LEAST_CUSTOMERS:
        return Weakness.FEW_CUSTOMERS
    return None


def not_identified(found: Fit) -> Weakness | None:
    """Name why the data do not pin the model down, if they do not.

    With almost no drop-out, or a parameter at its bound, silence means nothing to the model and it would
    call everybody alive; two starts that end apart mean that chance chose the answer.
    """
    if found.parameters.mean_drop_out < LEAST_DROP_OUT:
        return Weakness.NOBODY_LEAVES
    if found.at_bound:
        return Weakness.AT_BOUND
    if not found.starts_agree:
        return Weakness.STARTS_DISAGREE
    return None
