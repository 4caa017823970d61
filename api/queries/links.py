"""Links: by id, by the hash of their token, and the view of what stands behind one.

The view shows the minimum: no phone, no name of a person, no address. Whether a link may be used is
decided by `services.links`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from api.domain import feedback as feedback_rules
from api.domain.branch_policy import BranchPolicy
from api.domain.vocabulary import FeedbackAbout, FeedbackReason, LinkPurpose, PickupState
from api.models import Branch, Case, Link, Pickup, ReadinessRecord, Site
from api.queries import branches, cases, driver, feedback, positions, preferences, readiness, slots, waits
from api.queries.among import among
from api.queries.cases import CaseView, LastComplaint
from api.queries.insertion import insert_rows
from api.queries.preferences import PreferencesView
from api.queries.wait_views import WaitView


@dataclass(frozen=True, slots=True)
class BranchSign:
    """How a branch presents itself to a contact."""

    name: str
    hotline: str | None
    timezone: str
    accent_colour: str | None
    logo_sha256: str | None


@dataclass(frozen=True, slots=True)
class PickupSign:
    """As much of a pickup as a stranger with the link may see."""

    state: PickupState
    window_start: datetime
    window_end: datetime
    eta_at: datetime | None
    site_name: str
    papers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeedbackView:
    score: int
    reasons: tuple[FeedbackReason, ...]
    about: FeedbackAbout | None
    comment: str | None
    call_me_back: bool
    version: int
    given_at: datetime
    editable_until: datetime


@dataclass(frozen=True, slots=True)
class LinkView:
    """What stands behind a link at `server_now`. `wished_at`: when another time was asked for through it.

    `next_pickup` is what was agreed on after a visit that did not work out, `preferences_url` where the
    contact says how he wants to be written to, `case_url` where he follows his case, and `last_complaint`
    what became of the one before.
    """

    id: UUID
    purpose: LinkPurpose
    expires_at: datetime
    branch: BranchSign
    policy: BranchPolicy
    pickup: PickupSign | None
    next_pickup: PickupSign | None
    readiness: ReadinessRecord | None
    answers_given: int
    wait: WaitView | None
    courier_is_about_m: int | None
    feedback: FeedbackView | None
    wished_at: datetime | None
    preferences: PreferencesView | None
    preferences_url: str | None
    case: CaseView | None
    case_url: str | None
    last_complaint: LastComplaint | None
    server_now: datetime


class LiveLink(NamedTuple):
    """As much of a link that has not ended as whoever would issue another one must know."""

    id: UUID
    pickup_id: UUID | None
    contact_id: UUID
    key_id: str
    expires_at: datetime


_LIVE = (
    select(Link.id, Link.pickup_id, Link.contact_id, Link.key_id, Link.expires_at)
    .where(Link.revoked_at.is_(None), Link.expires_at > bindparam("now"))
    .order_by(Link.id)
)
LIVE_OF_PICKUPS = _LIVE.where(among(Link.pickup_id, "pickup_ids"), Link.purpose == bindparam("purpose"))
LIVE_PREFERENCES = _LIVE.where(among(Link.contact_id, "contact_ids"), Link.purpose == LinkPurpose.PREFERENCES)
PROLONG = update(Link).where(Link.id == bindparam("link_id"))


def find(session: Session, link_id: UUID) -> Link | None:
    return session.get(Link, link_id)


def find_by_token_hash(session: Session, token_sha256: str) -> Link | None:
    return session.scalar(select(Link).where(Link.token_sha256 == token_sha256))


def find_live(
    session: Session, *, purpose: LinkPurpose, contact_id: UUID, pickup_id: UUID, now: datetime
) -> Link | None:
    """Return the newest link of this purpose for this contact and pickup that has not ended."""
    return session.scalar(
        select(Link)
        .where(
            Link.pickup_id == pickup_id,
            Link.purpose == purpose,
            Link.contact_id == contact_id,
            Link.revoked_at.is_(None),
            Link.expires_at > now,
        )
        .order_by(Link.id.desc())
        .limit(1)
    )


def live_of_case(session: Session, *, case_id: UUID, contact_id: UUID, now: datetime) -> Link | None:
    """Return the newest link to this case that this contact holds and that has not ended."""
    return session.scalar(
        select(Link)
        .where(
            Link.case_id == case_id,
            Link.purpose == LinkPurpose.CASE,
            Link.contact_id == contact_id,
            Link.revoked_at.is_(None),
            Link.expires_at > now,
        )
        .order_by(Link.id.desc())
        .limit(1)
    )


def live_preferences(
    session: Session, contact_ids: Collection[UUID], *, now: datetime
) -> dict[UUID, LiveLink]:
    """Return the newest living preferences link of each of these contacts who has one."""
    session.flush()
    given = {"contact_ids": list(contact_ids), "now": now}
    found = [LiveLink(*row) for row in driver.rows(session, LIVE_PREFERENCES, given)]
    return {link.contact_id: link for link in found}


def live_of_pickups(
    session: Session, *, purpose: LinkPurpose, pickup_ids: Collection[UUID], now: datetime
) -> list[LiveLink]:
    """Return the links of this purpose that have not ended, newest last."""
    session.flush()
    given = {"pickup_ids": list(pickup_ids), "purpose": purpose, "now": now}
    return [LiveLink(*row) for row in driver.rows(session, LIVE_OF_PICKUPS, given)]


def prolong(session: Session, until: Mapping[UUID, datetime]) -> None:
    """Let these links end then, by their ids."""
    driver.update(session, PROLONG, [{"link_id": one, "expires_at": at} for one, at in until.items()])


def set_end_of_case(session: Session, case_id: UUID, *, until: datetime) -> None:
    """Let every link to this case that is not revoked end then."""
    of_case = update(Link).where(Link.case_id == case_id, Link.revoked_at.is_(None))
    session.execute(of_case.values(expires_at=until))


def write(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    insert_rows(session, Link, rows)


def held_by(session: Session, *, contact_id: UUID, pickup_id: UUID) -> Sequence[Link]:
    """Return every link of a contact to a pickup itself that has not been revoked; a case is his own."""
    return session.scalars(
        select(Link).where(
            Link.pickup_id == pickup_id,
            Link.contact_id == contact_id,
            Link.case_id.is_(None),
            Link.revoked_at.is_(None),
        )
    ).all()


def branch_sign(session: Session, branch_id: UUID) -> BranchSign:
    branch = session.get_one(Branch, branch_id)
    return BranchSign(branch.name, branch.hotline, branch.timezone, branch.accent_colour, branch.logo_sha256)


def view(
    session: Session,
    link: Link,
    pickup: Pickup | None,
    case: Case | None,
    *,
    preferences_url: str | None,
    case_url: str | None,
    now: datetime,
) -> LinkView:
    """Return what the link's purpose concerns; the rest is None, as if it did not exist."""
    prepared = pickup if link.purpose is LinkPurpose.PICKUP else None
    rated = pickup if link.purpose is LinkPurpose.FEEDBACK else None
    is_about_wishes = link.purpose is LinkPurpose.PREFERENCES
    is_about_case = link.purpose is LinkPurpose.CASE
    wish = (
        readiness.newest_answer_through(session, link.id) if link.purpose is LinkPurpose.RESCHEDULE else None
    )
    return LinkView(
        id=link.id,
        purpose=link.purpose,
        expires_at=link.expires_at,
        branch=branch_sign(session, link.branch_id),
        policy=branches.policy(session, link.branch_id),
        pickup=_pickup_sign(session, pickup) if pickup else None,
        next_pickup=_next_pickup(session, pickup) if link.purpose is LinkPurpose.RESCHEDULE else None,
        readiness=(
            readiness.newest_answer(session, prepared.id) if prepared and prepared.readiness_answer else None
        ),
        answers_given=readiness.count_answers(session, pickup.id) if pickup else 0,
        wait=waits.latest_view(session, prepared.id, now=now) if prepared else None,
        courier_is_about_m=positions.courier_is_about_m(session, prepared, now=now) if prepared else None,
        feedback=_feedback_view(session, rated.id) if rated else None,
        wished_at=wish.answered_at if wish else None,
        preferences=preferences.of(session, link.contact_id) if is_about_wishes else None,
        preferences_url=preferences_url,
        case=cases.view_of(session, case, with_messages=is_about_case) if case else None,
        case_url=case_url,
        last_complaint=(
            cases.last_outcome_for(session, link.contact_id, except_pickup_id=rated.id) if rated else None
        ),
        server_now=now,
    )


def _next_pickup(session: Session, pickup: Pickup | None) -> PickupSign | None:
    newest = slots.newest_try(session, pickup) if pickup else None
    return None if newest is None or newest is pickup else _pickup_sign(session, newest)


def _pickup_sign(session: Session, pickup: Pickup) -> PickupSign:
    site = session.execute(select(Site.name, Site.papers).where(Site.id == pickup.site_id)).one()
    return PickupSign(
        state=pickup.state,
        window_start=pickup.window_start,
        window_end=pickup.window_end,
        eta_at=pickup.eta_at,
        site_name=site.name,
        papers=tuple(site.papers or ()),
    )


def _feedback_view(session: Session, pickup_id: UUID) -> FeedbackView | None:
    given = feedback.find_of_pickup(session, pickup_id)
    if given is None:
        return None
    return FeedbackView(
        score=given.score,
        reasons=tuple(FeedbackReason(reason) for reason in given.reasons),
        about=given.about,
        comment=given.comment,
        call_me_back=given.call_me_back,
        version=given.version,
        given_at=given.given_at,
        editable_until=feedback_rules.editable_until(given.given_at),
    )
