"""Limits on the customers' links: for whoever guesses tokens, and for whoever floods a link that he has.

128 random bits and the rules of what a link may do are the walls; this only keeps the noise down. It is
counted in memory, since a GET writes nothing, and shared like every other budget.
"""

from flask import Blueprint, Response, request

from api.domain.ip_prefix import prefix_of
from api.domain.rate_limits import LINK_GUESSES, LINK_READS, LINK_REQUESTS, LINK_WRITES
from api.web.app import SAFE_METHODS
from api.web.context import this_moment
from api.web.rate_limits import limits


def guard(blueprint: Blueprint) -> None:
    """Hold the limits on those of the blueprint's routes that take a token or a link's id."""

    @blueprint.before_request
    def refuse_the_tireless() -> None:
        if not _names_a_link():
            return
        now = this_moment()
        if not limits().knows(_link()):
            limits().check(LINK_GUESSES, _network(), now)
        limits().draw(LINK_REQUESTS, _network(), now)
        limits().draw(LINK_READS if request.method in SAFE_METHODS else LINK_WRITES, _link(), now)

    @blueprint.after_request
    def tell_links_from_guesses(response: Response) -> Response:
        if _names_a_link() and response.status_code == 404:
            limits().charge(LINK_GUESSES, _network(), this_moment())
        elif _names_a_link() and response.status_code < 400:
            limits().vouch_for(_link())
        return response


def _names_a_link() -> bool:
    return bool({"token", "link_id"} & set(request.view_args or {}))


def _link() -> str:
    return str(next(iter((request.view_args or {}).values())))


def _network() -> str:
    # Whoever has one address of a network has them all.
    return prefix_of(request.remote_addr or "", v4=24, v6=64) or "unknown"
