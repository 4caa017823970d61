"""May a contact be written to, and when? Everybody who writes to contacts asks here, so no kind is forgotten.

Hours and limits themselves are decided in `domain.readiness`.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time
from typing import TypeAlias
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.branch_policy import BranchPolicy
from api.domain.readiness import MessagesSent, PingRules, may_write, within_hours
from api.queries.correspondents import Correspondent
from api.queries.wait_contacts import ContactAtDoor

Addressee: TypeAlias = ContactAtDoor | Correspondent
"""Whom a message would go to: because of a pickup, or without one."""


class ContactRules:
    """The rules for contacts of one unit of work: each branch is asked once, what was let through counts."""

    def __init__(self, session: Session, *, now: datetime) -> None:
        self._session = session
        self._now = now
        self._policies: dict[UUID, BranchPolicy] = {}
        self._rules: dict[tuple[UUID, tuple[time, time] | None], PingRules] = {}
        self._about_pickup: Counter[tuple[UUID, UUID | None]] = Counter()
        self._to_contact: Counter[UUID] = Counter()

    def of(self, contact: Addressee) -> PingRules:
        """Return what holds for this contact: his own hours, where he named any."""
        key = contact.branch_id, contact.own_hours
        if key not in self._rules:
            policy = self.policy_of(contact)
            self._rules[key] = PingRules.of(policy, contact.zone, own_hours=contact.own_hours)
        return self._rules[key]

    def policy_of(self, contact: Addressee) -> BranchPolicy:
        if contact.branch_id not in self._policies:
            policy = queries.branches.policy(self._session, contact.branch_id)
            self._policies[contact.branch_id] = policy
        return self._policies[contact.branch_id]

    def allow(self, contact: Addressee) -> bool:
        """Tell whether one more message is allowed at all: he neither opted out nor has had his share."""
        sent = MessagesSent(
            contact.sent.about_pickup + self._about_pickup[contact.contact_id, contact.pickup_id],
            contact.sent.in_week + self._to_contact[contact.contact_id],
        )
        return not contact.has_opted_out and may_write(sent, self.of(contact))

    def opens_at(self, contact: Addressee) -> datetime:
        """Return now, or when his hours begin next."""
        return within_hours(self._now, self.of(contact))

    def let_through(self, contact: Addressee) -> bool:
        """Tell whether he may be written to now; if so, the message counts for those that follow."""
        if not self.allow(contact) or self.opens_at(contact) != self._now:
            return False
        self._about_pickup[contact.contact_id, contact.pickup_id] += 1
        self._to_contact[contact.contact_id] += 1
        return True
