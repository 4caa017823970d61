"""How far the "ready" of sites could be believed: their newest answered pickups and the waits that followed.

Derived whenever it is asked, never stored: an event that comes late changes a wait, and with it the past.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from api.domain.promises import RECENT, PromiseAccuracy, accuracy
from api.domain.report_figures import COUNTED
from api.domain.vocabulary import Quality
from api.models import Pickup, Site, Wait

NO_PROMISES = PromiseAccuracy(promised=0, kept=0)

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def _answered(pickup: Any, wait: Any) -> list[ColumnElement[bool]]:
    """Return when a pickup counts: a wait with an end that means something, and the answer in time for it."""
    return [
        wait.outcome.in_(COUNTED),
        wait.quality != Quality.UNVERIFIED,
        wait.avoidable_wait_seconds.is_not(None),
        # As `domain.promises.spoke_in_time` says it.
        pickup.readiness_answered_at <= wait.clock_started_at,
    ]


def _since() -> Any:
    """Return by site from which answer on they are the newest: the index is read to there, no further."""
    pickup, wait = aliased(Pickup), aliased(Wait)
    last_that_counts = (
        select(pickup.readiness_answered_at)
        .join(wait, wait.pickup_id == pickup.id)
        .where(pickup.site_id == Site.id, *_answered(pickup, wait))
        .order_by(pickup.readiness_answered_at.desc())
        .offset(RECENT - 1)
        .limit(1)
        .correlate(Site)
        .scalar_subquery()
    )
    answered_at = func.coalesce(last_that_counts, _EVER).label("answered_at")
    # Once per site: PostgreSQL would otherwise ask anew for each pickup it compares.
    return (
        select(Site.id.label("site_id"), answered_at)
        .where(Site.id.in_(bindparam("site_ids", expanding=True)))
        .cte("since")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )


def _newest_answered() -> Any:
    since = _since()
    return (
        select(Pickup.site_id, Pickup.readiness_answer, Wait.avoidable_wait_seconds)
        .join(Wait, Wait.pickup_id == Pickup.id)
        .join(since, since.c.site_id == Pickup.site_id)
        .where(*_answered(Pickup, Wait), Pickup.readiness_answered_at >= since.c.answered_at)
        .order_by(Pickup.site_id, Pickup.readiness_answered_at.desc(), Pickup.id.desc())
    )


# Built once: every list of pickups asks it, and every question to a contact.
NEWEST_ANSWERED = _newest_answered()


def of_sites(session: Session, site_ids: Collection[UUID]) -> dict[UUID, PromiseAccuracy]:
    """Return the accuracy of each site's 20 newest answered pickups, in one statement however many they are.

    Waits whose times nobody can vouch for (`unverified`) say nothing about a customer and are passed over.
    """
    rows = session.execute(NEWEST_ANSWERED, {"site_ids": list(site_ids)})
    found = {
        site_id: accuracy(
            (row.readiness_answer, timedelta(seconds=row.avoidable_wait_seconds))
            for row in islice(newest_first, RECENT)
        )
        for site_id, newest_first in groupby(rows, key=attrgetter("site_id"))
    }
    return {site_id: found.get(site_id, NO_PROMISES) for site_id in site_ids}


def of_site(session: Session, site_id: UUID) -> PromiseAccuracy:
    return of_sites(session, [site_id])[site_id]
