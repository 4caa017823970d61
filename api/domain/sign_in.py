"""Rules of signing in: how long tokens live, and how guessing is slowed down."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.domain.errors import TooMany, Unauthenticated

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=30)
REPEAT_OVERLAP = timedelta(seconds=30)
"""A refresh that is repeated this soon (its answer was lost) gets the same successor again."""

FAILURE_WINDOW = timedelta(minutes=15)
FIRST_LOCK = timedelta(seconds=30)
LONGEST_LOCK = timedelta(minutes=15)
# A courier mistypes; an office behind one address has many couriers; a network many offices.
ACCOUNT_FAILURES = 5
ADDRESS_FAILURES = 30
NETWORK_FAILURES = 200


class WrongPhoneOrPassword(Unauthenticated):
    """Phone number or password is wrong."""

    code = "wrong_phone_or_password"
    keeps_changes = True  # the counters of failures must survive the refusal


class SignInLocked(TooMany):
    """Too many failed sign-ins; try again later."""

    code = "sign_in_locked"
    keeps_changes = True


class InvalidRefreshToken(Unauthenticated):
    """This refresh token is not valid, or no longer. Sign in again."""

    code = "invalid_refresh_token"


class RefreshTokenReused(Unauthenticated):
    """This refresh token was used before. The session has been ended for safety; sign in again."""

    code = "refresh_token_reused"
    keeps_changes = True  # the revoked family must stay revoked


@dataclass(frozen=True, slots=True)
class Throttle:
    """One counter: so many failures before the first lock."""

    subject: str
    allowed: int


def throttles_for(phone: str, address: str) -> tuple[Throttle, ...]:
    """Return the counters that a sign-in for this number from this address touches."""
    return (
        Throttle(f"account:{phone}", ACCOUNT_FAILURES),
        Throttle(f"address:{address}", ADDRESS_FAILURES),
        Throttle(f"network:{network_of(address)}", NETWORK_FAILURES),
    )


def network_of(address: str) -> str:
    """Return the /24 (IPv4) or /48 (IPv6) that the address belongs to; odd addresses share one."""
    try:
        bits = 24 if ipaddress.ip_address(address).version == 4 else 48
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network(f"{address}/{bits}", strict=False))


def locked_until(failures: int, allowed: int, now: datetime) -> datetime | None:
    """Return until when the next attempt must wait: 30 s at the last allowed failure, then twice as long each."""
    if failures < allowed:
        return None
    doubled = FIRST_LOCK * 2 ** min(failures - allowed, 10)
    return now + min(doubled, LONGEST_LOCK)
