"""What follows when a contact said "ready" and the courier had to wait all the same.

How far a site can be believed is derived (`queries.promises`) and judged in `domain.promises`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries
from api.domain import promises as rules
from api.domain.branch_policy import BranchPolicy
from api.domain.promises import PromiseAccuracy
from api.domain.report_figures import COUNTED
from api.domain.vocabulary import FieldReportKind, HouseFinding
from api.models import Site
from api.queries.door_steps import AnyPickup, AnyWait
from api.services import changes, field_reports
from api.services.field_reports import Found


def learn(
    session: Session, ended: Iterable[tuple[AnyPickup, AnyWait]], *, policy: BranchPolicy, now: datetime
) -> None:
    """Warn couriers of sites that have just broken a promise, and the owner where that is the rule.

    The waits are flushed. Where every promise was kept, nothing is asked of the database.
    """
    broken = sorted({pickup.site_id for pickup, wait in ended if _is_broken(pickup, wait)})
    if not broken:
        return
    for site_id, accuracy in queries.promises.of_sites(session, broken).items():
        if accuracy.is_doubtful(policy):
            # The warning stands in the pickups that are still to be done there.
            changes.note_pickups_of(session, session.get_one(Site, site_id), now=now)
        if accuracy.is_hopeless(policy):
            field_reports.open_by_house(session, _found(site_id, accuracy), now=now)


def _is_broken(pickup: AnyPickup, wait: AnyWait) -> bool:
    if wait.outcome not in COUNTED or wait.avoidable_wait_seconds is None:
        return False
    spoke = rules.spoke_in_time(pickup.readiness_answered_at, wait.clock_started_at)
    waited = timedelta(seconds=wait.avoidable_wait_seconds)
    return spoke and rules.is_promise(pickup.readiness_answer) and not rules.is_kept(waited)


def _found(site_id: UUID, accuracy: PromiseAccuracy) -> Found:
    return Found(
        site_id,
        FieldReportKind.OTHER,
        HouseFinding.PROMISES_BROKEN,
        {"promised": accuracy.promised, "kept": accuracy.kept},
    )
