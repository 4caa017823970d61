"""The customer's shipping history: one parcel or consignment a row."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.domain.money import Money
from api.domain.vocabulary import ShipmentFailure
from api.models.base import Base, HasId


class Shipment(Base, HasId):
    __tablename__ = "shipments"
    __table_args__ = (
        UniqueConstraint("branch_id", "waybill"),
        Index("ix_shipments_customer_id_shipped_on", "customer_id", "shipped_on"),
        Index("ix_shipments_branch_id_shipped_on", "branch_id", "shipped_on"),
    )

    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    waybill: Mapped[str] = mapped_column(String(64))
    picked_up_at: Mapped[datetime]
    shipped_on: Mapped[date]
    """The branch's local day of `picked_up_at`: churn risk counts shipping days."""
    revenue_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    pieces: Mapped[int | None]
    failure: Mapped[ShipmentFailure | None]
    recorded_at: Mapped[datetime]

    @property
    def revenue(self) -> Money:
        return Money(self.revenue_minor, self.currency)
