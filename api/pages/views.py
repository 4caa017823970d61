"""Which page a link shows, and what stands on it. The words are in the templates."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import request

from api.domain import feedback as feedback_rules
from api.domain.errors import DomainError, Invalid
from api.domain.readiness import MINUTES_OFFERED
from api.domain.vocabulary import LinkPurpose, Locale
from api.domain.wait_policy import WaitClock
from api.pages import forms
from api.pages.keys import Address
from api.pages.templating import Reader, render
from api.queries.links import LinkView
from api.web.context import locale as preferred_locale

SHORT_EXTENSION_MINUTES = 3
# What a field's absence means to the person who left it out.
FIELD_REFUSALS = {"answer": "choose_an_answer", "minutes": "minutes_not_offered", "score": "score_needed"}


def page(view: LinkView, address: Address, refusal: DomainError | None = None) -> str:
    """Return the page of a link as HTML; with a refusal, the form again as it was filled in."""
    reader = Reader(locale(), ZoneInfo(view.branch.timezone), view.server_now)
    return render(
        _template(view, refusal),
        reader,
        page=view,
        branch=view.branch,
        home=address.home,
        keep=address.keep,
        refusal=_code(refusal),
        form_values=forms.one_time_values(view),
        typed=forms.typed(view.feedback),
        minutes_offered=MINUTES_OFFERED,
        reasons_low=feedback_rules.REASONS[1],
        reasons_high=feedback_rules.REASONS[5],
        longest_comment=feedback_rules.LONGEST_COMMENT,
        **_clock(view),
        **_rating(view),
    )


def locale() -> Locale:
    """Return the language of the page: the switch's, else what the browser prefers."""
    switched = request.args.get("lang")
    return Locale(switched) if switched in list(Locale) else preferred_locale()


def _template(view: LinkView, refusal: DomainError | None) -> str:
    if view.purpose is LinkPurpose.PICKUP:
        return "pickup.html"
    if view.purpose is LinkPurpose.RESCHEDULE:
        return "reschedule.html"
    wants_form = refusal is not None or "edit" in request.args
    return "feedback.html" if view.feedback is None or (wants_form and _is_editable(view)) else "thanks.html"


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
