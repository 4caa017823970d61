"""Rules of signing in: how long tokens live, and how guessing is slowed down."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.domain.errors import Forbidden, TooMany, Unauthenticated
from api.domain.ip_prefix import prefix_of

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=30)
CONFIRMED_FOR = timedelta(minutes=10)
"""How long a password that was given again opens the doors that want it fresh."""
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


class WrongPassword(Forbidden):
    """This is not your password."""

    # Not 401: the caller is signed in, and an app would take that for the end of his session.
    code = "wrong_password"
    keeps_changes = True


class ConfirmationNeeded(Forbidden):
    """Give your password again (POST /v1/auth/confirmation); it holds for 10 minutes."""

    code = "confirmation_needed"


class SignInLocked(TooMany):
    """Too many failed sign-ins; try again later."""

    code = "sign_in_locked"


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
    """Return the counters that a sign-in for this number from this address (of IPv6 its /64) touches."""
    return (
        Throttle(f"account:{phone}", ACCOUNT_FAILURES),
        Throttle(f"address:{prefix_of(address, v4=32, v6=64) or 'unknown'}", ADDRESS_FAILURES),
        Throttle(f"network:{network_of(address)}", NETWORK_FAILURES),
    )


def network_of(address: str) -> str:
    """Return the /24 (IPv4) or /48 (IPv6) that the address belongs to; odd addresses share one."""
    return prefix_of(address, v4=24, v6=48) or "unknown"


def locked_until(failures: int, allowed: int, now: datetime) -> datetime | None:
    """Return when the next attempt may be made: 30 s after the last allowed failure, then twice as long each.

    None while failures are allowed; never more than 15 min.
    """
    if failures < allowed:
        return None
    doublings = min(failures - allowed, 10)
    return now + min(FIRST_LOCK * (1 << doublings), LONGEST_LOCK)
