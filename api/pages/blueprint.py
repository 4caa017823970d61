"""The addresses of the customers' pages. GET and HEAD change nothing; every form is one POST and a redirect.

JSON twins of all this are in `resources.links`; the pages never call them.
"""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue

from api import queries, services
from api.domain.errors import DomainError
from api.domain.link_policy import LinkVerb
from api.pages import forms, keys, views
from api.pages.keys import Address
from api.pages.refusals import dressed
from api.pages.templating import content_security_policy
from api.services.links import OpenLink
from api.web.context import now, session
from api.web.errors import status_of
from api.web.guesses import guard

blp = Blueprint("pages", __name__)
guard(blp)

HEADERS = {
    "Content-Security-Policy": content_security_policy(),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
}


@blp.after_request
def protect(response: Response) -> Response:
    """Keep pages out of caches, frames, referrers and search engines; turn refusals into pages."""
    response = dressed(response)
    response.headers.update(HEADERS)
    return response


@blp.get("/l/<token>")
def open_link(token: str) -> ResponseReturnValue:
    """Exchange the token for a cookie and lead away; where cookies are refused, show the page here."""
    opened = services.links.open_by_token(session(), token=token, verb=LinkVerb.READ, now=now())
    if keys.HERE in request.args:
        return _shown(opened, Address.of_token(token))
    return keys.lead_away(opened.link.id)


@blp.get("/p/<uuid:link_id>")
def show_page(link_id: UUID) -> ResponseReturnValue:
    """Show the page of a link to whoever came with its token."""
    if not keys.has_cookie(link_id):
        keys.check_just_arrived(link_id)
    opened = services.links.open_by_id(session(), link_id=link_id, verb=LinkVerb.READ, now=now())
    if keys.has_cookie(link_id):
        return _shown(opened, Address.of_link(link_id))
    return keys.lead_back(services.links.token(session(), opened.link))


@blp.post("/p/<uuid:link_id>/readiness")
@blp.post("/l/<token>/readiness")
def send_readiness(**_: object) -> ResponseReturnValue:
    """Take in whether the goods are ready."""

    def answer(opened: OpenLink) -> None:
        services.readiness.answer(session(), through=opened, said=forms.said(), now=now())

    return _submitted(LinkVerb.ANSWER_READINESS, answer)


@blp.post("/p/<uuid:link_id>/extension")
@blp.post("/l/<token>/extension")
def send_extension(**_: object) -> ResponseReturnValue:
    """Take in a wish for more time at the door."""

    def ask(opened: OpenLink) -> None:
        services.waits.request_extension(
            session(),
            pickup_id=opened.pickup.id,
            minutes=forms.extension_minutes(),
            asked_by="contact",
            now=now(),
        )

    return _submitted(LinkVerb.ASK_EXTENSION, ask)


@blp.post("/p/<uuid:link_id>/feedback")
@blp.post("/l/<token>/feedback")
def send_feedback(**_: object) -> ResponseReturnValue:
    """Take in a rating."""

    def give(opened: OpenLink) -> None:
        services.feedback.give(session(), through=opened, rating=forms.rating(), now=now())

    return _submitted(LinkVerb.GIVE_FEEDBACK, give)


@blp.post("/p/<uuid:link_id>/another-time")
@blp.post("/l/<token>/another-time")
def send_wish(**_: object) -> ResponseReturnValue:
    """Take in a wish for another time after a visit that did not work out."""

    def wish(opened: OpenLink) -> None:
        services.readiness.wish_another_time(session(), through=opened, now=now())

    return _submitted(LinkVerb.ASK_ANOTHER_TIME, wish)


def _submitted(verb: LinkVerb, act: Callable[[OpenLink], None]) -> ResponseReturnValue:
    """Act on a form and lead back to the page; what was refused shows the form again and changes nothing."""
    opened, address = _opened(verb)
    view = queries.links.view(session(), opened.link, opened.pickup, now=now())
    try:
        forms.check_one_time_value(view, verb)
        with session().begin_nested():
            act(opened)
    except DomainError as refusal:
        return views.page(view, address, refusal), status_of(refusal).value
    return redirect(f"{address.home}?lang={views.locale()}{address.keep}", keys.SEE_OTHER)


def _opened(verb: LinkVerb) -> tuple[OpenLink, Address]:
    where = request.view_args or {}
    if "token" in where:
        token = where["token"]
        opened = services.links.open_by_token(session(), token=token, verb=verb, now=now())
        return opened, Address.of_token(token)
    link_id = where["link_id"]
    keys.check_cookie(link_id)
    opened = services.links.open_by_id(session(), link_id=link_id, verb=verb, now=now())
    return opened, Address.of_link(link_id)


def _shown(opened: OpenLink, address: Address) -> str:
    return views.page(queries.links.view(session(), opened.link, opened.pickup, now=now()), address)
