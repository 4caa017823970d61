"""Who is told what about a wait, as tellings: the ladder's rungs, a leave, more time.

Nothing is written here but a link for a message; what is of no more use is not told at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.notice_kinds import KINDS, NoticeKind, Telling, Variable
from api.domain.rung_notices import dedupe_key
from api.domain.vocabulary import LinkPurpose
from api.queries.door_steps import AnyWait
from api.services import link_issuing
from api.services.contact_rules import ContactRules


class Occasion(NamedTuple):
    """Which wait something is told about, in which generation of its clock, and when it happened."""

    branch_id: UUID
    pickup_id: UUID
    wait_id: UUID
    generation: int
    at: datetime


class Dispatchers:
    """Who is on the dispatcher's desk at present, asked once per branch and unit of work."""

    def __init__(self, session: Session, *, now: datetime) -> None:
        self._session = session
        self._now = now
        self._known: dict[UUID, Sequence[UUID]] = {}

    def of(self, branch_id: UUID) -> Sequence[UUID]:
        if branch_id not in self._known:
            found = queries.staff.dispatchers_on_duty(self._session, branch_id, now=self._now)
            self._known[branch_id] = found
        return self._known[branch_id]


def occasion_of(wait: AnyWait, *, at: datetime) -> Occasion:
    return Occasion(wait.branch_id, wait.pickup_id, wait.id, wait.generation, at)


def to_staff(
    kind: NoticeKind,
    occasion: Occasion,
    recipients: Iterable[UUID],
    *,
    variables: dict[str, Variable] | None = None,
    now: datetime,
) -> list[Telling]:
    """Tell each recipient once; nobody when what happened is of no more use to know."""
    useful_until = occasion.at + KINDS[kind].useful_for
    if useful_until <= now:
        return []
    return [
        Telling(
            kind,
            occasion.branch_id,
            dedupe_key(kind, wait_id=occasion.wait_id, generation=occasion.generation, staff_id=staff_id),
            staff_id=staff_id,
            pickup_id=occasion.pickup_id,
            wait_id=occasion.wait_id,
            variables=variables or {},
            useful_until=useful_until,
        )
        for staff_id in dict.fromkeys(recipients)
    ]


def nudges(session: Session, due: Sequence[tuple[Occasion, datetime]], *, now: datetime) -> list[Telling]:
    """Tell contacts until when the courier can wait: in their hours, within limits, unless they opted out."""
    due = [
        (occasion, deadline) for occasion, deadline in due if _is_of_use(NoticeKind.WAIT_NUDGE, occasion, now)
    ]
    if not due:
        return []
    pickup_ids = {occasion.pickup_id for occasion, _ in due}
    contacts = queries.wait_contacts.of_pickups(session, pickup_ids, now=now)
    rules = ContactRules(session, now=now)
    willing = {contact.pickup_id: contact for contact in contacts.values() if rules.let_through(contact)}
    link_ids = link_issuing.issue_all(session, purpose=LinkPurpose.PICKUP, contacts=willing.values(), now=now)
    return [
        _to_contact(
            NoticeKind.WAIT_NUDGE,
            occasion,
            willing[occasion.pickup_id].contact_id,
            link_id=link_ids[occasion.pickup_id],
            variables={"deadline_at": deadline_at},
        )
        for occasion, deadline_at in due
        if occasion.pickup_id in willing
    ]


def farewell(session: Session, occasion: Occasion, *, now: datetime) -> list[Telling]:
    """Tell the contact of a protected leave, politely, with a link to choose another time.

    As every message: in his hours, within limits, unless he opted out.
    """
    if not _is_of_use(NoticeKind.WAIT_LEFT, occasion, now):
        return []
    contact = queries.wait_contacts.of_pickups(session, [occasion.pickup_id], now=now)[occasion.pickup_id]
    if not ContactRules(session, now=now).let_through(contact):
        return []
    link_ids = link_issuing.issue_all(session, purpose=LinkPurpose.RESCHEDULE, contacts=[contact], now=now)
    link_id = link_ids[occasion.pickup_id]
    return [_to_contact(NoticeKind.WAIT_LEFT, occasion, contact.contact_id, link_id=link_id, variables={})]


def _to_contact(
    kind: NoticeKind,
    occasion: Occasion,
    contact_id: UUID,
    *,
    link_id: UUID,
    variables: dict[str, Variable],
) -> Telling:
    return Telling(
        kind,
        occasion.branch_id,
        f"{kind}:{occasion.wait_id}:{contact_id}",
        contact_id=contact_id,
        pickup_id=occasion.pickup_id,
        wait_id=occasion.wait_id,
        link_id=link_id,
        variables=variables,
        useful_until=occasion.at + KINDS[kind].useful_for,
    )


def _is_of_use(kind: NoticeKind, occasion: Occasion, now: datetime) -> bool:
    return occasion.at + KINDS[kind].useful_for > now
