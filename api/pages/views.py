"""Which page a link shows, and what stands on it. The words are in the templates."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, request

from api import services
from api.domain import cases as case_rules
from api.domain import feedback as feedback_rules
from api.domain.errors import DomainError, Invalid
from api.domain.link_policy import ALLOWED, LinkVerb
from api.domain.readiness import MINUTES_OFFERED
from api.domain.slots import Slot
from api.domain.vocabulary import LinkPurpose, Locale, ReadinessAnswer
from api.domain.wait_policy import WaitClock
from api.pages import forms
from api.pages.keys import Address
from api.pages.templating import Reader, render
from api.queries.links import LinkView
from api.services.links import OpenLink
from api.web.context import locale as preferred_locale
from api.web.context import session, this_moment

SHORT_EXTENSION_MINUTES = 3
AGREED, COMPLAINT, SAVED = "agreed", "complaint", "saved"
TEMPLATES = {
    LinkPurpose.PICKUP: "pickup.html",
    LinkPurpose.RESCHEDULE: "reschedule.html",
    LinkPurpose.CASE: "case.html",
    LinkPurpose.PREFERENCES: "preferences.html",
}
# What a field's absence means to the person who left it out.
FIELD_REFUSALS = {
    "answer": "choose_an_answer",
    "minutes": "minutes_not_offered",
    "score": "score_needed",
    "slot_start": "slot_needed",
    "category": "category_needed",
    "text": "text_needed",
    "hours_start": "hours_impossible",
    "hours_end": "hours_impossible",
}


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody's look at a link's page; with what he sent there just now, if that was refused."""

    opened: OpenLink
    view: LinkView
    address: Address
    sent: LinkVerb | None = None
    refusal: DomainError | None = None


def page(visit: Visit) -> Response:
    """Return the page of a link; with a refusal, the form again as it was filled in."""
    view, address = visit.view, visit.address
    slots = _slots(visit)
    return render(
        _template(visit),
        Reader(locale(), ZoneInfo(view.branch.timezone), view.server_now),
        page=view,
        branch=view.branch,
        home=address.home,
        keep=address.keep,
        show=_shown(),
        preferences_url=view.preferences_url if view.preferences is None else None,
        refusal=_code(visit.refusal),
        refused_verb=visit.sent if visit.refusal else None,
        form_values=forms.one_time_values(view),
        typed=forms.typed(view),
        slots=slots,
        minutes_offered=MINUTES_OFFERED,
        reasons_low=feedback_rules.REASONS[1],
        reasons_high=feedback_rules.REASONS[5],
        longest_comment=feedback_rules.LONGEST_COMMENT,
        categories_offered=case_rules.OFFERED,
        longest_text=case_rules.LONGEST_TEXT,
        usual_hours=_usual_hours(view),
        this_moment=this_moment,
        **_clock(view),
        **_rating(view),
    )


def locale() -> Locale:
    """Return the language of the page: the switch's, else what the browser prefers."""
    switched = request.args.get("lang")
    return Locale(switched) if switched in list(Locale) else preferred_locale()


def _template(visit: Visit) -> str:
    view = visit.view
    may_complain = LinkVerb.COMPLAIN in ALLOWED[view.purpose] and view.pickup is not None
    if may_complain and (visit.sent is LinkVerb.COMPLAIN or _shown() == COMPLAINT):
        return "complaint.html"
    if view.purpose is not LinkPurpose.FEEDBACK:
        return TEMPLATES[view.purpose]
    wants_form = visit.refusal is not None or "edit" in request.args
    return "feedback.html" if view.feedback is None or (wants_form and _is_editable(view)) else "thanks.html"


def _slots(visit: Visit) -> tuple[Slot, ...]:
    """Look for free times only where they are shown: that reads the branch's next days."""
    view = visit.view
    is_moving = view.readiness is not None and view.readiness.answer is ReadinessAnswer.ANOTHER_TIME
    is_looking = view.purpose is LinkPurpose.RESCHEDULE and view.next_pickup is None
    if not (is_moving or is_looking):
        return ()
    return services.slots.free(session(), pickup=visit.opened.the_pickup, now=view.server_now)


def _shown() -> str | None:
    """Return which side of the page is asked for; what a page does not have is not asked for."""
    wanted = request.args.get("show")
    return wanted if wanted in (AGREED, COMPLAINT, SAVED) else None


def _usual_hours(view: LinkView) -> tuple[str, str]:
    policy = view.policy
    return policy.contact_hours_start.strftime("%H:%M"), policy.contact_hours_end.strftime("%H:%M")


def _clock(view: LinkView) -> dict[str, Any]:
    if view.wait is None:
        return {}
    wait = view.wait
    limit = timedelta(seconds=wait.limit_seconds)
    left = max(wait.deadline_at - view.server_now, timedelta(0))
    longest = wait.extension_max_minutes
    return {
        "amber_at": WaitClock(wait.clock_started_at, limit, wait.deadline_at).amber_at,
        "seconds_left": round(left.total_seconds(), 1),
        "share_left": round(min(100 * (left / limit), 100), 1),
        "extension_minutes": sorted({min(SHORT_EXTENSION_MINUTES, longest), longest}),
    }


def _rating(view: LinkView) -> dict[str, Any]:
    if view.feedback is None:
        return {}
    return {
        "is_low": feedback_rules.is_low(view.feedback.score, view.policy.low_score),
        "editable": _is_editable(view),
    }


def _is_editable(view: LinkView) -> bool:
    return view.feedback is not None and view.server_now < view.feedback.editable_until


def _code(refusal: DomainError | None) -> str | None:
    if isinstance(refusal, Invalid):
        fields = refusal.details["errors"]
        return next((FIELD_REFUSALS[field] for field in fields if field in FIELD_REFUSALS), refusal.code)
    return refusal.code if refusal else None
