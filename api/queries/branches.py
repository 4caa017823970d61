"""Branches, their logos, and the policy in force."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from api.domain.branch_policy import BranchPolicy
from api.domain.errors import NotFound
from api.domain.principal import Principal
from api.models import Branch, BranchLogo, BranchPolicyVersion
from api.queries import driver

# Built once: every event of every courier asks it.
NEWEST_POLICY = (
    select(BranchPolicyVersion.version, BranchPolicyVersion.settings)
    .where(BranchPolicyVersion.branch_id == bindparam("branch_id"))
    .order_by(BranchPolicyVersion.version.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class PolicyView:
    """The policy in force and its version; version 0 are the defaults of a branch that set none."""

    branch_id: UUID
    version: int
    policy: BranchPolicy


@dataclass(frozen=True, slots=True)
class WaysOfWorking:
    """A branch's time zone and the policy in force."""

    zone: ZoneInfo
    policy: BranchPolicy


def by_id(session: Session, branch_id: UUID, *, by: Principal) -> Branch:
    """Only one's own branch is ever found."""
    if branch_id != by.branch_id:
        raise NotFound()
    return session.get_one(Branch, branch_id)


def every(session: Session) -> list[Branch]:
    return list(session.scalars(select(Branch).order_by(Branch.id)))


def find_by_code(session: Session, code: str) -> Branch | None:
    return session.scalar(select(Branch).where(Branch.code == code))


def find_logo(session: Session, branch_id: UUID) -> BranchLogo | None:
    return session.scalar(select(BranchLogo).where(BranchLogo.branch_id == branch_id))


def find_logo_by_hash(session: Session, sha256: str) -> BranchLogo | None:
    """Return any branch's logo with these bytes: two branches of one house may share theirs."""
    return session.scalar(select(BranchLogo).where(BranchLogo.sha256 == sha256).limit(1))


def policy_view(session: Session, branch_id: UUID) -> PolicyView:
    for version, settings in driver.rows(session, NEWEST_POLICY, {"branch_id": branch_id}):
        return PolicyView(branch_id, version, BranchPolicy.from_json(settings))
    return PolicyView(branch_id, 0, default_policy(session))


def policy(session: Session, branch_id: UUID) -> BranchPolicy:
    return policy_view(session, branch_id).policy


def ways_of_working(session: Session, branch_ids: Collection[UUID]) -> dict[UUID, WaysOfWorking]:
    """Return how these branches work, in one statement for all of them."""
    newest = (
        select(BranchPolicyVersion.settings)
        .where(BranchPolicyVersion.branch_id == Branch.id)
        .order_by(BranchPolicyVersion.version.desc())
        .limit(1)
        .scalar_subquery()
    )
    return {
        branch_id: WaysOfWorking(
            ZoneInfo(timezone),
            default_policy(session) if settings is None else BranchPolicy.from_json(settings),
        )
        for branch_id, timezone, settings in session.execute(
            select(Branch.id, Branch.timezone, newest).where(Branch.id.in_(branch_ids))
        )
    }


def default_policy(session: Session) -> BranchPolicy:
    """Return the policy of branches that set none; the operator may choose its wait limit."""
    limit = session.info.get("wait_limit_seconds")
    return BranchPolicy() if limit is None else replace(BranchPolicy(), wait_limit_seconds=limit)
