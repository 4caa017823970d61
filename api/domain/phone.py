"""How a phone number is shown where people do not need all of it.

Inside the house a number is E.164; reading what somebody typed belongs to the edge, `schemas.fields`.
"""

_COUNTRY_SHOWN = 3  # The plus sign and two digits: enough to see where a number belongs.
_SHORT_NUMBER = 11  # With fewer characters, four open digits would be half of the number.


def masked(e164: str) -> str:
    """Hide the middle of a number: +8613800000001 becomes +86*******0001.

    The last four digits stay open; of a number shorter than eleven characters, the last two.
    """
    shown = 4 if len(e164) >= _SHORT_NUMBER else 2
    hidden = max(len(e164) - _COUNTRY_SHOWN - shown, 0)
    return e164[:_COUNTRY_SHOWN] + "*" * hidden + e164[-shown:]
