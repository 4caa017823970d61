"""From a bearer token to a `Principal`. A token's prefix tells its kind, and no kind serves as another."""

from flask import g, request

from api import queries
from api.domain.audit import Origin, Via
from api.domain.errors import Forbidden, Unauthenticated
from api.domain.principal import Principal
from api.domain.sign_in import CONFIRMED_FOR, ConfirmationNeeded
from api.domain.vocabulary import Role
from api.web.context import now, principal, session
from api.web.rate_limits import count_bad_token, draw_for


def authenticate(roles: frozenset[Role]) -> None:
    """Find out who is calling; refuse who calls too often, and roles that may not. Sets the principal."""
    g.principal = caller = _caller()
    session().info["origin"] = Origin(Via.WEB, request.remote_addr, caller.session_id, caller.role)
    draw_for(caller, now())
    if g.principal.role not in roles:
        raise Forbidden()


def require_confirmation() -> None:
    """Refuse a caller who has not given his password again a short while ago. A machine has none to give."""
    held, since = principal().session_id, now() - CONFIRMED_FOR
    if held is None or not queries.staff_sessions.was_confirmed_after(session(), held, since):
        raise ConfirmationNeeded()


def _caller() -> Principal:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated()
    found = queries.staff_sessions.principal_of(session(), token.strip(), now=now())
    if found is None:
        count_bad_token(now())
        raise Unauthenticated("This access token is not valid, or no longer.")
    return found
