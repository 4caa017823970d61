"""Adding the addresses where we pick up, and changing them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from api import queries
from api.domain.errors import PreconditionFailed
from api.domain.principal import Principal
from api.domain.sites import SiteDraft, SiteNameTaken
from api.models import Site
from api.services import events
from api.services.changes import note_pickups_of


def add(session: Session, draft: SiteDraft, *, customer_id: UUID, by: Principal, now: datetime) -> Site:
    """Add a site to a customer; without a radius the branch's policy says how far "at the site" reaches.

    Raises SiteNameTaken: two doors of one customer need names that a courier can tell apart.
    """
    customer = queries.customers.by_id(session, customer_id, by=by)
    if queries.sites.find_by_name(session, customer.id, draft.name) is not None:
        raise SiteNameTaken()
    usual = queries.branches.policy(session, by.branch_id).site_radius_m
    site = Site(**_columns(draft, customer.branch_id, customer.id, usual), created_at=now)
    session.add(site)
    session.flush()
    _record(session, "site.added", site, by, {"customer_id": str(customer.id)}, now)
    return site


def change(
    session: Session, *, site_id: UUID, changes: dict[str, Any], version: int, by: Principal, now: datetime
) -> Site:
    """Change what is named in `changes`. Raises SiteNameTaken and PreconditionFailed."""
    site = queries.sites.by_id(session, site_id, by=by)
    if site.version != version:
        raise PreconditionFailed()
    if changes.get("name", site.name) != site.name and queries.sites.find_by_name(
        session, site.customer_id, changes["name"]
    ):
        raise SiteNameTaken()
    for name, value in changes.items():
        setattr(site, name, value)
    session.flush()
    note_pickups_of(session, site, now=now)
    _record(session, "site.changed", site, by, {"fields": sorted(changes)}, now)
    return site


def add_missing(
    session: Session, drafts: Iterable[tuple[UUID, SiteDraft]], *, branch_id: UUID, now: datetime
) -> set[tuple[UUID, str]]:
    """Add those sites whose name is new to their customer (the id in front); return which, by id and name.

    For imports: the customers are the branch's own, and one fact tells of the whole batch.
    """
    usual = queries.branches.policy(session, branch_id).site_radius_m
    rows = {
        uuid7(): {**_columns(draft, branch_id, customer_id, usual), "version": 1, "created_at": now}
        for customer_id, draft in drafts
    }
    added = queries.sites.add_missing(session, [{**row, "id": site_id} for site_id, row in rows.items()])
    if added:
        events.record(
            session,
            "sites.imported",
            subject_type="branch",
            subject_id=branch_id,
            branch_id=branch_id,
            data={"added": len(added)},
            now=now,
        )
    return {(rows[site_id]["customer_id"], rows[site_id]["name"]) for site_id in added}


def _columns(draft: SiteDraft, branch_id: UUID, customer_id: UUID, usual_radius_m: int) -> dict[str, Any]:
    return {
        "branch_id": branch_id,
        "customer_id": customer_id,
        "name": draft.name,
        "address": draft.address,
        "latitude": draft.latitude,
        "longitude": draft.longitude,
        "radius_m": draft.radius_m or usual_radius_m,
        "wait_limit_seconds": draft.wait_limit_seconds,
        "papers": draft.papers,
    }


def _record(
    session: Session, name: str, site: Site, by: Principal, data: dict[str, Any], now: datetime
) -> None:
    events.record(
        session,
        name,
        subject_type="site",
        subject_id=site.id,
        branch_id=site.branch_id,
        actor_id=by.staff_id,
        data=data,
        now=now,
    )
