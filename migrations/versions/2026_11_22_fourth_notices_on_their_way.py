"""Notices on their way: held, climbing, falling back.

The counters have a default in the database, since code from before goes on writing while this one starts.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "feed_readers",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("xid", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_feed_readers")),
    )
    op.create_table(
        "paused_kinds",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_paused_kinds_branch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paused_kinds")),
    )
    with op.batch_alter_table("paused_kinds", schema=None) as batch_op:
        batch_op.create_index(
            "ix_paused_kinds_branch_id_resumed_at", ["branch_id", "resumed_at"], unique=False
        )
        batch_op.create_index(
            "uq_paused_kinds_paused",
            ["branch_id", "kind"],
            unique=True,
            postgresql_where=sa.text("resumed_at IS NULL"),
            sqlite_where=sa.text("resumed_at IS NULL"),
        )

    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deliveries_due"), sqlite_where=sa.text("state = 'pending'"))
        batch_op.create_index(
            "ix_deliveries_due",
            ["channel", "next_at"],
            unique=False,
            postgresql_where=sa.text("state = 'pending'"),
            sqlite_where=sa.text("state = 'pending'"),
        )

    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("refresh_wanted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "ix_devices_refresh_wanted_at",
            ["refresh_wanted_at"],
            unique=False,
            postgresql_where=sa.text("refresh_wanted_at IS NOT NULL"),
            sqlite_where=sa.text("refresh_wanted_at IS NOT NULL"),
        )

    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("digest_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("snoozes", sa.Integer(), server_default=sa.text("0"), nullable=False))
        batch_op.add_column(sa.Column("falls_back_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("climbs_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("climbs", sa.Integer(), server_default=sa.text("0"), nullable=False))
        batch_op.drop_index(batch_op.f("ix_notices_thread"))
        batch_op.create_index(
            "ix_notices_climbs_at",
            ["climbs_at"],
            unique=False,
            postgresql_where=sa.text("climbs_at IS NOT NULL"),
            sqlite_where=sa.text("climbs_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_notices_digest_id",
            ["digest_id"],
            unique=False,
            postgresql_where=sa.text("digest_id IS NOT NULL"),
            sqlite_where=sa.text("digest_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_notices_falls_back_at",
            ["falls_back_at"],
            unique=False,
            postgresql_where=sa.text("falls_back_at IS NOT NULL"),
            sqlite_where=sa.text("falls_back_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_notices_held_until",
            ["held_until"],
            unique=False,
            postgresql_where=sa.text("held_until IS NOT NULL"),
            sqlite_where=sa.text("held_until IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_notices_thread_at_work",
            ["thread"],
            unique=False,
            postgresql_where=sa.text(
                "(state = 'pending' OR falls_back_at IS NOT NULL OR climbs_at IS NOT NULL)"
            ),
            sqlite_where=sa.text("(state = 'pending' OR falls_back_at IS NOT NULL OR climbs_at IS NOT NULL)"),
        )

    with op.batch_alter_table("sender_states", schema=None) as batch_op:
        batch_op.add_column(sa.Column("slots", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("failures", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:

    with op.batch_alter_table("sender_states", schema=None) as batch_op:
        batch_op.drop_column("refused_at")
        batch_op.drop_column("failures")
        batch_op.drop_column("slots")

    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_notices_thread_at_work",
            postgresql_where=sa.text(
                "(state = 'pending' OR falls_back_at IS NOT NULL OR climbs_at IS NOT NULL)"
            ),
            sqlite_where=sa.text("(state = 'pending' OR falls_back_at IS NOT NULL OR climbs_at IS NOT NULL)"),
        )
        batch_op.drop_index(
            "ix_notices_held_until",
            postgresql_where=sa.text("held_until IS NOT NULL"),
            sqlite_where=sa.text("held_until IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_notices_falls_back_at",
            postgresql_where=sa.text("falls_back_at IS NOT NULL"),
            sqlite_where=sa.text("falls_back_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_notices_digest_id",
            postgresql_where=sa.text("digest_id IS NOT NULL"),
            sqlite_where=sa.text("digest_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_notices_climbs_at",
            postgresql_where=sa.text("climbs_at IS NOT NULL"),
            sqlite_where=sa.text("climbs_at IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_notices_thread"),
            ["thread"],
            unique=False,
            postgresql_where=sa.text("state = 'pending'"),
            sqlite_where=sa.text("state = 'pending'"),
        )
        batch_op.drop_column("climbs")
        batch_op.drop_column("climbs_at")
        batch_op.drop_column("falls_back_at")
        batch_op.drop_column("snoozes")
        batch_op.drop_column("digest_id")
        batch_op.drop_column("held_until")
        batch_op.drop_column("acknowledged_at")

    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_devices_refresh_wanted_at",
            postgresql_where=sa.text("refresh_wanted_at IS NOT NULL"),
            sqlite_where=sa.text("refresh_wanted_at IS NOT NULL"),
        )
        batch_op.drop_column("refreshed_at")
        batch_op.drop_column("refresh_wanted_at")

    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_deliveries_due",
            postgresql_where=sa.text("state = 'pending'"),
            sqlite_where=sa.text("state = 'pending'"),
        )
        batch_op.create_index(
            batch_op.f("ix_deliveries_due"),
            ["next_at"],
            unique=False,
            sqlite_where=sa.text("state = 'pending'"),
        )

    with op.batch_alter_table("paused_kinds", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_paused_kinds_paused",
            postgresql_where=sa.text("resumed_at IS NULL"),
            sqlite_where=sa.text("resumed_at IS NULL"),
        )
        batch_op.drop_index("ix_paused_kinds_branch_id_resumed_at")

    op.drop_table("paused_kinds")
    op.drop_table("feed_readers")
