"""What the table of notice kinds can say of one kind: for whom it is, how it travels, what follows silence.

The table itself is `notice_kinds.KINDS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from api.domain.cases import ANSWERERS
from api.domain.notice_climbing import Step
from api.domain.vocabulary import Channel, Role


class Audience(StrEnum):
    CONTACT = "contact"
    STAFF = "staff"


class Priority(StrEnum):
    """`high` may wake a sleeping phone; `normal` waits until it is awake."""

    HIGH = "high"
    NORMAL = "normal"


class Recipients(StrEnum):
    """Who is told, as one would say it; the services know who that is in each case."""

    CONTACT = "contact"
    COURIER = "courier"
    DISPATCHERS = "dispatchers"
    OWNER = "owner"
    """The rep who owns the customer."""
    CASE_OWNER = "case_owner"
    MANAGERS = "managers"
    ADMINS = "admins"
    """Where no manager is left to be told."""
    ANOTHER_REP = "another_rep"
    REPORTERS = "reporters"
    """Who saw something of a customer and said so."""
    SELF = "self"
    """Whoever it is about."""


ROLES: Mapping[Recipients, frozenset[Role]] = {
    Recipients.CONTACT: frozenset(),
    Recipients.COURIER: frozenset({Role.COURIER}),
    Recipients.DISPATCHERS: frozenset({Role.DISPATCHER}),
    Recipients.OWNER: frozenset({Role.SALES_REP}),
    Recipients.CASE_OWNER: ANSWERERS,
    Recipients.MANAGERS: frozenset({Role.MANAGER}),
    Recipients.ADMINS: frozenset({Role.ADMIN}),
    Recipients.ANOTHER_REP: frozenset({Role.SALES_REP}),
    Recipients.REPORTERS: frozenset(Role) - {Role.INTEGRATION},
    Recipients.SELF: frozenset(Role) - {Role.INTEGRATION},
}
"""The roles that staff have who are told as one of these."""


@dataclass(frozen=True, slots=True)
class KindRule:
    """How one kind behaves.

    `live` notices belong to work in progress and do not wait for the end of quiet hours. On a phone a newer
    notice of a `thread` replaces the older one. `variables` are what its text needs, no more and no less.
    One that `falls_back` goes to its reader's own number when no push brought it to his eyes in time.
    `escalation` is who is told next, and when, while nobody acknowledges it: None where nobody need do so,
    empty where he should and nobody else is told.
    """

    recipients: tuple[Recipients, ...]
    channels: tuple[Channel, ...]
    thread: str
    useful_for: timedelta
    priority: Priority
    live: bool
    variables: frozenset[str]
    falls_back: bool = False
    escalation: tuple[Step, ...] | None = None

    @property
    def audience(self) -> Audience:
        return Audience.CONTACT if self.recipients == (Recipients.CONTACT,) else Audience.STAFF

    @property
    def roles(self) -> frozenset[Role]:
        """The roles of those who may be told; none for contacts, who have no role."""
        return frozenset().union(*(ROLES[one] for one in self.recipients))


_BY_PUSH = (Channel.PUSH,)
_BY_MESSAGE = (Channel.SMS, Channel.CHAT, Channel.EMAIL)
_BY_PUSH_OR_OWN_NUMBER = (Channel.PUSH, Channel.SMS, Channel.CHAT)


def to_contact(thread: str, useful_for: timedelta, *variables: str) -> KindRule:
    """Return the rule of a message to a contact."""
    # Contacts' hours are minded by those who decide to write to them: once decided, a message leaves at once.
    return KindRule(
        (Recipients.CONTACT,), _BY_MESSAGE, thread, useful_for, Priority.HIGH, True, frozenset(variables)
    )


def live(to: tuple[Recipients, ...], thread: str, useful_for: timedelta, *variables: str) -> KindRule:
    """Return the rule of a push about work in progress."""
    return KindRule(to, _BY_PUSH, thread, useful_for, Priority.HIGH, True, frozenset(variables))


def calm(to: tuple[Recipients, ...], thread: str, useful_for: timedelta, *variables: str) -> KindRule:
    """Return the rule of a push that can wait for the end of quiet hours."""
    return KindRule(to, _BY_PUSH, thread, useful_for, Priority.NORMAL, False, frozenset(variables))


def urgent(rule: KindRule) -> KindRule:
    """Let what is told so go to its reader's own number when no push is seen."""
    return replace(rule, channels=_BY_PUSH_OR_OWN_NUMBER, falls_back=True)


def climbing(rule: KindRule, *escalation: Step) -> KindRule:
    """Let what is told so be acknowledged, and tell others by these steps while it is not."""
    return replace(rule, escalation=escalation)
