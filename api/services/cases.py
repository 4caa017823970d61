"""Cases: what opens by itself, and what contacts say. What staff do with them is in `case_work`.

What may be done in which state, and by when a case is answered, is decided in `domain.cases`.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries, security_log
from api.domain import cases as rules
from api.domain.cases import Complaint, NewCase, WrittenTooOften
from api.domain.link_policy import expires_at
from api.domain.notice_kinds import NoticeKind
from api.domain.principal import Principal
from api.domain.vocabulary import CaseCategory, CaseKind, CaseSaying, CaseState, LinkPurpose
from api.models import Case, Pickup
from api.security_log import SecurityEvent
from api.services import case_log, case_notices, link_issuing
from api.services.links import OpenLink
from api.services.wait_notices import Dispatchers


def open_case(session: Session, new: NewCase, *, by: Principal | None = None, now: datetime) -> Case:
    """Open a case with an owner, a number and a time to answer; what opens one by itself does so once.

    Nobody is told: that is for whoever knows why it opened.
    """
    if new.opened_for and (found := queries.cases.find_opened_for(session, new.opened_for)):
        return found
    opened = Case(
        branch_id=new.branch_id,
        number=queries.cases.next_number(session, new.branch_id),
        kind=new.kind,
        category=new.category,
        state=CaseState.OPEN,
        customer_id=new.customer_id,
        contact_id=new.contact_id,
        pickup_id=new.pickup_id,
        owner_id=new.owner_id or queries.case_owners.best_of(session, new.customer_id, now=now),
        opened_for=new.opened_for,
        respond_by_at=_respond_by(session, new.branch_id, new.kind, now),
        opened_at=now,
        opened_by_id=by.staff_id if by else None,
        changed_at=now,
    )
    session.add(opened)
    session.flush()
    if new.text:
        case_log.say(session, opened, CaseSaying.OPENING, new.text, by=by, now=now)
    codes = {"number": opened.number, "kind": opened.kind.value, "category": opened.category.value}
    case_log.record(session, opened, "case.opened", by, now, codes)
    return opened


def open_for_missed(
    session: Session, missed: Sequence[Pickup], dispatchers: Dispatchers, *, now: datetime
) -> dict[UUID, UUID]:
    """Open a case for each pickup that nobody came for; return its id by the pickup's.

    The owner is told, unless he is one of the dispatchers: those hear of the pickup itself.
    """
    opened_for = {}
    # Numbers are taken branch by branch, in one order everywhere, so that two sweeps never block each other.
    for pickup in sorted(missed, key=lambda one: (one.branch_id, one.id)):
        new = NewCase(
            pickup.branch_id,
            pickup.customer_id,
            CaseKind.EXCEPTION,
            CaseCategory.MISSED_PICKUP,
            contact_id=pickup.contact_id,
            pickup_id=pickup.id,
            opened_for=f"missed:{pickup.id}",
        )
        opened = open_case(session, new, now=now)
        opened_for[pickup.id] = opened.id
        if opened.owner_id not in dispatchers.of(pickup.branch_id):
            case_notices.tell_owner(session, opened, NoticeKind.CASE_ASSIGNED, now=now)
    return opened_for


def complain(session: Session, *, through: OpenLink, complaint: Complaint, now: datetime) -> Case:
    """Take in a contact's complaint. What is about a pickup with an open case of his joins that one.

    Through the link of a case it opens another. Raises CategoryNotOffered, Invalid without words, and
    WrittenTooOften from the fourth of a link's day on.
    """
    rules.check_offered(complaint.category)
    text = rules.words(complaint.text)
    _check_may_write(session, through, CaseSaying.OPENING, rules.COMPLAINTS_PER_LINK_DAY, now)
    case = _running_case(session, through)
    if case is not None:
        _ask_again(session, case, now)
        kind = NoticeKind.CASE_REPLIED
    else:
        case = open_case(session, _complained(through, complaint), now=now)
        case_notices.tell_dispatchers(session, case, now=now)
        kind = NoticeKind.CASE_ASSIGNED
    case_log.say(session, case, CaseSaying.OPENING, text, link_id=through.link.id, now=now)
    link_issuing.issue_for_case(session, case=case, contact_id=through.link.contact_id, now=now)
    case_notices.tell_owner(session, case, kind, now=now)
    return case


def answer_by_contact(session: Session, *, through: OpenLink, text: str, now: datetime) -> Case:
    """Take in what the contact writes to his case.

    An answered or closed one is open again, with a new deadline. Raises Invalid without words,
    and WrittenTooOften.
    """
    said = rules.words(text)
    case = through.the_case
    _check_may_write(session, through, CaseSaying.ANSWER, rules.ANSWERS_PER_LINK_DAY, now)
    if case.state is CaseState.CLOSED:
        queries.links.set_end_of_case(session, case.id, until=expires_at(LinkPurpose.CASE, now=now))
    _ask_again(session, case, now)
    case_log.say(session, case, CaseSaying.ANSWER, said, link_id=through.link.id, now=now)
    case_log.record(session, case, "case.replied", None, now)
    case_notices.tell_owner(session, case, NoticeKind.CASE_REPLIED, now=now)
    return case


def tell_overdue(session: Session, *, limit: int, now: datetime) -> int:
    """Tell of at most `limit` cases that their time to answer has passed; return how many there were."""
    overdue = queries.cases.claim_overdue(session, limit=limit, now=now)
    for case in overdue:
        case_log.record(session, case, "case.overdue", None, now)
        case_notices.tell_overdue(session, case, now=now)
    return len(overdue)


def _running_case(session: Session, through: OpenLink) -> Case | None:
    """Return the contact's open case about the pickup of a link, locked."""
    if through.case is not None or through.pickup is None:
        return None
    contact_id = through.link.contact_id
    running = queries.cases.newest_of_pickup(session, through.pickup.id, contact_id, unclosed=True)
    return queries.cases.lock(session, running.id) if running else None


def _complained(through: OpenLink, complaint: Complaint) -> NewCase:
    return NewCase(
        through.link.branch_id,
        _customer_of(through),
        CaseKind.COMPLAINT,
        complaint.category,
        contact_id=through.link.contact_id,
        pickup_id=through.pickup.id if through.case is None and through.pickup else None,
    )


def _customer_of(through: OpenLink) -> UUID:
    return through.case.customer_id if through.case else through.the_pickup.customer_id


def _check_may_write(
    session: Session, through: OpenLink, saying: CaseSaying, allowed: int, now: datetime
) -> None:
    if through.case is not None:  # A pickup's link has its pickup locked; what is counted must stand still.
        queries.cases.lock(session, through.case.id)
    written = queries.cases.written_through(session, through.link.id, saying, since=now - rules.DAY)
    try:
        rules.check_may_write(written, allowed, now=now)
    except WrittenTooOften:
        security_log.say(SecurityEvent.COMPLAINT_FLOOD, link_id=str(through.link.id))
        case_notices.tell_flood(session, through.link, customer_id=_customer_of(through), now=now)
        raise


def _ask_again(session: Session, case: Case, now: datetime) -> None:
    """The contact waits for an answer again. One that he still waits for keeps its deadline."""
    if case.state is not CaseState.OPEN:
        case.state, case.closed_at, case.overdue_told_at = CaseState.OPEN, None, None
        case.respond_by_at = _respond_by(session, case.branch_id, case.kind, now)


def _respond_by(session: Session, branch_id: UUID, kind: CaseKind, now: datetime) -> datetime:
    policy = queries.branches.policy(session, branch_id)
    hours = queries.work_calendars.opening_hours(session, branch_id, around=now)
    return rules.respond_by(kind, policy, hours, now=now)
