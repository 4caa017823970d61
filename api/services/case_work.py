"""What staff do with cases: open one after a call, answer, assign, close. The contact is told.

What contacts say, and what opens by itself, is in `cases`.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain import cases as rules
from api.domain.cases import NewCase, NotACaseOwner
from api.domain.errors import NotFound, PreconditionFailed
from api.domain.link_policy import AFTER_CASE
from api.domain.notice_kinds import NoticeKind
from api.domain.pickups import ContactOfAnotherCustomer
from api.domain.principal import Principal
from api.domain.vocabulary import CaseSaying, CaseState
from api.models import Case
from api.services import case_log, case_notices, cases, notices


def open_case(session: Session, new: NewCase, *, by: Principal, now: datetime) -> Case:
    """Open a case for a customer, e.g. after a call. The owner is told, unless he opened it himself.

    Raises NotFound, ContactOfAnotherCustomer, NotACaseOwner.
    """
    _check_subjects(session, new, by)
    if new.owner_id is not None:
        _check_owner(session, new.owner_id, by)
    opened = cases.open_case(session, new, by=by, now=now)
    if opened.owner_id != by.staff_id:
        case_notices.tell_owner(session, opened, NoticeKind.CASE_ASSIGNED, now=now)
    return opened


def answer(session: Session, *, case_id: UUID, text: str, version: int, by: Principal, now: datetime) -> Case:
    """Answer the contact, who is told.

    Raises NotFound, CaseIsClosed, and PreconditionFailed when he wrote meanwhile.
    """
    case = _open_for_change(session, case_id, version, by)
    case.state = CaseState.ANSWERED
    case.answered_at = case.answered_at or now
    case_log.say(session, case, CaseSaying.ANSWER, rules.words(text), by=by, now=now)
    case_log.record(session, case, "case.answered", by, now)
    notices.supersede_thread(session, f"case:{case.id}", now=now)
    case_notices.stop_climbing(session, case, now=now)
    case_notices.tell_contact(session, case, NoticeKind.CASE_ANSWERED, now=now)
    return case


def close(
    session: Session, *, case_id: UUID, outcome: str, version: int, by: Principal, now: datetime
) -> Case:
    """Close a case; the contact is told, and can follow it for 30 days more. Raises what `answer` does."""
    case = _open_for_change(session, case_id, version, by)
    case.state, case.closed_at = CaseState.CLOSED, now
    case_log.say(session, case, CaseSaying.OUTCOME, rules.words(outcome), by=by, now=now)
    case_log.record(session, case, "case.closed", by, now)
    notices.supersede_thread(session, f"case:{case.id}", now=now)
    case_notices.stop_climbing(session, case, now=now)
    case_notices.tell_contact(session, case, NoticeKind.CASE_CLOSED, now=now)
    queries.links.set_end_of_case(session, case.id, until=now + AFTER_CASE)
    return case


def assign(
    session: Session, *, case_id: UUID, owner_id: UUID, version: int, by: Principal, now: datetime
) -> Case:
    """Give a case to somebody else, who is told.

    Raises NotFound, NotACaseOwner, CaseIsClosed, PreconditionFailed.
    """
    case = _open_for_change(session, case_id, version, by)
    _check_owner(session, owner_id, by)
    if case.owner_id != owner_id:
        case.owner_id, case.changed_at = owner_id, now
        session.flush()
        case_log.record(session, case, "case.assigned", by, now, {"owner_id": str(owner_id)})
        case_notices.stop_climbing(session, case, now=now)
        if owner_id != by.staff_id:
            case_notices.tell_owner(session, case, NoticeKind.CASE_ASSIGNED, now=now)
    return case


def _check_subjects(session: Session, new: NewCase, by: Principal) -> None:
    """Refuse a customer who is not the caller's, and a contact or a pickup that is not the customer's."""
    customer = queries.customers.by_id(session, new.customer_id, by=by)
    if new.contact_id is not None:
        contact = queries.contacts.by_id(session, new.contact_id, by=by)
        if contact.customer_id != customer.id:
            raise ContactOfAnotherCustomer()
    if new.pickup_id is not None:
        pickup = queries.pickups.by_id(session, new.pickup_id, by=by)
        if pickup.customer_id != customer.id:
            raise NotFound()


def _open_for_change(session: Session, case_id: UUID, version: int, by: Principal) -> Case:
    case = queries.cases.lock(session, queries.cases.by_id(session, case_id, by=by).id)
    if case.version != version:
        raise PreconditionFailed()
    rules.check_not_closed(case.state)
    return case


def _check_owner(session: Session, owner_id: UUID, by: Principal) -> None:
    owner = queries.staff.by_id(session, owner_id, by=by)
    if owner.role not in rules.ANSWERERS or owner.deactivated_at is not None:
        raise NotACaseOwner()
