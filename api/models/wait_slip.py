"""Acknowledged wait slips: who signed for which wait, and what the slip said then."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from api.models.base import Base, HasId
from api.models.types import Sealed


class WaitSlipAcknowledgement(Base, HasId):
    """One for each wait. None is ever changed: a later change of the wait shows against `slip_hash`."""

    __tablename__ = "wait_slip_acknowledgements"

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    wait_id: Mapped[UUID] = mapped_column(ForeignKey("waits.id"), unique=True)
    courier_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    signer: Mapped[str] = mapped_column(Sealed("wait_slip_acknowledgements.signer"))
    proof_sha256: Mapped[str | None] = mapped_column(String(64))
    slip_hash: Mapped[str] = mapped_column(String(64))
    acknowledged_at: Mapped[datetime]
