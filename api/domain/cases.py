"""Cases: by when each must be answered, what may be done in which state, and how often one link may write.

Who owns a case, and whom it is told, is decided by the service.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from api.domain.branch_policy import BranchPolicy
from api.domain.business_hours import OpeningHours
from api.domain.errors import Conflict, Invalid, RuleBroken, TooMany
from api.domain.plain_text import plain_text
from api.domain.vocabulary import CaseCategory, CaseKind, CaseState, Role

LONGEST_TEXT = 4_000
COMPLAINTS_PER_LINK_DAY = 3
ANSWERS_PER_LINK_DAY = 20
DAY = timedelta(days=1)

OFFERED: tuple[CaseCategory, ...] = (
    CaseCategory.LATE,
    CaseCategory.CONDUCT,
    CaseCategory.DAMAGED,
    CaseCategory.LOST,
    CaseCategory.PAPERS,
    CaseCategory.PRICE,
    CaseCategory.OTHER,
)
"""What a contact can complain about, in the order of the page. The other categories are our own."""

ANSWERERS = frozenset({Role.SALES_REP, Role.SERVICE_AGENT, Role.DISPATCHER, Role.MANAGER})
"""Who can own a case and answer it."""


class CaseIsClosed(Conflict):
    """This case is closed; the contact can open it again by writing."""

    code = "case_is_closed"


class CategoryNotOffered(RuleBroken):
    """A complaint is about one of the things that are offered."""

    code = "category_not_offered"


class NotACaseOwner(RuleBroken):
    """A case is owned by somebody of the branch who can answer it."""

    code = "not_a_case_owner"


class WrittenTooOften(TooMany):
    """This link has taken all the messages it takes in a day; please call us if it is urgent."""

    code = "written_too_often"
    keeps_changes = True  # the alert about it must survive the refusal


@dataclass(frozen=True, slots=True)
class NewCase:
    """What is known of a case when it opens. `opened_for` names what opens it by itself, once."""

    branch_id: UUID
    customer_id: UUID
    kind: CaseKind
    category: CaseCategory
    contact_id: UUID | None = None
    pickup_id: UUID | None = None
    owner_id: UUID | None = None
    opened_for: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a contact complains about, in his own words."""

    category: CaseCategory
    text: str


def respond_by(kind: CaseKind, policy: BranchPolicy, hours: OpeningHours, *, now: datetime) -> datetime:
    """Return by when a case of this kind must be answered: the policy's hours, counted while we are open."""
    allowed = {
        CaseKind.COMPLAINT: policy.case_hours_complaint,
        CaseKind.INQUIRY: policy.case_hours_inquiry,
        CaseKind.EXCEPTION: policy.case_hours_exception,
    }
    return hours.after(now, timedelta(hours=allowed[kind]))


def words(text: str) -> str:
    """Return a text as it is kept; raise Invalid when nothing that can be read is in it."""
    kept = plain_text(text)
    if kept is None:
        raise Invalid({"text": ["Say something."]})
    return kept


def check_offered(category: CaseCategory) -> None:
    """Raise CategoryNotOffered for a category that only we give."""
    if category not in OFFERED:
        raise CategoryNotOffered(errors={"category": [CategoryNotOffered.__doc__]})


def check_not_closed(state: CaseState) -> None:
    """Raise CaseIsClosed: what was settled is not answered, assigned or closed once more."""
    if state is CaseState.CLOSED:
        raise CaseIsClosed()


def check_may_write(written_at: Sequence[datetime], allowed: int, *, now: datetime) -> None:
    """Raise WrittenTooOften when a link has written this often within 24 h; `written_at` is oldest first."""
    lately = [at for at in written_at if now - at < DAY]
    if len(lately) >= allowed:
        free_at = lately[-allowed] + DAY
        raise WrittenTooOften(retry_after_seconds=int((free_at - now).total_seconds()) + 1)
