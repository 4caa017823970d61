"""Occasions: noticing whose day it is, telling the reps, and congratulating with one tap."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api import queries
from api.domain.business_hours import local_day
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.occasions import NotToBeWrittenTo, OccasionNotToday, check_may_greet, end_of
from api.domain.principal import Principal
from api.domain.vocabulary import OccasionKind, Role
from api.models import Branch, Occasion
from api.queries.correspondents import Correspondent
from api.queries.occasions import OccasionView
from api.services import absences, events, link_issuing, notices
from api.services.contact_rules import ContactRules


def notice_day(
    session: Session, branch: Branch, day: date, festivals: Sequence[OccasionKind], *, now: datetime
) -> int:
    """Write down the occasions of a branch's day and tell each rep how many are his; return how many are new.

    What a case holds back is not counted: it comes to light when the case is closed.
    """
    noticed = queries.occasions.notice(session, branch.id, day, festivals, now=now)
    reps = queries.staff.active_with_role(session, branch.id, Role.SALES_REP)
    owners = [view.owner_id for view in queries.occasions.open_on(session, rep_ids=reps, day=day)]
    instead = absences.stand_ins(session, reps, now=now)
    counts = Counter(instead.get(owner, owner) for owner in owners if owner is not None)
    tellings = [_telling(branch, day, rep_id, count) for rep_id, count in counts.items()]
    notices.tell_all(session, tellings, now=now)
    return noticed


def greet(session: Session, *, occasion_id: UUID, by: Principal, now: datetime) -> OccasionView:
    """Congratulate a contact, now or when his hours begin today; once for each occasion and year.

    Raises NotFound, GreetedAlready, OccasionNotToday, OccasionHeldBack and NotToBeWrittenTo.
    """
    occasion = queries.occasions.locked_by_id(session, occasion_id, by=by)
    reader = queries.correspondents.by_contact(session, occasion.contact_id, now=now)
    check_may_greet(
        occasion.falls_on,
        today=local_day(now, reader.zone),
        greeted_at=occasion.greeted_at,
        has_open_case=queries.occasions.has_open_case(session, occasion.customer_id),
    )
    leaves_at = _when_he_may_be_written_to(session, occasion, reader, now)
    occasion.greeted_at, occasion.greeted_by_id = now, by.staff_id
    session.flush()
    _send(session, occasion, reader, leaves_at, now)
    events.record(
        session,
        "occasion.greeted",
        subject_type="occasion",
        subject_id=occasion.id,
        branch_id=occasion.branch_id,
        actor_id=by.staff_id,
        data={"kind": occasion.kind, "customer_id": str(occasion.customer_id)},
        now=now,
    )
    return queries.occasions.view_of(session, occasion)


def _telling(branch: Branch, day: date, rep_id: UUID, count: int) -> Telling:
    kind = NoticeKind.OCCASIONS_TODAY
    return Telling(
        kind,
        branch.id,
        f"{kind}:{branch.id}:{day.isoformat()}:{rep_id}",
        staff_id=rep_id,
        variables={"count": count},
        useful_until=end_of(day, ZoneInfo(branch.timezone)),
    )


def _when_he_may_be_written_to(
    session: Session, occasion: Occasion, reader: Correspondent, now: datetime
) -> datetime:
    """Return when the greeting leaves; it is refused where it would be late, unwanted or reach nobody."""
    rules = ContactRules(session, now=now)
    reachable = queries.deliveries.channels_of(session, [occasion.contact_id])
    if not rules.allow(reader) or not reachable:
        raise NotToBeWrittenTo()
    leaves_at = rules.opens_at(reader)
    if leaves_at >= end_of(occasion.falls_on, reader.zone):
        raise OccasionNotToday(falls_on=occasion.falls_on.isoformat())
    return leaves_at


def _send(
    session: Session, occasion: Occasion, reader: Correspondent, leaves_at: datetime, now: datetime
) -> None:
    kind = NoticeKind.GREETING
    link_id = link_issuing.issue_preferences(
        session, contact_id=occasion.contact_id, branch_id=occasion.branch_id, now=now
    )
    telling = Telling(
        kind,
        occasion.branch_id,
        f"{kind}:{occasion.kind}:{occasion.year}:{occasion.contact_id}",
        contact_id=occasion.contact_id,
        customer_id=occasion.customer_id,
        link_id=link_id,
        variables={"occasion": occasion.kind},
        useful_until=end_of(occasion.falls_on, reader.zone),
        leaves_at=leaves_at,
    )
    notices.tell(session, telling, now=now)
