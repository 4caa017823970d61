"""Money as whole minor units of one currency. No float touches it; exchange rates do not live here."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from api.domain.errors import RuleBroken

# ISO 4217: every currency has two decimals but these.
_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
_USUAL_DECIMALS = 2

_CURRENCY = re.compile(r"[A-Z]{3}")
_PLAIN_DECIMAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,8})?")

LARGEST_AMOUNT_MINOR = 10**15
"""Far above any revenue, far below 2**53: JSON readers in every language keep it exact."""


class AmountUnreadable(RuleBroken):
    """An amount is written in digits with a point for decimals, such as 1250.50."""

    code = "amount_unreadable"


class CurrencyUnreadable(RuleBroken):
    """A currency is three capital letters, such as CNY."""

    code = "currency_unreadable"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (fen, cents, yen), which may be negative, of one currency."""

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if not _CURRENCY.fullmatch(self.currency):
            raise CurrencyUnreadable()
        if abs(self.amount_minor) > LARGEST_AMOUNT_MINOR:
            raise AmountUnreadable(f"An amount is at most {LARGEST_AMOUNT_MINOR} minor units.")

    @classmethod
    def from_decimal_text(cls, text: str, currency: str) -> "Money":
        """Read major units as people and spreadsheets write them: "12.5" CNY is 1250 fen.

        Decimals beyond the currency's own round half to even (0.125 CNY is 12 fen, 0.135 is 14),
        so that a long column of halves does not drift. Thousands separators and exponents are
        refused: "1,250" is 1250 to one reader and 1.25 to another. Raises AmountUnreadable.
        """
        if not _PLAIN_DECIMAL.fullmatch(text):
            raise AmountUnreadable()
        minor = Decimal(text).scaleb(decimals_of(currency)).to_integral_value(ROUND_HALF_EVEN)
        return cls(int(minor), currency)


def decimals_of(currency: str) -> int:
    """Return how many decimals the currency's minor unit stands for: 2, but 0 for yen."""
    unusual = (decimals for decimals, currencies in _DECIMALS.items() if currency in currencies.split())
    return next(unusual, _USUAL_DECIMALS)
