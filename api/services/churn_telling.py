"""Who is told of churn alerts, and how often: red at once, amber on Mondays, never more than a few a day.

Notices that nobody acknowledges climb by the rules of their kind; here is only what is told at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime, time
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain.business_hours import local_instant
from api.domain.churn_alerts import DIGEST_WEEKDAY, in_digest, is_pushed
from api.domain.notice_kinds import NoticeKind, Telling
from api.models import ChurnAlert
from api.services import absences, notices
from api.services.churn import Night


def tell_owners(
    session: Session, night: Night, *, customers: Collection[UUID] | None = None, now: datetime
) -> int:
    """Push what is red (for grade A amber too) to the owners, the most value first; return how many.

    A spell is pushed once per band. A rep gets a few a day (the policy says how many, a digest is one of
    them); what is over that waits on the list for its turn on another night. With `customers` only theirs is
    told.
    """
    today = local_instant(night.scored_on, time.min, night.zone)
    told_today = queries.churn_alerts.told_since(session, night.branch_id, today)
    told = 0
    by_rep = queries.churn_alerts.raised_by_rep(session, night.branch_id, customers)
    instead = absences.stand_ins(session, by_rep, now=now)
    for owner_id, alerts in by_rep.items():
        rep_id = instead.get(owner_id, owner_id)
        tellings = [_telling(alert, rep_id) for alert, grade in alerts if is_pushed(alert.band, grade)]
        before = queries.churn_alerts.told_keys(session, [one.dedupe_key for one in tellings])
        fresh = [one for one in tellings if one.dedupe_key not in before]
        left = max(0, night.policy.churn_pushes_per_rep_day - told_today[rep_id])
        sent = len(notices.tell_all(session, fresh[:left], now=now))
        told_today[rep_id] += sent
        told += sent
    return told


def tell_digest(session: Session, night: Night, *, now: datetime) -> int:
    """On Mondays tell each rep how many amber alerts wait on his list; return how many reps were told."""
    if night.scored_on.weekday() != DIGEST_WEEKDAY:
        return 0
    return len(notices.tell_all(session, list(_digests(session, night, now)), now=now))


def _digests(session: Session, night: Night, now: datetime) -> Iterator[Telling]:
    kind = NoticeKind.CHURN_DIGEST
    by_rep = queries.churn_alerts.raised_by_rep(session, night.branch_id)
    instead = absences.stand_ins(session, by_rep, now=now)
    waiting_for: Counter[UUID] = Counter()
    for owner_id, alerts in by_rep.items():
        waiting_for[instead.get(owner_id, owner_id)] += sum(
            in_digest(one.band, grade) for one, grade in alerts
        )
    for rep_id, waiting in waiting_for.items():
        if waiting:
            yield Telling(
                kind,
                branch_id=night.branch_id,
                dedupe_key=f"{kind}:{night.branch_id}:{night.scored_on.isoformat()}:{rep_id}",
                staff_id=rep_id,
                variables={"count": waiting},
            )


def _telling(alert: ChurnAlert, rep_id: UUID) -> Telling:
    return Telling(
        NoticeKind.CHURN_ALERT,
        branch_id=alert.branch_id,
        dedupe_key=f"{NoticeKind.CHURN_ALERT}:{alert.id}:{alert.band}:{rep_id}",
        staff_id=rep_id,
        customer_id=alert.customer_id,
    )
