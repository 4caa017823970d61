"""Phones that receive pushes: registered by their own session, taken over, forgotten."""

from datetime import datetime

from sqlalchemy.orm import Session

from api import queries
from api.domain.devices import DEVICE_MOVED, MOVES_PER_DAY, MOVES_WINDOW, TooManyMoves
from api.domain.errors import NotFound
from api.domain.notice_kinds import NoticeKind, Telling
from api.domain.principal import Principal
from api.domain.vocabulary import AddressKind, Platform
from api.models import Device
from api.queries.devices import TakenDevice
from api.security_log import SecurityEvent, say
from api.services import events, notices


def register(
    session: Session,
    *,
    installation_id: str,
    push_address: str,
    address_kind: AddressKind,
    platform: Platform,
    app_version: str,
    by: Principal,
    now: datetime,
) -> Device:
    """Let the caller's phone receive his pushes, and nobody else's from now on.

    An address that another account had moves here in this transaction, and that account is told. Raises
    `NotFound` for an installation that is not the session's own, and `TooManyMoves` for who does this often.
    """
    if by.session_id is None or queries.devices.installation_of(session, by.session_id) != installation_id:
        raise NotFound()
    queries.devices.wait_for_address(session, push_address)
    _refuse_collectors(session, push_address, by, now)
    values = {
        "session_id": by.session_id,
        "push_address": push_address,
        "address_kind": address_kind,
        "platform": platform,
        "app_version": app_version,
        "created_at": now,
        "seen_at": now,
    }
    taken = queries.devices.take(session, push_address, by=by, installation_id=installation_id)
    device = queries.devices.put(session, by=by, installation_id=installation_id, values=values)
    if taken is not None and taken.staff_id != by.staff_id:
        _tell_former_owner(session, taken, by, now)
    return device


def forget(session: Session, *, installation_id: str, by: Principal) -> None:
    """Push nothing more to this installation of the caller. Raises `NotFound` when it was not registered."""
    if not queries.devices.forget(session, by=by, installation_id=installation_id):
        raise NotFound()


def _refuse_collectors(session: Session, push_address: str, by: Principal, now: datetime) -> None:
    owner_id = queries.devices.owner_of(session, push_address)
    if owner_id is None or owner_id == by.staff_id:
        return
    moves = queries.devices.moves_since(session, by.staff_id, DEVICE_MOVED, since=now - MOVES_WINDOW)
    if moves >= MOVES_PER_DAY:
        raise TooManyMoves(retry_after_seconds=int(MOVES_WINDOW.total_seconds()))


def _tell_former_owner(session: Session, taken: TakenDevice, by: Principal, now: datetime) -> None:
    events.record(
        session,
        DEVICE_MOVED,
        subject_type="staff",
        subject_id=by.staff_id,
        branch_id=by.branch_id,
        actor_id=by.staff_id,
        data={"from_staff_id": str(taken.staff_id)},
        now=now,
    )
    say(SecurityEvent.ADDRESS_TAKEN_OVER, staff_id=str(by.staff_id), from_staff_id=str(taken.staff_id))
    kind = NoticeKind.PUSH_ADDRESS_MOVED
    key = f"{kind}:{taken.device_id}:{taken.staff_id}"
    notices.tell(session, Telling(kind, taken.branch_id, key, staff_id=taken.staff_id), now=now)
