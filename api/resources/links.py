"""Links for contacts: made and shown by staff, and their JSON twins for whoever holds a token.

The twins take JSON only, know no cookies and answer no other origin; the pages never call them.
"""

from flask import Response, request

from api import services
from api.domain.cases import CategoryNotOffered, WrittenTooOften
from api.domain.erasure import ContactErased
from api.domain.errors import NotFound
from api.domain.feedback import FeedbackIsFinal, ReasonNotOffered
from api.domain.link_policy import (
    LinkExpired,
    LinkRevoked,
    LinkUnknown,
    LinkVerb,
    NothingToRateYet,
    PickupIsOver,
)
from api.domain.pickups import PickupStateForbids
from api.domain.preferences import ChannelNotPossible, HoursImpossible
from api.domain.readiness import CourierHasArrived, MinutesNotOffered
from api.domain.slots import SlotTaken
from api.domain.vocabulary import Role
from api.domain.wait_extension import ExtensionAlreadyAsked, ExtensionTooLong
from api.domain.wait_policy import WaitNotRunning
from api.rendering import qr
from api.schemas.links import (
    AnswerReadinessSchema,
    AskExtensionSchema,
    ChangePreferencesSchema,
    ChooseSlotSchema,
    ComplainSchema,
    GiveFeedbackSchema,
    LinkSchema,
    LinkToShareSchema,
    ReplyToCaseSchema,
    ShareLinkSchema,
    SlotsSchema,
)
from api.web.blueprint import Blueprint
from api.web.context import now, principal, session
from api.web.link_limits import guard

blp = Blueprint("links", __name__, url_prefix="/v1", description="Links for contacts, and what they can do.")

guard(blp)

SHARERS = (Role.COURIER, Role.DISPATCHER, Role.SERVICE_AGENT, Role.MANAGER)
SVG, PNG = "image/svg+xml", "image/png"


@blp.after_request
def keep_private(response: Response) -> Response:
    """A token, and what it opens, stays out of caches, referrers and search engines."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blp.post("/pickups/<uuid:pickup_id>/links")
@blp.requires(*SHARERS)
@blp.arguments(ShareLinkSchema)
@blp.response(201, LinkToShareSchema)
@blp.raises(NotFound, PickupIsOver, NothingToRateYet, ContactErased)
def share_link(body, pickup_id):
    """Hand out a link for the pickup's contact, with the words to send it in.

    A link that still lives is handed out again.
    """
    return services.link_sharing.share(session(), pickup_id=pickup_id, **body, by=principal(), now=now())


@blp.get("/pickups/<uuid:pickup_id>/feedback-qr.svg")
@blp.requires(*SHARERS)
@blp.response(200, {"type": "string"}, content_type=SVG)
@blp.raises(NotFound, NothingToRateYet)
def get_feedback_qr(pickup_id):
    """Show the feedback link as a QR code for the contact to scan."""
    url = services.links.feedback_url(session(), pickup_id=pickup_id, by=principal(), now=now())
    return Response(qr.svg(url), mimetype=SVG)


@blp.get("/pickups/<uuid:pickup_id>/feedback-qr.png")
@blp.requires(*SHARERS)
@blp.response(200, {"type": "string", "format": "binary"}, content_type=PNG)
@blp.raises(NotFound, NothingToRateYet)
def get_feedback_qr_picture(pickup_id):
    """Show the same QR code as a PNG, for screens that draw no SVG."""
    url = services.links.feedback_url(session(), pickup_id=pickup_id, by=principal(), now=now())
    return Response(qr.png(url), mimetype=PNG)


@blp.get("/links/<token>")
@blp.public
@blp.response(200, LinkSchema)
@blp.raises(LinkUnknown, LinkExpired, LinkRevoked)
def get_link(token):
    """Show what stands behind a link. Changes nothing, however often it is asked."""
    opened = services.links.open_by_token(session(), token=token, verb=LinkVerb.READ, now=now())
    return services.links.view(session(), opened, now=now())


@blp.post("/links/<token>/readiness")
@blp.public
@blp.arguments(AnswerReadinessSchema)
@blp.response(200, LinkSchema)
@blp.raises(LinkUnknown, LinkExpired, LinkRevoked, CourierHasArrived, MinutesNotOffered)
def answer_readiness(said, token):
    """Say whether the goods are ready. Can be said again until the courier arrives."""
    opened = services.links.open_by_token(session(), token=token, verb=LinkVerb.ANSWER_READINESS, now=now())
    services.readiness.answer(session(), through=opened, said=said, now=now())
    return services.links.view(session(), opened, now=now())


@blp.post("/links/<token>/extension")
@blp.public
@blp.arguments(AskExtensionSchema)
@blp.response(200, LinkSchema)
@blp.raises(LinkUnknown, LinkExpired, LinkRevoked, WaitNotRunning, ExtensionAlreadyAsked, ExtensionTooLong)
def ask_extension(body, token):
    """Ask for more time while the courier waits; once per wait."""
    opened = services.links.open_by_token(session(), token=token, verb=LinkVerb.ASK_EXTENSION, now=now())
    services.waits.request_extension(
        session(), pickup_id=opened.the_pickup.id, **body, asked_by="contact", now=now()
    )
    return services.links.view(session(), opened, now=now())


@blp.get("/links/<token>/slots")
@blp.public
@blp.response(200, SlotsSchema)
@blp.raises(LinkUnknown, LinkExpired, LinkRevoked)
def list_slots(token):
    """Show the next free times to choose from. None where no other time can be chosen any more."""
    opened = services.links.open_by_token(session(), token=token, verb=LinkVerb.READ_SLOTS, now=now())
    return {
        "slots": services.slots.free(session(), pickup=opened.the_pickup, now=now()),
        "server_now": now(),
    }


@blp.post("/links/<token>/rescheduling")
@blp.public
@blp.arguments(ChooseSlotSchema)
@blp.response(200, LinkSchema)
@blp.raises(LinkUnknown, LinkExpired, LinkRevoked, SlotTaken, PickupStateForbids)
def choose_slot(body, token):
    """Choose another time; after a visit that did not work out it becomes a pickup of its own.

    When it was taken meanwhile, the refusal names in `slots` what is free now.
    """
    opened = services.links.open_by_token(session(), token=token, verb=LinkVerb.CHOOSE_SLOT, now=now())
    services.slots.choose(session(), through=opened, **body, now=now())
    return services.links.view(session(), opened, now=now())


@blp.post("/links/<token>/preferences")
@blp.public
@blp.arguments(ChangePreferencesSchema)
@blp.response(200, LinkSchema)
@blp.raises(LinkUnknown, LinkExpired, LinkRevoked, ChannelNotPossible, HoursImpossible)
def change_preferences(wished, token):
    """Say whether, how and at which hours to be written to. What is left out is as the branch does it."""
    opened = services.links.open_by_token(session(), token=token, verb=LinkVerb.CHANGE_PREFERENCES, now=now())
    services.preferences.change(session(), through=opened, preferences=wished, now=now())
    return services.links.view(session(), opened, now=now())


@blp.post("/links/<token>/feedback")
@blp.public
@blp.arguments(GiveFeedbackSchema)
@blp.response(200, LinkSchema)
@blp.raises(LinkUnknown, LinkExpired, LinkRevoked, ReasonNotOffered, FeedbackIsFinal)
def give_feedback(rating, token):
    """Rate the pickup, or change the rating within 24 hours."""
    opened = services.links.open_by_token(session(), token=token, verb=LinkVerb.GIVE_FEEDBACK, now=now())
    services.feedback.give(session(), through=opened, rating=rating, came_from=request.remote_addr, now=now())
    return services.links.view(session(), opened, now=now())


@blp.post("/links/<token>/case")
@blp.public
@blp.arguments(ComplainSchema)
@blp.response(200, LinkSchema)
@blp.raises(LinkUnknown, LinkExpired, LinkRevoked, CategoryNotOffered, WrittenTooOften)
def complain(complaint, token):
    """Complain, three times a day at most. The answer says who has it, until when, and where to follow it."""
    opened = services.links.open_by_token(session(), token=token, verb=LinkVerb.COMPLAIN, now=now())
    services.cases.complain(session(), through=opened, complaint=complaint, now=now())
    return services.links.view(session(), opened, now=now())


@blp.post("/links/<token>/case/answer")
@blp.public
@blp.arguments(ReplyToCaseSchema)
@blp.response(200, LinkSchema)
@blp.raises(LinkUnknown, LinkExpired, LinkRevoked, WrittenTooOften)
def answer_case_by_link(body, token):
    """Write to one's case. One that was answered or closed is open again."""
    opened = services.links.open_by_token(session(), token=token, verb=LinkVerb.ANSWER_CASE, now=now())
    services.cases.answer_by_contact(session(), through=opened, **body, now=now())
    return services.links.view(session(), opened, now=now())
