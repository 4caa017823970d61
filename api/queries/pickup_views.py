"""Pickups as people are shown them: with their site, the contact's answer, and how far it can be believed.

Which pickups somebody sees is decided by those who call this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.domain.contacts import masked_name
from api.domain.pickups import BEFORE_ARRIVAL
from api.domain.principal import Principal
from api.domain.promises import PromiseAccuracy
from api.domain.readiness import colour_for, expected_at, proposed_step
from api.domain.vocabulary import ProposedStep, ReadinessAnswer, ReadinessColour, Role
from api.models import Contact, Customer, Pickup, Site
from api.queries import branches, promises


@dataclass(frozen=True, slots=True)
class ReadinessView:
    """The contact's newest answer and how old it is; all None, and grey, while there is none."""

    answer: ReadinessAnswer | None
    answered_at: datetime | None
    age_seconds: int | None
    promised_ready_at: datetime | None
    goods_packed: bool | None
    papers_printed: bool | None
    colour: ReadinessColour


@dataclass(frozen=True, slots=True)
class PromisesView:
    """What became of the newest promises at a site, and whether that is a warning to the courier."""

    accuracy: PromiseAccuracy
    often_broken: bool


@dataclass(frozen=True, slots=True)
class PickupView:
    """A pickup with what its courier needs beside it. Couriers see the contact's family name only.

    `proposed_step` is what the contact's answer proposes to the dispatchers, while nobody has come.
    """

    pickup: Pickup
    site: Site
    customer_name: str
    contact_name: str
    readiness: ReadinessView
    promises: PromisesView
    proposed_step: ProposedStep | None
    server_now: datetime

    @property
    def version(self) -> int:
        return self.pickup.version


def views(session: Session, pickups: Sequence[Pickup], by: Principal, now: datetime) -> list[PickupView]:
    """Return the views in the order of the pickups; three statements, however many they are."""
    if not pickups:
        return []
    beside = {
        pickup_id: (site, customer_name, contact_name)
        for pickup_id, site, customer_name, contact_name in session.execute(
            select(Pickup.id, Site, Customer.name, Contact.name)
            .join(Site, Site.id == Pickup.site_id)
            .join(Customer, Customer.id == Pickup.customer_id)
            .join(Contact, Contact.id == Pickup.contact_id)
            .where(Pickup.id.in_([pickup.id for pickup in pickups]))
        )
    }
    believed = _promises(session, {pickup.site_id for pickup in pickups}, by.branch_id)
    return [_view(pickup, *beside[pickup.id], believed[pickup.site_id], by=by, now=now) for pickup in pickups]


def _promises(session: Session, site_ids: set[UUID], branch_id: UUID) -> dict[UUID, PromisesView]:
    policy = branches.policy(session, branch_id)
    return {
        site_id: PromisesView(accuracy, accuracy.is_doubtful(policy))
        for site_id, accuracy in promises.of_sites(session, site_ids).items()
    }


def _view(
    pickup: Pickup,
    site: Site,
    customer_name: str,
    contact_name: str,
    believed: PromisesView,
    *,
    by: Principal,
    now: datetime,
) -> PickupView:
    return PickupView(
        pickup=pickup,
        site=site,
        customer_name=customer_name,
        contact_name=masked_name(contact_name) if by.role is Role.COURIER else contact_name,
        readiness=_readiness(pickup, now),
        promises=believed,
        proposed_step=proposed_step_of(pickup),
        server_now=now,
    )


def proposed_step_of(pickup: Pickup) -> ProposedStep | None:
    """Return what the newest answer proposes, judged by when the courier was expected as it was given."""
    answered_at = pickup.readiness_answered_at
    if answered_at is None or pickup.state not in BEFORE_ARRIVAL:
        return None
    expected = max(expected_at(pickup.window_start, pickup.eta_at), answered_at)
    return proposed_step(pickup.readiness_answer, pickup.promised_ready_at, expected)


def _readiness(pickup: Pickup, now: datetime) -> ReadinessView:
    answered_at = pickup.readiness_answered_at
    return ReadinessView(
        answer=pickup.readiness_answer,
        answered_at=answered_at,
        age_seconds=None if answered_at is None else int((now - answered_at).total_seconds()),
        promised_ready_at=pickup.promised_ready_at,
        goods_packed=pickup.goods_packed,
        papers_printed=pickup.papers_printed,
        colour=colour_for(
            pickup.readiness_answer,
            goods_packed=pickup.goods_packed,
            papers_printed=pickup.papers_printed,
        ),
    )
