"""Rate limits that processes share"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rate_counters",
        sa.Column("key", sa.String(length=96), nullable=False),
        sa.Column("whole_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_counters")),
    )
    if op.get_bind().dialect.name == "postgresql":
        # Its commits wait for no disk, and nobody misses it after a crash.
        op.execute("ALTER TABLE rate_counters SET UNLOGGED")


def downgrade() -> None:
    op.drop_table("rate_counters")
