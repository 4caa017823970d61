"""Who is told what about a case: its owner, the dispatchers on duty, the contact, and the managers too late.

Nothing is decided here but who hears of it and when it leaves.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api import queries
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.readiness import PingRules, within_hours
from api.domain.vocabulary import Role
from api.models import Branch, Case, Contact, Link
from api.services import absences, climbing, link_issuing, notices


def tell_owner(session: Session, case: Case, kind: NoticeKind, *, now: datetime) -> None:
    """Tell whoever has the case, or stands in, once for each version; nobody while nobody has it."""
    _tell(
        session, case, kind, f"{case.id}:{case.version}", owner_or_stand_in(session, case, now=now), now=now
    )


def tell_dispatchers(session: Session, case: Case, *, now: datetime) -> None:
    """Tell the dispatchers that a contact complains; those on shift at once, whatever the hour."""
    dispatchers = queries.staff.dispatchers_on_duty(session, case.branch_id, now=now)
    others = [staff_id for staff_id in dispatchers if staff_id != case.owner_id]
    _tell(session, case, NoticeKind.CASE_OPENED, str(case.id), others, now=now)


def stop_climbing(session: Session, case: Case, *, now: datetime) -> None:
    """Tell nobody higher up any more that nobody looks after a case, or the rating that opened it."""
    threads = [f"case:{case.id}"]
    if case.pickup_id is not None:
        threads += [f"feedback:{case.pickup_id}", f"call-back:{case.pickup_id}"]
    climbing.stop_climbing(session, threads, now=now)


def tell_overdue(session: Session, case: Case, *, now: datetime) -> None:
    """Tell owner and managers, once for each deadline, that the contact still waits.

    From then on nobody need be told besides that it is not acknowledged.
    """
    stop_climbing(session, case, now=now)
    managers = queries.staff.active_with_role(session, case.branch_id, Role.MANAGER)
    recipients = dict.fromkeys([*owner_or_stand_in(session, case, now=now), *managers])
    deadline = int(case.respond_by_at.timestamp())
    _tell(session, case, NoticeKind.CASE_OVERDUE, f"{case.id}:{deadline}", recipients, now=now)


def tell_contact(session: Session, case: Case, kind: NoticeKind, *, now: datetime) -> None:
    """Write to the contact in his hours, with the link to his case. He asked for it: no limit counts it out.

    Who has opted out is not written to: the page tells him.
    """
    if case.contact_id is None:
        return
    link = link_issuing.issue_for_case(session, case=case, contact_id=case.contact_id, now=now)
    leaves_at = _contact_hours_begin(session, case.contact_id, now)
    telling = Telling(
        kind,
        case.branch_id,
        f"{kind}:{case.id}:{case.version}:{case.contact_id}",
        contact_id=case.contact_id,
        pickup_id=case.pickup_id,
        customer_id=case.customer_id,
        case_id=case.id,
        link_id=link.id,
        variables={"number": case.number},
        leaves_at=leaves_at,
    )
    notices.tell(session, telling, now=now)


def tell_flood(session: Session, link: Link, *, customer_id: UUID, now: datetime) -> None:
    """Alert the managers, once per link and UTC day, that it was used to flood us."""
    kind = NoticeKind.COMPLAINT_FLOOD
    managers = queries.staff.active_with_role(session, link.branch_id, Role.MANAGER)
    tellings = [
        Telling(
            kind,
            link.branch_id,
            f"{kind}:{link.id}:{now:%Y-%m-%d}:{manager_id}",
            staff_id=manager_id,
            customer_id=customer_id,
            case_id=link.case_id,
        )
        for manager_id in managers
    ]
    notices.tell_all(session, tellings, now=now)


def owner_or_stand_in(session: Session, case: Case, *, now: datetime) -> list[UUID]:
    """Return whom to tell what the owner of a case should know; nobody while nobody has it."""
    return absences.present(session, [case.owner_id] if case.owner_id else [], now=now)


def at_once_on_shift(session: Session, staff_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, datetime]:
    """Return for those on shift that a notice leaves now: a complaint does not wait for the morning."""
    return dict.fromkeys(queries.shifts.of_these_on_shift(session, staff_ids, now=now), now)


def _tell(
    session: Session, case: Case, kind: NoticeKind, subject: str, recipients: Iterable[UUID], *, now: datetime
) -> None:
    staff_ids = list(recipients)
    leaves_at = at_once_on_shift(session, staff_ids, now=now) if kind is NoticeKind.CASE_OPENED else {}
    tellings = [
        Telling(
            kind,
            case.branch_id,
            f"{kind}:{subject}:{staff_id}",
            staff_id=staff_id,
            pickup_id=case.pickup_id,
            customer_id=case.customer_id,
            case_id=case.id,
            variables={"number": case.number},
            leaves_at=leaves_at.get(staff_id),
        )
        for staff_id in staff_ids
    ]
    notices.tell_all(session, tellings, now=now)


def _contact_hours_begin(session: Session, contact_id: UUID, now: datetime) -> datetime:
    """Return now, or when the hours begin in which this contact may be written to."""
    contact = session.get_one(Contact, contact_id)
    zone = ZoneInfo(session.get_one(Branch, contact.branch_id).timezone)
    own = (contact.hours_start, contact.hours_end) if contact.hours_start and contact.hours_end else None
    policy = queries.branches.policy(session, contact.branch_id)
    return within_hours(now, PingRules.of(policy, zone, own_hours=own))
