"""Opening branches and setting their policies."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy.orm import Session

from api import queries
from api.domain.branch_policy import BranchPolicy
from api.domain.branches import BranchCodeTaken
from api.domain.errors import Invalid, PreconditionFailed
from api.domain.principal import Principal
from api.domain.vocabulary import Locale
from api.models import Branch, BranchPolicyVersion
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
    events.record(
        session,
        "policy.set",
        subject_type="branch",
        subject_id=branch.id,
        branch_id=branch.id,
        actor_id=by.staff_id,
        data=_changed(present.policy, policy),
        now=now,
    )
    return queries.branches.policy_view(session, branch.id)


def _changed(before: BranchPolicy, after: BranchPolicy) -> dict[str, Any]:
    old, new = before.to_json(), after.to_json()
    return {name: [old[name], new[name]] for name in new if old[name] != new[name]}
