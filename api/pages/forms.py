"""What comes back in the pages' forms: the one-time value, and fields read by the JSON twins' schemas."""

from datetime import datetime
from typing import Any, cast

import marshmallow as ma
from flask import current_app, request

from api.domain import form_value
from api.domain.cases import LONGEST_TEXT, Complaint
from api.domain.errors import Invalid
from api.domain.feedback import REASONS, SCORES, Rating
from api.domain.link_policy import ALLOWED, LinkVerb
from api.domain.preferences import Preferences
from api.domain.readiness import Said
from api.domain.vocabulary import ReadinessAnswer
from api.queries.links import FeedbackView, LinkView
from api.queries.preferences import PreferencesView
from api.schemas.base import Schema
from api.schemas.links import (
    AnswerReadinessSchema,
    AskExtensionSchema,
    ChangePreferencesSchema,
    ChooseSlotSchema,
    ComplainSchema,
    GiveFeedbackSchema,
    ReplyToCaseSchema,
)
from api.web.context import now

WANTED, NOT_WANTED = "wanted", "none"
WISHES = (WANTED, NOT_WANTED)
FIELDS = (
    "answer",
    "minutes",
    "goods_packed",
    "papers_printed",
    "parcels",
    "score",
    "about",
    "comment",
    "slot_start",
    "category",
    "text",
    "messages",
    "channel",
    "hours_start",
    "hours_end",
)


def one_time_values(view: LinkView) -> dict[str, str]:
    """Return a fresh value for everything that the page's link may change."""
    signer = current_app.config["BROWSER_SIGNER"]
    return {verb.value: signer.sign(_purpose(view, verb), now()) for verb in ALLOWED[view.purpose]}


def check_one_time_value(view: LinkView, verb: LinkVerb) -> None:
    """Raise FormOutdated or FormTooFast unless the form carries a value made for this page as it stands."""
    signer = current_app.config["BROWSER_SIGNER"]
    value = request.form.get("form_value", "")
    form_value.check_age(signer.age_seconds(value, _purpose(view, verb), now()))


def said() -> Said:
    """Read the answer to "is it ready?". The ticks are None where the page did not ask for them."""
    form = request.form
    answer = form.get("answer")
    raw: dict[str, Any] = {"answer": answer}
    if answer == ReadinessAnswer.IN_MINUTES:
        raw["minutes"] = _whole("minutes")
    if answer == ReadinessAnswer.READY and "ticks" in form:
        raw["goods_packed"] = "goods_packed" in form
        raw["papers_printed"] = "papers_printed" in form
        raw["parcels"] = _whole("parcels")
    return cast(Said, _load(AnswerReadinessSchema(), raw))


def extension_minutes() -> int:
    asked: dict[str, int] = _load(AskExtensionSchema(), {"minutes": _whole("minutes")})
    return asked["minutes"]


def rating() -> Rating:
    """Read a rating. Reasons chosen before another face was are left out: the page no longer shows them."""
    form = request.form
    score = _whole("score")
    offered = REASONS.get(score if isinstance(score, int) else 0, ())
    raw = {
        "score": score,
        "reasons": [reason for reason in form.getlist("reasons") if reason in offered],
        "about": form.get("about") or None,
        "comment": form.get("comment"),
        "call_me_back": "call_me_back" in form,
    }
    return cast(Rating, _load(GiveFeedbackSchema(), raw))


def slot_start() -> datetime:
    chosen: dict[str, datetime] = _load(ChooseSlotSchema(), {"slot_start": request.form.get("slot_start")})
    return chosen["slot_start"]


def complaint() -> Complaint:
    raw = {name: request.form.get(name) for name in ("category", "text")}
    return cast(Complaint, _load(ComplainSchema(), raw))


def case_answer() -> str:
    said: dict[str, str] = _load(ReplyToCaseSchema(), {"text": request.form.get("text")})
    return said["text"]


def preferences() -> Preferences:
    """Read what a contact wishes about our messages; what he left empty is as the branch does it."""
    form = request.form
    if form.get("messages") not in WISHES:
        raise Invalid({"messages": ["Choose one."]})
    wished = {name: form.get(name) or None for name in ("channel", "hours_start", "hours_end")}
    raw = {"opted_out": form["messages"] == NOT_WANTED, **wished}
    return cast(Preferences, _load(ChangePreferencesSchema(), raw))


def typed(view: LinkView) -> dict[str, Any]:
    """Return what the form shows as filled in: what was just sent, what was said before, or `?score=`."""
    if request.method == "POST":
        # Cut, so that a page which shows a flood again does not become one.
        sent = {name: request.form.get(name, "")[:LONGEST_TEXT] or None for name in FIELDS}
        return sent | {
            "reasons": request.form.getlist("reasons"),
            "call_me_back": "call_me_back" in request.form,
        }
    return {**dict.fromkeys(FIELDS), **_rating_so_far(view.feedback), **_wishes_so_far(view.preferences)}


def _rating_so_far(feedback: FeedbackView | None) -> dict[str, Any]:
    if feedback is not None:
        return {
            "score": str(feedback.score),
            "reasons": list(feedback.reasons),
            "about": feedback.about,
            "comment": feedback.comment,
            "call_me_back": feedback.call_me_back,
        }
    wished = request.args.get("score", "")
    preselected = wished if wished in {str(score) for score in SCORES} else None
    return {"score": preselected, "reasons": [], "call_me_back": False}


def _wishes_so_far(preferences: PreferencesView | None) -> dict[str, Any]:
    if preferences is None:
        return {}
    wishes = preferences.wishes
    return {
        "messages": NOT_WANTED if wishes.opted_out else WANTED,
        "channel": wishes.channel,
        "hours_start": wishes.hours_start and wishes.hours_start.strftime("%H:%M"),
        "hours_end": wishes.hours_end and wishes.hours_end.strftime("%H:%M"),
    }


def _purpose(view: LinkView, verb: LinkVerb) -> str:
    return form_value.purpose(view.id, verb, _version(view, verb))


def _version(view: LinkView, verb: LinkVerb) -> int:
    """Count the changes so far to what a verb changes: any further one voids the values handed out before."""
    match verb:
        case LinkVerb.GIVE_FEEDBACK:
            return view.feedback.version if view.feedback else 0
        case LinkVerb.ASK_EXTENSION:
            return 2 * view.wait.attempt + (view.wait.extension is not None) if view.wait else 0
        case LinkVerb.COMPLAIN | LinkVerb.ANSWER_CASE:
            return view.case.version if view.case else 0
        case LinkVerb.CHANGE_PREFERENCES:
            return view.preferences.version if view.preferences else 0
        case _:
            return view.answers_given


def _whole(name: str) -> int | str | None:
    """Return a number as a number; what is none stays as it is, for the schema to refuse by its field."""
    text = request.form.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text or None


def _load(schema: Schema, raw: dict[str, Any]) -> Any:
    try:
        return schema.load(raw)
    except ma.ValidationError as error:
        raise Invalid(error.messages_dict) from None
