"""Sessions, their tokens, and who stands behind a token."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from api.domain.errors import NotFound
from api.domain.principal import Principal
from api.domain.vocabulary import Role
from api.models import AccessToken, ApiKey, Device, RefreshToken, StaffMember, StaffSession
from api.queries import absences, driver
from api.security import ACCESS_PREFIX, API_KEY_PREFIX, token_hash


def principal_of(session: Session, token: str, *, now: datetime) -> Principal | None:
    """Return who holds this token; None when it is unknown, ended, expired or of another kind.

    One statement: this runs before every request. Role and epoch are read fresh, so that a change
    of role or a deactivation holds from the next request on. Of a rep it takes a second one: who is away.
    """
    if token.startswith(ACCESS_PREFIX):
        found = _session_holder(session, token_hash(token), now)
        is_rep = found is not None and found.role is Role.SALES_REP
        return _with_absent(session, found, now) if found and is_rep else found
    if token.startswith(API_KEY_PREFIX):
        return _key_holder(session, token_hash(token))
    return None


WHO = (StaffMember.id, StaffMember.branch_id, StaffMember.role, StaffMember.locale)

# Built once: it is asked before every request, and building it costs as much as asking it.
SESSION_HOLDER = (
    select(*WHO, StaffSession.id)
    .join(StaffSession, StaffSession.staff_id == StaffMember.id)
    .join(AccessToken, AccessToken.session_id == StaffSession.id)
    .where(
        AccessToken.token_hash == bindparam("token_hash"),
        AccessToken.expires_at > bindparam("now"),
        StaffSession.ended_at.is_(None),
        StaffSession.token_epoch == StaffMember.token_epoch,
        StaffMember.deactivated_at.is_(None),
    )
)


def _session_holder(session: Session, hashed: str, now: datetime) -> Principal | None:
    found = driver.rows(session, SESSION_HOLDER, {"token_hash": hashed, "now": now})
    return Principal(*found[0]) if found else None


def _with_absent(session: Session, rep: Principal, now: datetime) -> Principal:
    stands_in_for = absences.stands_in_for(session, rep.staff_id, rep.branch_id, now=now)
    return replace(rep, stands_in_for=stands_in_for) if stands_in_for else rep


def _key_holder(session: Session, hashed: str) -> Principal | None:
    row = session.execute(
        select(*WHO)
        .join(ApiKey, ApiKey.staff_id == StaffMember.id)
        .where(
            ApiKey.key_hash == hashed,
            ApiKey.revoked_at.is_(None),
            StaffMember.role == Role.INTEGRATION,
            StaffMember.deactivated_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else Principal(*row, session_id=None)


def refresh_token(session: Session, token: str) -> tuple[RefreshToken, StaffSession] | None:
    """Return the token's row and its session, locked against a twin request."""
    row = session.execute(
        select(RefreshToken, StaffSession)
        .join(StaffSession, StaffSession.id == RefreshToken.session_id)
        .where(RefreshToken.token_hash == token_hash(token))
        .with_for_update()
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def successor_of(session: Session, hashed: str) -> RefreshToken | None:
    return session.scalar(select(RefreshToken).where(RefreshToken.parent_hash == hashed))


def running(session: Session, staff_id: UUID) -> Sequence[StaffSession]:
    """List a staff member's sessions that have not ended, newest first."""
    return session.scalars(
        select(StaffSession)
        .where(StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
        .order_by(StaffSession.id.desc())
    ).all()


def by_id(session: Session, session_id: UUID, *, staff_id: UUID) -> StaffSession:
    found = session.scalar(
        select(StaffSession).where(
            StaffSession.id == session_id,
            StaffSession.staff_id == staff_id,
            StaffSession.ended_at.is_(None),
        )
    )
    if found is None:
        raise NotFound()
    return found


def was_confirmed_after(session: Session, session_id: UUID, instant: datetime) -> bool:
    """Tell whether the session's holder gave his password again after an instant."""
    fresh = StaffSession.id == session_id, StaffSession.confirmed_at > instant
    return session.scalar(select(StaffSession.id).where(*fresh)) is not None


def end(session: Session, sessions: Sequence[UUID], *, reason: str, now: datetime) -> None:
    """End sessions at once: access tokens and push addresses go, refresh tokens will find them ended."""
    session.execute(
        update(StaffSession)
        .where(StaffSession.id.in_(sessions), StaffSession.ended_at.is_(None))
        .values(ended_at=now, end_reason=reason)
    )
    session.execute(delete(AccessToken).where(AccessToken.session_id.in_(sessions)))
    session.execute(delete(Device).where(Device.session_id.in_(sessions)))


def drop_access_tokens(session: Session, session_id: UUID) -> None:
    session.execute(delete(AccessToken).where(AccessToken.session_id == session_id))


def drop_expired(session: Session, *, sealed_before: datetime, now: datetime) -> int:
    """Delete tokens that nobody can use any more and erase old seals; returns how many tokens went."""
    gone = session.execute(
        delete(AccessToken).where(AccessToken.expires_at <= now).returning(AccessToken.token_hash)
    ).all()
    session.execute(delete(RefreshToken).where(RefreshToken.expires_at <= now))
    session.execute(
        update(RefreshToken)
        .where(RefreshToken.successor_sealed.is_not(None), RefreshToken.rotated_at <= sealed_before)
        .values(successor_sealed=None)
    )
    return len(gone)
