"""The feed of changes, append-only: which pickup, wait or notice changed, whom that concerns, who read it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.functions import FunctionElement

from api.domain.vocabulary import ChangeKind
from api.models.base import Base


class WritingTransaction(FunctionElement[int]):
    """The number of the transaction that writes the row; 0 on SQLite, where writers come one by one."""

    type = BigInteger()
    inherit_cache = True


@compiles(WritingTransaction, "postgresql")
def _on_postgresql(_element: WritingTransaction, _compiler: Any, **_: Any) -> str:
    return "CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)"


@compiles(WritingTransaction, "sqlite")
def _on_sqlite(_element: WritingTransaction, _compiler: Any, **_: Any) -> str:
    return "0"


class Change(Base):
    """One thing changed. What it is now is read when the change is read.

    The order is (xid, seq): `seq` alone is given out before a commit, and commits come in any order.
    """

    __tablename__ = "changes"
    __table_args__ = (
        Index("ix_changes_branch_id_xid_seq", "branch_id", "xid", "seq"),
        Index("ix_changes_staff_id_xid_seq", "staff_id", "xid", "seq"),
        # A number is never given out twice, even when all rows have been dropped.
        {"sqlite_autoincrement": True},
    )

    seq: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    xid: Mapped[int] = mapped_column(BigInteger, default=WritingTransaction())
    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branches.id"))
    staff_id: Mapped[UUID | None]
    """The courier of a pickup or wait, the reader of a notice; None while a pickup is nobody's."""
    kind: Mapped[ChangeKind]
    subject_id: Mapped[UUID]
    changed_at: Mapped[datetime]


class FeedReader(Base):
    """How far a job has read the feed of everybody."""

    __tablename__ = "feed_readers"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    xid: Mapped[int] = mapped_column(BigInteger)
    seq: Mapped[int] = mapped_column(BigInteger)
