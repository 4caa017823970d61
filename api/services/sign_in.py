"""Signing in and out: passwords, token families, and the counters that slow down guessing."""

import json
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from uuid import UUID

from sqlalchemy.orm import Session

from api import queries, security
from api.domain.principal import Principal
from api.domain.sign_in import (
    ACCESS_LIFETIME,
    CONFIRMED_FOR,
    FAILURE_WINDOW,
    REFRESH_LIFETIME,
    REPEAT_OVERLAP,
    InvalidRefreshToken,
    RefreshTokenReused,
    SignInLocked,
    Throttle,
    WrongPassword,
    WrongPhoneOrPassword,
    locked_until,
    throttles_for,
)
from api.domain.vocabulary import Role
from api.models import AccessToken, RefreshToken, SignInThrottle, StaffMember, StaffSession
from api.security_log import SecurityEvent, say
from api.services import events, feedback_reviews


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a phone gets: two tokens, how long the first lives, and who signed in."""

    access_token: str
    refresh_token: str
    staff: StaffMember
    token_type: str = "Bearer"
    expires_in: int = int(ACCESS_LIFETIME.total_seconds())


def sign_in(
    session: Session, *, phone: str, password: str, installation_id: str, address: str, now: datetime
) -> SignedIn:
    """Open a session on a phone. Unknown accounts and wrong passwords get the same answer in the same time.

    Raises `SignInLocked` while the account, the address or its network has failed too often.
    """
    counters = throttles_for(phone, address)
    _refuse_while_locked(session, counters, now)
    found = queries.staff.find_by_phone(session, phone)
    usable = found is not None and found.deactivated_at is None
    matches = security.password_matches(found.password_hash if found and usable else None, password)
    if found is None or not matches:
        _count_failure(session, counters, found, now)
        raise WrongPhoneOrPassword()
    queries.staff.drop_throttle(session, counters[0].subject)
    _end_former_session(session, found, installation_id, now)
    opened = StaffSession(
        staff_id=found.id,
        installation_id=installation_id,
        token_epoch=found.token_epoch,
        created_at=now,
        refreshed_at=now,
    )
    session.add(opened)
    session.flush()
    _note_network(session, found, address, now)
    _record(session, "session.opened", opened, found.branch_id, now)
    return _issue(session, opened, found, parent=None, now=now)


def refresh(session: Session, *, refresh_token: str, address: str | None = None, now: datetime) -> SignedIn:
    """Exchange a refresh token for its successor. A repeat within 30 s gets the same one again.

    Any other use of a used token ends the whole family: somebody else has it.
    """
    found = None
    if refresh_token.startswith(security.REFRESH_PREFIX):
        found = queries.staff_sessions.refresh_token(session, refresh_token)
    if found is None:
        raise InvalidRefreshToken()
    used, family = found
    holder = session.get_one(StaffMember, family.staff_id)
    if family.ended_at or holder.deactivated_at or family.token_epoch != holder.token_epoch:
        raise InvalidRefreshToken()
    if used.expires_at <= now:
        raise InvalidRefreshToken()
    if used.rotated_at is not None:
        return _repeat_or_revoke(session, refresh_token, used, family, holder, now)
    _note_network(session, holder, address, now)
    family.refreshed_at = now
    queries.staff_sessions.drop_access_tokens(session, family.id)
    _erase_parents_seal(session, used)
    issued = _issue(session, family, holder, parent=used, now=now)
    used.rotated_at = now
    used.successor_sealed = security.seal_with_token(
        refresh_token, json.dumps([issued.access_token, issued.refresh_token])
    )
    return issued


def sign_out(session: Session, *, by: Principal, now: datetime) -> None:
    """End the caller's own session. A machine account has none, so nothing happens."""
    if by.session_id is not None:
        end_sessions(session, [by.session_id], staff_id=by.staff_id, reason="signed_out", by=by, now=now)


def end_session(session: Session, *, session_id: UUID, staff_id: UUID, by: Principal, now: datetime) -> None:
    """End one phone's session, its push address with it. Raises `NotFound` when it is not running."""
    family = queries.staff_sessions.by_id(session, session_id, staff_id=staff_id)
    end_sessions(session, [family.id], staff_id=staff_id, reason="ended", by=by, now=now)


def end_sessions(
    session: Session, ended: list[UUID], *, staff_id: UUID, reason: str, by: Principal, now: datetime
) -> None:
    queries.staff_sessions.end(session, ended, reason=reason, now=now)
    for session_id in ended:
        events.record(
            session,
            "session.ended",
            subject_type="staff_session",
            subject_id=session_id,
            branch_id=by.branch_id,
            actor_id=by.staff_id,
            data={"staff_id": str(staff_id), "reason": reason},
            now=now,
        )


def change_password(
    session: Session, *, old_password: str, new_password: str, by: Principal, address: str, now: datetime
) -> None:
    """Change one's own password. Every other session ends at once; guessing the old one is counted.

    Raises `WrongPassword`, and `SignInLocked` after too many of them.
    """
    myself = _prove_oneself(session, old_password, by=by, address=address, now=now)
    others = [
        one.id for one in queries.staff_sessions.running(session, by.staff_id) if one.id != by.session_id
    ]
    myself.password_hash = security.hash_password(new_password)
    end_sessions(session, others, staff_id=by.staff_id, reason="password_changed", by=by, now=now)
    events.record(
        session,
        "staff.password_changed",
        subject_type="staff",
        subject_id=by.staff_id,
        branch_id=by.branch_id,
        actor_id=by.staff_id,
        now=now,
    )


def confirm(session: Session, *, password: str, by: Principal, address: str, now: datetime) -> datetime:
    """Note that who holds this session gave his password just now; return until when that is enough.

    A phone left on a table opens no door that wants it. Raises as `change_password` does.
    """
    _prove_oneself(session, password, by=by, address=address, now=now)
    held = session.get_one(StaffSession, by.session_id)
    held.confirmed_at = now
    _record(session, "session.confirmed", held, by.branch_id, now)
    return now + CONFIRMED_FOR


def _prove_oneself(
    session: Session, password: str, *, by: Principal, address: str, now: datetime
) -> StaffMember:
    """Return who is calling if this is his password. If not, that is counted with sign-ins, and recorded."""
    myself = queries.staff.myself(session, by)
    counters = throttles_for(myself.phone or "", address)
    _refuse_while_locked(session, counters, now)
    if not security.password_matches(myself.password_hash, password):
        _count_failure(session, counters, myself, now)
        held = session.get_one(StaffSession, by.session_id)
        _record(session, "session.password_refused", held, by.branch_id, now)
        raise WrongPassword()
    return myself


def _note_network(session: Session, holder: StaffMember, address: str | None, now: datetime) -> None:
    """A rating that comes from where its courier was is looked at before it counts for good."""
    if holder.role is Role.COURIER:
        feedback_reviews.note_network(session, staff_id=holder.id, address=address, now=now)


def _end_former_session(session: Session, holder: StaffMember, installation_id: str, now: datetime) -> None:
    """A phone holds one session: what it was signed in with before is of no more use to it."""
    former = [
        one.id
        for one in queries.staff_sessions.running(session, holder.id)
        if one.installation_id == installation_id
    ]
    queries.staff_sessions.end(session, former, reason="signed_in_again", now=now)


def _repeat_or_revoke(
    session: Session,
    token: str,
    used: RefreshToken,
    family: StaffSession,
    holder: StaffMember,
    now: datetime,
) -> SignedIn:
    assert used.rotated_at is not None
    successor = queries.staff_sessions.successor_of(session, used.token_hash)
    fresh = now - used.rotated_at <= REPEAT_OVERLAP and used.successor_sealed is not None
    if fresh and used.successor_sealed and successor is not None and successor.rotated_at is None:
        access_token, refresh_token = json.loads(security.open_with_token(token, used.successor_sealed))
        return SignedIn(access_token, refresh_token, holder)
    say(SecurityEvent.REFRESH_REUSE, staff_id=str(holder.id), session_id=str(family.id))
    queries.staff_sessions.end(session, [family.id], reason="refresh_reuse", now=now)
    _record(session, "session.refresh_reused", family, holder.branch_id, now)
    raise RefreshTokenReused()


def _issue(
    session: Session, family: StaffSession, holder: StaffMember, *, parent: RefreshToken | None, now: datetime
) -> SignedIn:
    access_token = security.new_token(security.ACCESS_PREFIX)
    refresh_token = security.new_token(security.REFRESH_PREFIX)
    session.add_all(
        [
            AccessToken(
                token_hash=security.token_hash(access_token),
                session_id=family.id,
                expires_at=now + ACCESS_LIFETIME,
            ),
            RefreshToken(
                token_hash=security.token_hash(refresh_token),
                session_id=family.id,
                parent_hash=parent.token_hash if parent else None,
                created_at=now,
                expires_at=now + REFRESH_LIFETIME,
            ),
        ]
    )
    session.flush()
    return SignedIn(access_token, refresh_token, holder)


def _erase_parents_seal(session: Session, used: RefreshToken) -> None:
    if used.parent_hash is not None:
        parent = session.get(RefreshToken, used.parent_hash)
        if parent is not None:
            parent.successor_sealed = None


def _refuse_while_locked(session: Session, counters: tuple[Throttle, ...], now: datetime) -> None:
    locked = queries.staff.latest_lock(session, [counter.subject for counter in counters])
    if locked is not None and locked > now:
        raise SignInLocked(retry_after_seconds=ceil((locked - now).total_seconds()))


def _count_failure(
    session: Session, counters: tuple[Throttle, ...], holder: StaffMember | None, now: datetime
) -> None:
    say(SecurityEvent.SIGN_IN_FAILED, staff_id=str(holder.id) if holder else None)
    # Always in the order account, address, network: two sign-ins cannot lock each other out.
    for counter in counters:
        row = queries.staff.find_throttle(session, counter.subject)
        if row is None:
            row = SignInThrottle(subject=counter.subject, failures=0, window_started_at=now)
            session.add(row)
        if now - row.window_started_at > FAILURE_WINDOW:
            row.failures, row.window_started_at = 0, now
        row.failures += 1
        row.locked_until = locked_until(row.failures, counter.allowed, now)
        if row.locked_until:
            _record_lock(session, counter, holder, now)
    session.flush()


def _record_lock(session: Session, counter: Throttle, holder: StaffMember | None, now: datetime) -> None:
    what = counter.subject.partition(":")[0]
    # What belongs to nobody we know goes by a name that tells nothing, the same one each time.
    stranger = UUID(security.vault_of(session).index(counter.subject, "locked")[:32])
    is_account = holder is not None and what == "account"
    events.record(
        session,
        "sign_in.locked",
        subject_type="staff" if is_account else what,
        subject_id=holder.id if holder is not None and is_account else stranger,
        branch_id=holder.branch_id if holder else None,
        data={"counter": what},
        now=now,
    )
    # Many accounts were tried from many addresses of a network: somebody should look at that.
    say(SecurityEvent.NETWORK_LOCKED if what == "network" else SecurityEvent.SIGN_IN_LOCKED, counter=what)


def _record(session: Session, name: str, family: StaffSession, branch_id: UUID, now: datetime) -> None:
    events.record(
        session,
        name,
        subject_type="staff_session",
        subject_id=family.id,
        branch_id=branch_id,
        actor_id=family.staff_id,
        data={"staff_id": str(family.staff_id)},
        now=now,
    )
