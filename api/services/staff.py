"""Hiring, changing and deactivating staff members, and the API keys of machine accounts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api import queries, security
from api.domain.business_hours import local_day
from api.domain.errors import NotFound, PreconditionFailed
from api.domain.principal import Principal
from api.domain.staff import AboveYourRank, NotAnIntegration, PeopleAreNotMachines, PhoneTaken, may_manage
from api.domain.transfers import StillHolds
from api.domain.vocabulary import Locale, Role
from api.models import ApiKey, Branch, StaffMember
from api.services import events, sign_in


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key at the only moment it can be read."""

    id: UUID
    label: str
    created_at: datetime
    key: str


def hire(
    session: Session,
    *,
    branch: Branch,
    role: Role,
    name: str,
    phone: str | None,
    password: str | None,
    locale: Locale | None = None,
    actor_id: UUID | None = None,
    now: datetime,
) -> StaffMember:
    """Add a staff member to a branch. Raises `PhoneTaken`: a phone number signs in to one account only."""
    if phone is not None and queries.staff.find_by_phone(session, phone) is not None:
        raise PhoneTaken()
    hired = StaffMember(
        branch_id=branch.id,
        role=role,
        name=name,
        phone=phone,
        phone_index=phone,
        locale=locale or branch.locale,
        password_hash=None if password is None else security.hash_password(password),
        created_at=now,
    )
    session.add(hired)
    session.flush()
    _record(session, "staff.hired", hired, actor_id, {"role": role.value}, now)
    return hired


def hire_for(session: Session, *, by: Principal, role: Role, now: datetime, **person: Any) -> StaffMember:
    """Hire into the caller's own branch. Raises `AboveYourRank` for roles at or above his own."""
    if not may_manage(by.role, role):
        raise AboveYourRank()
    branch = queries.branches.by_id(session, by.branch_id, by=by)
    return hire(session, branch=branch, role=role, actor_id=by.staff_id, now=now, **person)


def change(
    session: Session, *, staff_id: UUID, by: Principal, version: int, changes: dict[str, Any], now: datetime
) -> StaffMember:
    """Change name, phone, language, time zone or role. A new role ends all his sessions at once."""
    member = managed(session, staff_id, by)
    if member.version != version:
        raise PreconditionFailed()
    if changes.get("role", member.role) is not member.role:
        _change_role(session, member, changes["role"], by, now)
    if "phone" in changes:
        _change_phone(session, member, changes["phone"])
    for name in changes.keys() & {"name", "locale", "timezone"}:
        setattr(member, name, changes[name])
    session.flush()
    _record(session, "staff.changed", member, by.staff_id, {"fields": sorted(changes)}, now)
    return member


def change_myself(
    session: Session, *, by: Principal, version: int, changes: dict[str, Any], now: datetime
) -> StaffMember:
    """Change one's own name, language or time zone; nothing that decides what one may do."""
    member = queries.staff.myself(session, by)
    if member.version != version:
        raise PreconditionFailed()
    for name, value in changes.items():
        setattr(member, name, value)
    session.flush()
    _record(session, "staff.changed", member, by.staff_id, {"fields": sorted(changes)}, now)
    return member


def reset_password(
    session: Session, *, staff_id: UUID, password: str, by: Principal, now: datetime
) -> StaffMember:
    """Give a member a new password; all his sessions end at once."""
    member = managed(session, staff_id, by)
    member.password_hash = security.hash_password(password)
    member.token_epoch += 1
    _end_all(session, member, "password_reset", by, now)
    session.flush()
    _record(session, "staff.password_reset", member, by.staff_id, {}, now)
    return member


def deactivate(session: Session, *, staff_id: UUID, by: Principal, now: datetime) -> StaffMember:
    """Shut a member out at once: tokens, keys and push addresses stop working. Repeating changes nothing.

    Raises StillHolds while he has customers or open work: a transfer gives them somebody new. Who must be
    shut out this minute is, by a new password.
    """
    member = managed(session, staff_id, by)
    if member.deactivated_at is None:
        check_holds_nothing(session, member, now)
        member.deactivated_at = now
        member.token_epoch += 1
        _end_all(session, member, "deactivated", by, now)
        session.flush()
        _record(session, "staff.deactivated", member, by.staff_id, {}, now)
    return member


def end_session_of(
    session: Session, *, staff_id: UUID, session_id: UUID, by: Principal, now: datetime
) -> None:
    """End one session of a member: the stolen phone."""
    member = managed(session, staff_id, by)
    sign_in.end_session(session, session_id=session_id, staff_id=member.id, by=by, now=now)


def make_api_key(
    session: Session, *, staff_id: UUID, label: str, by: Principal | None, now: datetime
) -> NewApiKey:
    """Make a key for a machine account. Raises `NotAnIntegration` for people. `by` None: the operator."""
    member = session.get_one(StaffMember, staff_id) if by is None else managed(session, staff_id, by)
    if member.role is not Role.INTEGRATION:
        raise NotAnIntegration()
    key = security.new_token(security.API_KEY_PREFIX)
    row = ApiKey(staff_id=member.id, key_hash=security.token_hash(key), label=label, created_at=now)
    session.add(row)
    session.flush()
    _record(session, "api_key.made", member, by.staff_id if by else None, {"api_key_id": str(row.id)}, now)
    return NewApiKey(row.id, label, now, key)


def revoke_api_key(
    session: Session, *, staff_id: UUID, api_key_id: UUID, by: Principal, now: datetime
) -> None:
    """Void one key. Raises `NotFound` when the account has no such key in use."""
    member = managed(session, staff_id, by)
    found = next((key for key in queries.staff.api_keys_of(session, member.id) if key.id == api_key_id), None)
    if found is None:
        raise NotFound()
    found.revoked_at = now
    session.flush()
    _record(session, "api_key.revoked", member, by.staff_id, {"api_key_id": str(found.id)}, now)


def managed(session: Session, staff_id: UUID, by: Principal) -> StaffMember:
    """Return a member whom the caller may manage. Raises NotFound and AboveYourRank."""
    member = queries.staff.by_id(session, staff_id, by=by)
    if member.id == by.staff_id or not may_manage(by.role, member.role):
        raise AboveYourRank()
    return member


def _change_role(session: Session, member: StaffMember, role: Role, by: Principal, now: datetime) -> None:
    if not may_manage(by.role, role):
        raise AboveYourRank()
    if Role.INTEGRATION in {role, member.role}:
        raise PeopleAreNotMachines()
    check_holds_nothing(session, member, now)
    change = {"from": member.role.value, "to": role.value}
    member.role = role
    member.token_epoch += 1
    _end_all(session, member, "role_changed", by, now)
    _record(session, "staff.role_changed", member, by.staff_id, change, now)


def check_holds_nothing(session: Session, member: StaffMember, now: datetime) -> None:
    """Refuse to take somebody away from customers and open work that would be nobody's: raise StillHolds."""
    queries.staff.lock(session, [member.id])
    today = local_day(now, ZoneInfo(session.get_one(Branch, member.branch_id).timezone))
    holdings = queries.holdings.of_staff(session, member.id, today=today, now=now)
    if holdings.hindrances:
        raise StillHolds(holds=holdings.hindrances)


def _change_phone(session: Session, member: StaffMember, phone: str) -> None:
    holder = queries.staff.find_by_phone(session, phone)
    if holder is not None and holder.id != member.id:
        raise PhoneTaken()
    member.phone = phone
    member.phone_index = phone


def _end_all(session: Session, member: StaffMember, reason: str, by: Principal, now: datetime) -> None:
    running = [one.id for one in queries.staff_sessions.running(session, member.id)]
    sign_in.end_sessions(session, running, staff_id=member.id, reason=reason, by=by, now=now)


def _record(
    session: Session,
    name: str,
    member: StaffMember,
    actor_id: UUID | None,
    data: dict[str, Any],
    now: datetime,
) -> None:
    events.record(
        session,
        name,
        subject_type="staff",
        subject_id=member.id,
        branch_id=member.branch_id,
        actor_id=actor_id,
        data=data,
        now=now,
    )
