"""What a browser shows instead of a token: a signed cookie for one page, or a marker that it has just come.

Both are stateless. They prove that the token was known; whether the link still lives is asked each time.
"""

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, current_app, redirect, request

from api.domain.link_policy import LinkUnknown
from api.web.context import now

COOKIE = "doorstep_page"
TLS_COOKIE = f"__Secure-{COOKIE}"  # A browser takes one of this name over TLS only, and so nobody else's.
COOKIE_SECONDS = 12 * 3600  # As long as a form that was opened in the morning may be sent.
MARKER = "arrived"
MARKER_SECONDS = 60  # From one redirect to the next.
HERE = "here"
SEE_OTHER = 303


@dataclass(frozen=True, slots=True)
class Address:
    """Where a page lives: `home` without a query, and what its addresses must keep in theirs."""

    home: str
    keep: str = ""

    @classmethod
    def of_link(cls, link_id: UUID) -> "Address":
        return cls(f"/p/{link_id}")

    @classmethod
    def of_token(cls, token: str) -> "Address":
        """Where cookies are refused, the page stays at the token's address."""
        return cls(f"/l/{token}", keep=f"&{HERE}=1")


def lead_away(link_id: UUID) -> Response:
    """Send a browser from the token's address to the link's, with the cookie that opens it there."""
    marker = _signer().sign(f"arrival:{link_id}", now())
    target = f"/p/{link_id}?{urlencode({**_wishes(), MARKER: marker})}"
    response = cast(Response, redirect(target, SEE_OTHER))
    response.set_cookie(
        _cookie_name(),
        _signer().sign(f"page:{link_id}", now()),
        max_age=COOKIE_SECONDS,
        path=f"/p/{link_id}",
        secure=current_app.config["SECURE_COOKIES"],
        httponly=True,
        samesite="Lax",
    )
    return response


def lead_back(token: str) -> Response:
    """Send a browser that refuses cookies back to the token's address, to stay there."""
    return cast(Response, redirect(f"/l/{token}?{urlencode({**_wishes(), HERE: '1'})}", SEE_OTHER))


def has_cookie(link_id: UUID) -> bool:
    return _is_genuine(request.cookies.get(_cookie_name(), ""), f"page:{link_id}", COOKIE_SECONDS)


def check_cookie(link_id: UUID) -> None:
    """Raise LinkUnknown to a browser that has not been led here from the token's address."""
    if not has_cookie(link_id):
        raise LinkUnknown()


def check_just_arrived(link_id: UUID) -> None:
    """Raise LinkUnknown to a browser that does not come straight from the token's address."""
    if not _is_genuine(request.args.get(MARKER, ""), f"arrival:{link_id}", MARKER_SECONDS):
        raise LinkUnknown()


def _cookie_name() -> str:
    return TLS_COOKIE if current_app.config["SECURE_COOKIES"] else COOKIE


def _wishes() -> dict[str, str]:
    """What of a query is ours and travels along; chat apps add things of their own."""
    return {name: request.args[name] for name in ("lang", "score", "show") if name in request.args}


def _is_genuine(value: str, purpose: str, longest: int) -> bool:
    age = _signer().age_seconds(value, purpose, now())
    return age is not None and 0 <= age <= longest


def _signer() -> Any:
    # Its type lives in `api.security`, below what pages may reach into.
    return current_app.config["BROWSER_SIGNER"]
