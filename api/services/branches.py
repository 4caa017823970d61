"""Opening branches, how they present themselves to customers, and setting their policies."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy.orm import Session

from api import queries
from api.domain.branch_policy import BranchPolicy
from api.domain.branches import BranchCodeTaken
from api.domain.branding import check_accent
from api.domain.errors import Invalid, PreconditionFailed
from api.domain.principal import Principal
from api.domain.proofs import ANY_PICTURE, NotThatPicture, sniffed
from api.domain.vocabulary import Locale
from api.models import Branch, BranchLogo, BranchPolicyVersion
from api.queries.branches import PolicyView
from api.services import events

WORKING_WEEK = {day: ["08:00", "20:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat")}


def open_branch(
    session: Session,
    *,
    code: str,
    name: str,
    timezone: str,
    locale: Locale,
    currency: str = "CNY",
    hotline: str | None = None,
    now: datetime,
) -> Branch:
    """Open a branch with the usual working week. Raises `Invalid` for a time zone nobody knows."""
    if timezone not in available_timezones():
        raise Invalid({"timezone": ["Not a time zone, e.g. Asia/Shanghai."]})
    if queries.branches.find_by_code(session, code) is not None:
        raise BranchCodeTaken()
    opened = Branch(
        code=code,
        name=name,
        timezone=ZoneInfo(timezone).key,
        locale=locale,
        currency=currency,
        hotline=hotline,
        working_hours=WORKING_WEEK,
        created_at=now,
    )
    session.add(opened)
    session.flush()
    return opened


def change(
    session: Session,
    *,
    branch_id: UUID,
    changes: dict[str, Any],
    version: int,
    by: Principal,
    now: datetime,
) -> Branch:
    """Change what is named in `changes`.

    Raises AccentTooPale, PreconditionFailed, and Invalid for a region whose holidays nobody knows.
    """
    branch = queries.branches.by_id(session, branch_id, by=by)
    if branch.version != version:
        raise PreconditionFailed()
    if changes.get("accent_colour"):
        check_accent(changes["accent_colour"])
    region = changes.get("holiday_region")
    if region and not queries.work_calendars.is_known(region):
        raise Invalid({"holiday_region": ["Not a country or a part of one, e.g. CN or DE-BY."]})
    for name, value in changes.items():
        setattr(branch, name, value)
    session.flush()
    _record(session, "branch.changed", branch, by, {"fields": sorted(changes)}, now)
    return branch


def set_logo(
    session: Session, *, branch_id: UUID, data: bytes, media_type: str, by: Principal, now: datetime
) -> Branch:
    """Put a logo in the place of the one before. Raises NotThatPicture by its first bytes."""
    branch = queries.branches.by_id(session, branch_id, by=by)
    kind = sniffed(data)
    if kind is None or media_type not in (kind, ANY_PICTURE):
        raise NotThatPicture()
    logo = queries.branches.find_logo(session, branch.id) or BranchLogo(branch_id=branch.id)
    logo.sha256, logo.type, logo.data = hashlib.sha256(data).hexdigest(), kind, data
    logo.set_at = now
    branch.logo_sha256 = logo.sha256
    session.add(logo)
    session.flush()
    _record(session, "branch.logo_set", branch, by, {"sha256": logo.sha256, "size_bytes": len(data)}, now)
    return branch


def drop_logo(session: Session, *, branch_id: UUID, by: Principal, now: datetime) -> None:
    """Do without a logo; once is enough."""
    branch = queries.branches.by_id(session, branch_id, by=by)
    logo = queries.branches.find_logo(session, branch.id)
    if logo is None:
        return
    session.delete(logo)
    branch.logo_sha256 = None
    session.flush()
    _record(session, "branch.logo_dropped", branch, by, {"sha256": logo.sha256}, now)


def set_policy(
    session: Session,
    *,
    branch_id: UUID,
    policy: BranchPolicy,
    version: int,
    by: Principal,
    now: datetime,
) -> PolicyView:
    """Put a new version of the policy in force. Running waits keep the one they began with."""
    branch = queries.branches.by_id(session, branch_id, by=by)
    present = queries.branches.policy_view(session, branch.id)
    if present.version != version:
        raise PreconditionFailed()
    session.add(
        BranchPolicyVersion(
            branch_id=branch.id,
            version=version + 1,
            settings=policy.to_json(),
            created_by_id=by.staff_id,
            created_at=now,
        )
    )
    session.flush()
    _record(session, "policy.set", branch, by, _changed(present.policy, policy), now)
    return queries.branches.policy_view(session, branch.id)


def _record(
    session: Session, name: str, branch: Branch, by: Principal, data: dict[str, Any], now: datetime
) -> None:
    events.record(
        session,
        name,
        subject_type="branch",
        subject_id=branch.id,
        branch_id=branch.id,
        actor_id=by.staff_id,
        data=data,
        now=now,
    )


def _changed(before: BranchPolicy, after: BranchPolicy) -> dict[str, Any]:
    old, new = before.to_json(), after.to_json()
    return {name: [old[name], new[name]] for name in new if old[name] != new[name]}
