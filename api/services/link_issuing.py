"""Issuing capability links to contacts: one live link for each contact, purpose and pickup or case.

Whoever gets any link gets one to say how he wants to be written to, too. What links open is in `links`.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from api import queries, security
from api.domain import link_policy
from api.domain.vocabulary import LinkPurpose, PickupState
from api.models import Case, Link, Pickup
from api.queries.wait_contacts import ContactAtDoor


class LinkWish(NamedTuple):
    """Who is to get a link, and how the pickup stands that it is about. Its life counts from `since`."""

    contact_id: UUID
    branch_id: UUID
    pickup_id: UUID
    pickup_state: PickupState
    window_end: datetime
    since: datetime


def issue(
    session: Session,
    *,
    purpose: LinkPurpose,
    contact_id: UUID,
    pickup_id: UUID,
    branch_id: UUID,
    now: datetime,
) -> Link:
    """Return the contact's live link for this pickup and purpose, or a new one.

    Raises PickupIsOver or NothingToRateYet when the pickup's state has no use for it.
    """
    pickup = session.get_one(Pickup, pickup_id)
    link_policy.check_may_issue(purpose, pickup.state)
    ends_at = link_policy.expires_at(purpose, window_end=pickup.window_end, now=now)
    found = queries.links.find_live(
        session, purpose=purpose, contact_id=contact_id, pickup_id=pickup_id, now=now
    )
    _keep_preferences_links(session, {contact_id: branch_id}, now)
    if found is not None and _signer(session).knows(found.key_id):
        # A window that moved to a later time takes its link along.
        found.expires_at = max(found.expires_at, ends_at)
        return found
    return _make(
        session,
        purpose=purpose,
        contact_id=contact_id,
        pickup_id=pickup_id,
        branch_id=branch_id,
        expires_at=ends_at,
        created_at=now,
    )


def issue_for_case(session: Session, *, case: Case, contact_id: UUID, now: datetime) -> Link:
    """Return the contact's live link to follow this case, or a new one."""
    _keep_preferences_links(session, {contact_id: case.branch_id}, now)
    found = queries.links.live_of_case(session, case_id=case.id, contact_id=contact_id, now=now)
    if found is not None and found.key_id == _signer(session).current_key_id:
        return found
    return _make(
        session,
        purpose=LinkPurpose.CASE,
        contact_id=contact_id,
        pickup_id=case.pickup_id,
        case_id=case.id,
        branch_id=case.branch_id,
        expires_at=link_policy.expires_at(LinkPurpose.CASE, now=now),
        created_at=now,
    )


def issue_preferences(session: Session, *, contact_id: UUID, branch_id: UUID, now: datetime) -> UUID:
    """Return the id of the link by which the contact says how he wants to be written to, if at all."""
    _keep_preferences_links(session, {contact_id: branch_id}, now)
    return queries.links.live_preferences(session, [contact_id], now=now)[contact_id].id


def issue_all(
    session: Session, *, purpose: LinkPurpose, contacts: Iterable[ContactAtDoor], now: datetime
) -> dict[UUID, UUID]:
    """Do as `issue` does for the contacts of many pickups, in a handful of statements.

    Returns the ids of the links by their pickups. Raises as `issue` does, for the first that may have none.
    """
    wishes = [
        LinkWish(one.contact_id, one.branch_id, one.pickup_id, one.pickup_state, one.window_end, now)
        for one in contacts
    ]
    return issue_wished(session, purpose=purpose, wishes=wishes)


def issue_wished(session: Session, *, purpose: LinkPurpose, wishes: Sequence[LinkWish]) -> dict[UUID, UUID]:
    """Do as `issue_all` does, where each link counts from an instant of its own."""
    if not wishes:
        return {}
    wanted = {(wish.pickup_id, wish.contact_id): wish for wish in wishes}
    found_live = queries.links.live_of_pickups(
        session,
        purpose=purpose,
        pickup_ids={wish.pickup_id for wish in wishes},
        now=min(wish.since for wish in wishes),
    )
    live = {
        (link.pickup_id, link.contact_id): link for link in found_live if _signer(session).knows(link.key_id)
    }
    issued, fresh, prolonged = {}, [], {}
    for key, wish in wanted.items():
        link_policy.check_may_issue(purpose, wish.pickup_state)
        ends_at = link_policy.expires_at(purpose, window_end=wish.window_end, now=wish.since)
        found = live.get(key)
        if found is None or found.expires_at <= wish.since:
            fresh.append(
                _new_row(
                    session,
                    purpose=purpose,
                    contact_id=wish.contact_id,
                    branch_id=wish.branch_id,
                    pickup_id=wish.pickup_id,
                    expires_at=ends_at,
                    created_at=wish.since,
                )
            )
            issued[wish.pickup_id] = fresh[-1]["id"]
            continue
        issued[wish.pickup_id] = found.id
        if found.expires_at < ends_at:
            prolonged[found.id] = ends_at
    queries.links.write(session, fresh)
    queries.links.prolong(session, prolonged)
    newest = max(wish.since for wish in wishes)
    _keep_preferences_links(session, {one.contact_id: one.branch_id for one in wishes}, newest)
    return issued


def _keep_preferences_links(session: Session, branch_of: dict[UUID, UUID], now: datetime) -> None:
    """See to it that whoever is written to has a preferences link, and that it does not end soon."""
    ends_at = link_policy.expires_at(LinkPurpose.PREFERENCES, now=now)
    live = queries.links.live_preferences(session, branch_of, now=now)
    fresh, prolonged = [], {}
    for contact_id, branch_id in branch_of.items():
        found = live.get(contact_id)
        # One of an older key is not prolonged: that key could never be retired.
        if found is None or found.key_id != _signer(session).current_key_id:
            fresh.append(
                _new_row(
                    session,
                    purpose=LinkPurpose.PREFERENCES,
                    contact_id=contact_id,
                    branch_id=branch_id,
                    expires_at=ends_at,
                    created_at=now,
                )
            )
        elif link_policy.is_worth_renewing(found.expires_at, ends_at):
            prolonged[found.id] = ends_at
    queries.links.write(session, fresh)
    queries.links.prolong(session, prolonged)


def _make(session: Session, **columns: Any) -> Link:
    link = Link(**_new_row(session, **columns))
    session.add(link)
    return link


def _new_row(session: Session, **columns: Any) -> dict[str, Any]:
    """Return a link that has yet to be written, with the id and the signature that belong to it."""
    link_id, signer = uuid7(), _signer(session)
    token = signer.token(link_id, signer.current_key_id)
    signature = {"key_id": signer.current_key_id, "token_sha256": security.token_hash(token)}
    return {"id": link_id, **signature, **columns}


def _signer(session: Session) -> security.LinkSigner:
    return security.vault_of(session).links
