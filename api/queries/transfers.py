"""Transfers: by id, listed, what moved with one, and a brief of each customer for whoever has it now."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.domain.errors import NotFound
from api.domain.paging import Page, PageRequest
from api.domain.principal import Principal
from api.models import Transfer, TransferItem
from api.queries import scope
from api.queries.paging import paginate


def by_id(session: Session, transfer_id: UUID, *, by: Principal) -> Transfer:
    found = session.scalar(select(Transfer).where(Transfer.id == transfer_id, scope.transfers(by)))
    if found is None:
        raise NotFound()
    return found


def locked_by_id(session: Session, transfer_id: UUID, *, by: Principal) -> Transfer:
    found = session.scalar(
        select(Transfer)
        .where(Transfer.id == transfer_id, scope.transfers(by))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound()
    return found


def listed(session: Session, *, by: Principal, page: PageRequest) -> Page[Transfer]:
    """List the branch's transfers, the newest first."""
    statement = select(Transfer).where(scope.transfers(by))
    return paginate(session, statement, [Transfer.made_at, Transfer.id], page, descending=True)


def items_of(session: Session, transfer_id: UUID) -> Sequence[TransferItem]:
    """Return all that moved."""
    return session.scalars(
        select(TransferItem).where(TransferItem.transfer_id == transfer_id).order_by(TransferItem.id)
    ).all()
