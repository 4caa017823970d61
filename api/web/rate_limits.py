"""Who is counted against which budget: accounts by themselves, unknown callers by where they come from.

An account that is over its budget is turned away before its body is read and before a unit of work begins:
a phone that has gone mad costs the others no statement and no lock.
"""

import hashlib
from datetime import datetime
from math import ceil
from typing import cast

from flask import Flask, Response, current_app, g, request

from api.domain.errors import TooMany
from api.domain.ip_prefix import prefix_of
from api.domain.principal import Principal
from api.domain.rate_limits import BAD_TOKENS, BYTES_PER_USE, MACHINES, READS, WRITES, Budget
from api.domain.vocabulary import Role
from api.web.app import SAFE_METHODS, ApiApp
from api.web.context import this_moment
from api.web.rate_limiter import RateLimiter


def register(app: Flask) -> None:
    app.before_request(_turn_away)
    app.after_request(_say_what_is_left)


def limits() -> RateLimiter:
    return cast(ApiApp, current_app).limits


def draw_for(caller: Principal, now: datetime) -> None:
    """Count this request against the budget of its caller. Raises TooMany."""
    if "drawn" in g:
        return  # A unit of work that runs again is still one request.
    g.drawn = budget, account, _ = _budget_of(caller), str(caller.staff_id), now
    try:
        limits().draw(budget, account, now, _uses())
    except TooMany:
        limits().remember_refused(_token(), caller)
        raise


def count_bad_token(now: datetime) -> None:
    """Count a token that is not valid. Raises TooMany when too many came from this address."""
    limits().draw(BAD_TOKENS, _home(), now)


def _turn_away() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "access", None):
        if (caller := limits().refused(_token())) is not None:
            limits().check(_budget_of(caller), str(caller.staff_id), this_moment())
    elif (budget := getattr(view, "budget", None)) is not None:
        limits().draw(budget, _home(), this_moment())


def _say_what_is_left(response: Response) -> Response:
    """Add the header fields of draft-ietf-httpapi-ratelimit-headers."""
    if "drawn" in g:
        budget, account, now = g.drawn
        whole_at = limits().whole_at(budget, account, now)
        seconds, whole_in = int(budget.per.total_seconds()), ceil((whole_at - now).total_seconds())
        response.headers["RateLimit-Policy"] = f'"{budget.name}";q={budget.most};w={seconds}'
        response.headers["RateLimit"] = f'"{budget.name}";r={budget.left(whole_at, now)};t={whole_in}'
    return response


def _budget_of(caller: Principal) -> Budget:
    if caller.role is Role.INTEGRATION:
        return MACHINES
    view = current_app.view_functions[request.endpoint or ""]
    declared: Budget | None = getattr(view, "budget", None)
    return declared or (READS if request.method in SAFE_METHODS else WRITES)


def _uses() -> int:
    # A file has a daily quota of its own.
    return 1 + len(request.get_data()) // BYTES_PER_USE if request.is_json else 1


def _token() -> str:
    """Return what stands in memory for the token that was sent."""
    return hashlib.sha256(request.headers.get("Authorization", "").encode()).hexdigest()


def _home() -> str:
    """Return the address of IPv4, or the /64 of IPv6 from which a phone picks one as it likes."""
    return prefix_of(request.remote_addr or "", v4=32, v6=64) or "unknown"
