"""The addresses of the customers' pages. GET and HEAD change nothing; every form is one POST and a redirect.

JSON twins of all this are in `resources.links`; the pages never call them.
"""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response, redirect, request
from flask.typing import ResponseReturnValue

from api import services
from api.domain.errors import DomainError
from api.domain.link_policy import LinkVerb
from api.pages import forms, keys, views
from api.pages.keys import Address
from api.pages.refusals import dressed
from api.pages.views import Visit
from api.queries.links import LinkView
from api.services.links import OpenLink
from api.web.context import now, session
from api.web.errors import status_of
from api.web.link_limits import guard

blp = Blueprint("pages", __name__)
guard(blp)

HEADERS = {
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
            pickup_id=opened.the_pickup.id,
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
        services.feedback.give(
            session(), through=opened, rating=forms.rating(), came_from=request.remote_addr, now=now()
        )

    return _submitted(LinkVerb.GIVE_FEEDBACK, give)


@blp.post("/p/<uuid:link_id>/another-time")
@blp.post("/l/<token>/another-time")
def send_wish(**_: object) -> ResponseReturnValue:
    """Take in the wish to be called about another time, after a visit that did not work out."""

    def wish(opened: OpenLink) -> None:
        services.readiness.wish_another_time(session(), through=opened, now=now())

    return _submitted(LinkVerb.ASK_ANOTHER_TIME, wish)


@blp.post("/p/<uuid:link_id>/rescheduling")
@blp.post("/l/<token>/rescheduling")
def send_slot(**_: object) -> ResponseReturnValue:
    """Take in the choice of another time."""

    def choose(opened: OpenLink) -> None:
        services.slots.choose(session(), through=opened, slot_start=forms.slot_start(), now=now())

    return _submitted(LinkVerb.CHOOSE_SLOT, choose, then=views.AGREED)


@blp.post("/p/<uuid:link_id>/complaint")
@blp.post("/l/<token>/complaint")
def send_complaint(**_: object) -> ResponseReturnValue:
    """Take in a complaint."""

    def complain(opened: OpenLink) -> None:
        services.cases.complain(session(), through=opened, complaint=forms.complaint(), now=now())

    return _submitted(LinkVerb.COMPLAIN, complain, then=views.COMPLAINT)


@blp.post("/p/<uuid:link_id>/case-answer")
@blp.post("/l/<token>/case-answer")
def send_case_answer(**_: object) -> ResponseReturnValue:
    """Take in what a contact writes to his case."""

    def answer(opened: OpenLink) -> None:
        services.cases.answer_by_contact(session(), through=opened, text=forms.case_answer(), now=now())

    return _submitted(LinkVerb.ANSWER_CASE, answer)


@blp.post("/p/<uuid:link_id>/preferences")
@blp.post("/l/<token>/preferences")
def send_preferences(**_: object) -> ResponseReturnValue:
    """Take in whether, how and when a contact wants to be written to."""

    def change(opened: OpenLink) -> None:
        services.preferences.change(session(), through=opened, preferences=forms.preferences(), now=now())

    return _submitted(LinkVerb.CHANGE_PREFERENCES, change, then=views.SAVED)


def _submitted(
    verb: LinkVerb, act: Callable[[OpenLink], None], *, then: str | None = None
) -> ResponseReturnValue:
    """Act on a form and lead back to the page; what was refused shows the form again and changes nothing."""
    opened, address = _opened(verb)
    view = services.links.view(session(), opened, now=now())
    refusal = _refusal_of(verb, act, opened, view)
    if refusal is not None:
        page = views.page(Visit(opened, view, address, verb, refusal))
        return page, status_of(type(refusal)).value
    query = f"?show={then}&lang={views.locale()}" if then else f"?lang={views.locale()}"
    return redirect(f"{address.home}{query}{address.keep}", keys.SEE_OTHER)


def _refusal_of(
    verb: LinkVerb, act: Callable[[OpenLink], None], opened: OpenLink, view: LinkView
) -> DomainError | None:
    """Act; undo what a refused form had changed, unless the refusal says that it must be kept."""
    try:
        forms.check_one_time_value(view, verb)
        with session().begin_nested():
            return _kept(act, opened)
    except DomainError as refusal:
        return refusal


def _kept(act: Callable[[OpenLink], None], opened: OpenLink) -> DomainError | None:
    try:
        act(opened)
    except DomainError as refusal:
        if not refusal.keeps_changes:
            raise
        return refusal
    return None


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


def _shown(opened: OpenLink, address: Address) -> Response:
    return views.page(Visit(opened, services.links.view(session(), opened, now=now()), address))
