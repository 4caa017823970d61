"""Proposals to a courier which of his next stops to do first."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import ProposalState, StopOrderReason
from api.models.base import Base, HasId


class StopProposal(Base, HasId):
    """An order of all his stops, because of one pickup. Nothing moves until somebody accepts it."""

    __tablename__ = "stop_proposals"
    __table_args__ = (
        # A courier has one open proposal at a time: two orders of the same stops would contradict each other.
        Index(
            "uq_stop_proposals_open",
            "courier_id",
            unique=True,
            postgresql_where=text("state = 'proposed'"),
            sqlite_where=text("state = 'proposed'"),
        ),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    pickup_id: Mapped[UUID] = mapped_column(ForeignKey("pickups.id"), index=True)
    courier_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    reason: Mapped[StopOrderReason]
    stops: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """`pickup_id` and `eta_at` of each stop, in the proposed order."""
    state: Mapped[ProposalState] = mapped_column(default=ProposalState.PROPOSED)
    proposed_at: Mapped[datetime]
    useful_until: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
