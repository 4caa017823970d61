"""Fitted churn models, the scores of each night, and the alerts that became work for a rep."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.vocabulary import AlertOutcome, AlertState, Band, ChurnEngine, LossReason, ReasonFamily
from api.models.base import Base, HasId, HasVersion
from api.models.types import Sealed


class ChurnModel(Base, HasId):
    """One fit of a branch's shipping history, with what made it usable or not."""

    __tablename__ = "churn_models"

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"), index=True)
    engine: Mapped[ChurnEngine]
    engine_version: Mapped[int]
    status: Mapped[str] = mapped_column(String(64))
    """`fitted`, or why the rule speaks instead."""
    parameters: Mapped[dict[str, Any]]
    customers: Mapped[int]
    as_of: Mapped[date]
    fitted_at: Mapped[datetime]


class ChurnScore(Base, HasId):
    __tablename__ = "churn_scores"
    __table_args__ = (
        UniqueConstraint("customer_id", "scored_on"),
        # One night's list of a branch, by what is at stake.
        Index(
            "ix_churn_scores_branch_id_scored_on_value",
            "branch_id",
            "scored_on",
            "value_at_risk_minor",
            "customer_id",
        ),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    model_id: Mapped[UUID | None] = mapped_column(ForeignKey("churn_models.id"))
    scored_on: Mapped[date]
    engine: Mapped[ChurnEngine]
    engine_version: Mapped[int]
    band: Mapped[Band]
    p_ships: Mapped[float | None]
    """Probability of shipping again within `horizon_days`; None where the rule or nobody speaks."""
    horizon_days: Mapped[int]
    recency_days: Mapped[int]
    shipping_days: Mapped[int]
    value_at_risk_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    scored_at: Mapped[datetime]


class ChurnAlert(Base, HasId, HasVersion):
    """Work for a rep: one per customer, reason family and spell."""

    __tablename__ = "churn_alerts"
    __table_args__ = (
        UniqueConstraint("customer_id", "reason_family", "spell_started_on"),
        Index("ix_churn_alerts_branch_id_state", "branch_id", "state"),
        Index("ix_churn_alerts_owner_id_state", "owner_id", "state"),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    reason_family: Mapped[ReasonFamily]
    spell_started_on: Mapped[date]
    band: Mapped[Band]
    critical: Mapped[bool] = mapped_column(default=False)
    win_back: Mapped[bool] = mapped_column(default=False)
    """On the win-back list, by the first scoring or because it was lost: work for a quiet hour, never
    pushed."""
    p_ships: Mapped[float | None]
    value_at_risk_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    usual_parcels: Mapped[float | None]
    """Of a decline: what a usual fortnight was when it was seen."""
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    playbook: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    """What to do about it, each step with its deadline and the day on which it was done."""
    state: Mapped[AlertState] = mapped_column(default=AlertState.RAISED)
    raised_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    snoozes: Mapped[int] = mapped_column(default=0)
    resolved_at: Mapped[datetime | None]
    outcome: Mapped[AlertOutcome | None]
    loss_reason: Mapped[LossReason | None]
    note: Mapped[str | None] = mapped_column(Sealed("churn_alerts.note"))
