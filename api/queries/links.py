"""Links: by id, by the hash of their token, and the view of what stands behind one.

The view shows the minimum: no phone, no name of a person, no address. Whether a link may be used is
decided by `services.links`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from api.domain import feedback as feedback_rules
from api.domain.branch_policy import BranchPolicy
from api.domain.vocabulary import FeedbackAbout, FeedbackReason, LinkPurpose, PickupState
from api.models import Branch, Link, Pickup, ReadinessRecord, Site
from api.queries import branches, feedback, readiness, waits
from api.queries.insertion import insert_rows
from api.queries.wait_views import WaitView


@dataclass(frozen=True, slots=True)
class BranchSign:
    """How a branch presents itself to a contact."""

    name: str
    hotline: str | None
    timezone: str


@dataclass(frozen=True, slots=True)
class PickupSign:
    """As much of a pickup as a stranger with the link may see."""

    state: PickupState
    window_start: datetime
    window_end: datetime
    eta_at: datetime | None
    site_name: str


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
    """What stands behind a link at `server_now`. `wished_at`: when another time was asked for through it."""

    id: UUID
    purpose: LinkPurpose
    expires_at: datetime
    branch: BranchSign
    policy: BranchPolicy
    pickup: PickupSign
    readiness: ReadinessRecord | None
    answers_given: int
    wait: WaitView | None
    feedback: FeedbackView | None
    wished_at: datetime | None
    server_now: datetime


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


def live_of_pickups(
    session: Session, *, purpose: LinkPurpose, pickup_ids: Collection[UUID], now: datetime
) -> Sequence[Row[UUID, UUID | None, UUID, str, datetime]]:
    """Return id, pickup, contact, key and end of links of this purpose that have not ended, newest last."""
    return session.execute(
        select(Link.id, Link.pickup_id, Link.contact_id, Link.key_id, Link.expires_at)
        .where(
            Link.pickup_id.in_(pickup_ids),
            Link.purpose == purpose,
            Link.revoked_at.is_(None),
            Link.expires_at > now,
        )
        .order_by(Link.id)
    ).all()


def prolong(session: Session, link_id: UUID, *, until: datetime) -> None:
    session.execute(update(Link).where(Link.id == link_id).values(expires_at=until))


def write(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    insert_rows(session, Link, rows)


def held_by(session: Session, *, contact_id: UUID, pickup_id: UUID) -> Sequence[Link]:
    """Return every link of a contact for a pickup that has not been revoked."""
    return session.scalars(
        select(Link).where(
            Link.pickup_id == pickup_id, Link.contact_id == contact_id, Link.revoked_at.is_(None)
        )
    ).all()


def branch_sign(session: Session, branch_id: UUID) -> BranchSign:
    branch = session.get_one(Branch, branch_id)
    return BranchSign(branch.name, branch.hotline, branch.timezone)


def view(session: Session, link: Link, pickup: Pickup, *, now: datetime) -> LinkView:
    """Return what the link's purpose concerns; the rest is None, as if it did not exist."""
    is_for_pickup = link.purpose is LinkPurpose.PICKUP
    has_answer = is_for_pickup and pickup.readiness_answer is not None
    wish = (
        readiness.newest_answer_through(session, link.id) if link.purpose is LinkPurpose.RESCHEDULE else None
    )
    return LinkView(
        id=link.id,
        purpose=link.purpose,
        expires_at=link.expires_at,
        branch=branch_sign(session, link.branch_id),
        policy=branches.policy(session, link.branch_id),
        pickup=_pickup_sign(session, pickup),
        readiness=readiness.newest_answer(session, pickup.id) if has_answer else None,
        answers_given=readiness.count_answers(session, pickup.id),
        wait=waits.latest_view(session, pickup.id, now=now) if is_for_pickup else None,
        feedback=_feedback_view(session, pickup.id) if link.purpose is LinkPurpose.FEEDBACK else None,
        wished_at=wish.answered_at if wish else None,
        server_now=now,
    )


def _pickup_sign(session: Session, pickup: Pickup) -> PickupSign:
    site_name = session.execute(select(Site.name).where(Site.id == pickup.site_id)).scalar_one()
    return PickupSign(pickup.state, pickup.window_start, pickup.window_end, pickup.eta_at, site_name)


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
