"""Who is told what about readiness: the contact is asked, courier and dispatchers hear the answer."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.notice_kinds import NoticeKind, Telling, Variable
from api.domain.readiness import expected_at
from api.domain.vocabulary import Lateness, LinkPurpose, ReadinessAnswer
from api.models import Pickup, ReadinessRecord
from api.services import link_issuing, notices

DISPATCHERS_HEAR = {
    ReadinessAnswer.NOTHING_TODAY: NoticeKind.NOTHING_TODAY,
    ReadinessAnswer.ANOTHER_TIME: NoticeKind.ANOTHER_TIME,
}


def tell_question(session: Session, kind: NoticeKind, pickup: Pickup, *, now: datetime) -> None:
    """Ask the contact, once per kind and window: a pickup that moves to another window is asked for again."""
    link = link_issuing.issue(
        session,
        purpose=LinkPurpose.PICKUP,
        contact_id=pickup.contact_id,
        pickup_id=pickup.id,
        branch_id=pickup.branch_id,
        now=now,
    )
    window = int(pickup.window_start.timestamp())
    telling = Telling(
        kind,
        pickup.branch_id,
        f"{kind}:{pickup.id}:{window}:{pickup.contact_id}",
        contact_id=pickup.contact_id,
        pickup_id=pickup.id,
        link_id=link.id,
        variables={"expected_at": expected_at(pickup.window_start, pickup.eta_at)},
    )
    notices.tell(session, telling, now=now)


def tell_answer(
    session: Session,
    pickup: Pickup,
    record: ReadinessRecord,
    late: Lateness,
    *,
    calls_off: bool,
    now: datetime,
) -> None:
    """Tell the courier, and the dispatchers what they must act on, or that they need not any more.

    What an earlier answer still had to say, and a question that is on its way, is void.
    """
    notices.supersede_thread(session, f"readiness:{pickup.id}", now=now)
    notices.supersede_thread(session, f"answer:{pickup.id}", now=now)
    courier = [pickup.courier_id] if pickup.courier_id else []
    dispatchers = queries.staff.dispatchers_on_duty(session, pickup.branch_id, now=now)
    hear_it = [*courier, *(dispatchers if calls_off else ())]
    answered = _tellings(NoticeKind.READINESS_ANSWERED, pickup, record, hear_it, {"answer": record.answer})
    notices.tell_all(
        session,
        answered
        + _acted_on(pickup, record, dispatchers)
        + _late(pickup, record, late, courier, dispatchers, now),
        now=now,
    )


def tell_wish(session: Session, pickup: Pickup, record: ReadinessRecord, *, now: datetime) -> None:
    """Tell the dispatchers that a contact asks for another time after a visit that did not work out."""
    dispatchers = queries.staff.dispatchers_on_duty(session, pickup.branch_id, now=now)
    notices.tell_all(session, _acted_on(pickup, record, dispatchers), now=now)


def _acted_on(pickup: Pickup, record: ReadinessRecord, dispatchers: Iterable[UUID]) -> list[Telling]:
    kind = DISPATCHERS_HEAR.get(record.answer)
    return _tellings(kind, pickup, record, dispatchers) if kind else []


def _late(
    pickup: Pickup,
    record: ReadinessRecord,
    late: Lateness,
    courier: Iterable[UUID],
    dispatchers: Iterable[UUID],
    now: datetime,
) -> list[Telling]:
    """Another stop first is the courier's choice; another time is the dispatcher's."""
    if record.promised_ready_at is None or late is Lateness.ON_TIME:
        return []
    minutes = {"minutes": ceil((record.promised_ready_at - now) / timedelta(minutes=1))}
    if late is Lateness.REBOOK:
        return _tellings(NoticeKind.REBOOKING_PROPOSED, pickup, record, dispatchers, minutes)
    return _tellings(NoticeKind.LATE_READY, pickup, record, courier, minutes)


def _tellings(
    kind: NoticeKind,
    pickup: Pickup,
    record: ReadinessRecord,
    recipients: Iterable[UUID],
    variables: Mapping[str, Variable] | None = None,
) -> list[Telling]:
    return [
        Telling(
            kind,
            pickup.branch_id,
            f"{kind}:{pickup.id}:{record.id}:{staff_id}",
            staff_id=staff_id,
            pickup_id=pickup.id,
            customer_id=pickup.customer_id,
            variables=variables or {},
        )
        for staff_id in recipients
    ]
