"""courier day"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "changes",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("xid", sa.BigInteger(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "pickup",
                "wait",
                "notice",
                name="changekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_changes_branch_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_changes")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.create_index("ix_changes_branch_id_xid_seq", ["branch_id", "xid", "seq"], unique=False)
        batch_op.create_index("ix_changes_staff_id_xid_seq", ["staff_id", "xid", "seq"], unique=False)

    op.create_table(
        "courier_positions",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("mock", sa.Boolean(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_courier_positions_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courier_positions")),
        sa.UniqueConstraint("staff_id", "taken_at", name=op.f("uq_courier_positions_staff_id_taken_at")),
    )
    with op.batch_alter_table("courier_positions", schema=None) as batch_op:
        batch_op.create_index("ix_courier_positions_received_at", ["received_at"], unique=False)

    op.create_table(
        "proofs",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("uploader_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "image/jpeg",
                "image/png",
                "image/webp",
                name="prooftype",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_proofs_branch_id")),
        sa.ForeignKeyConstraint(["uploader_id"], ["staff.id"], name=op.f("fk_proofs_uploader_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proofs")),
        sa.UniqueConstraint("uploader_id", "sha256", name=op.f("uq_proofs_uploader_id_sha256")),
    )
    with op.batch_alter_table("proofs", schema=None) as batch_op:
        batch_op.create_index("ix_proofs_branch_id_stored_at", ["branch_id", "stored_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_proofs_sha256"), ["sha256"], unique=False)
        batch_op.create_index("ix_proofs_uploader_id_stored_at", ["uploader_id", "stored_at"], unique=False)

    op.create_table(
        "shifts",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_shifts_branch_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_shifts_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
    )
    with op.batch_alter_table("shifts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_shifts_branch_id_open",
            ["branch_id"],
            unique=False,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index("ix_shifts_staff_id_started_at", ["staff_id", "started_at"], unique=False)
        batch_op.create_index(
            "uq_shifts_open",
            ["staff_id"],
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "proof_mentions",
        sa.Column("pickup_id", sa.Uuid(), nullable=False),
        sa.Column("courier_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column(
            "event_type",
            sa.Enum(
                "departed",
                "arrived",
                "arrival_undone",
                "handover_started",
                "collected",
                "left",
                name="fieldeventtype",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("mentioned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["courier_id"], ["staff.id"], name=op.f("fk_proof_mentions_courier_id")),
        sa.ForeignKeyConstraint(["pickup_id"], ["pickups.id"], name=op.f("fk_proof_mentions_pickup_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_mentions")),
        sa.UniqueConstraint(
            "pickup_id", "courier_id", "sha256", name=op.f("uq_proof_mentions_pickup_id_courier_id_sha256")
        ),
    )
    with op.batch_alter_table("proof_mentions", schema=None) as batch_op:
        batch_op.create_index("ix_proof_mentions_mentioned_at", ["mentioned_at"], unique=False)
        batch_op.create_index("ix_proof_mentions_sha256_courier_id", ["sha256", "courier_id"], unique=False)

    op.create_table(
        "stop_proposals",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("pickup_id", sa.Uuid(), nullable=False),
        sa.Column("courier_id", sa.Uuid(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "ready_later",
                "window_ends_soon",
                name="stoporderreason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("stops", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "accepted",
                "declined",
                "superseded",
                name="proposalstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("useful_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_stop_proposals_branch_id")),
        sa.ForeignKeyConstraint(["courier_id"], ["staff.id"], name=op.f("fk_stop_proposals_courier_id")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["staff.id"], name=op.f("fk_stop_proposals_decided_by_id")
        ),
        sa.ForeignKeyConstraint(["pickup_id"], ["pickups.id"], name=op.f("fk_stop_proposals_pickup_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop_proposals")),
    )
    with op.batch_alter_table("stop_proposals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stop_proposals_pickup_id"), ["pickup_id"], unique=False)
        batch_op.create_index(
            "uq_stop_proposals_open",
            ["courier_id"],
            unique=True,
            postgresql_where=sa.text("state = 'proposed'"),
            sqlite_where=sa.text("state = 'proposed'"),
        )

    op.create_table(
        "wait_slip_acknowledgements",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("wait_id", sa.Uuid(), nullable=False),
        sa.Column("courier_id", sa.Uuid(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("proof_sha256", sa.String(length=64), nullable=True),
        sa.Column("slip_hash", sa.String(length=64), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branches.id"], name=op.f("fk_wait_slip_acknowledgements_branch_id")
        ),
        sa.ForeignKeyConstraint(
            ["courier_id"], ["staff.id"], name=op.f("fk_wait_slip_acknowledgements_courier_id")
        ),
        sa.ForeignKeyConstraint(
            ["wait_id"], ["waits.id"], name=op.f("fk_wait_slip_acknowledgements_wait_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wait_slip_acknowledgements")),
        sa.UniqueConstraint("wait_id", name=op.f("uq_wait_slip_acknowledgements_wait_id")),
    )
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wait_limit_seconds", sa.Integer(), nullable=True))

    with op.batch_alter_table("field_events", schema=None) as batch_op:
        batch_op.create_index(
            "ix_field_events_courier_id_seen",
            ["courier_id", "effective_at"],
            unique=False,
            postgresql_where=sa.text("latitude IS NOT NULL"),
            sqlite_where=sa.text("latitude IS NOT NULL"),
        )

    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notices_staff_id_id"))
        batch_op.create_index("ix_notices_staff_id_decided_at", ["staff_id", "decided_at"], unique=False)

    with op.batch_alter_table("pickups", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lateness_due_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("story_began_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "ix_pickups_lateness_due_at",
            ["lateness_due_at"],
            unique=False,
            postgresql_where=sa.text("lateness_due_at IS NOT NULL"),
            sqlite_where=sa.text("lateness_due_at IS NOT NULL"),
        )

    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wait_limit_seconds", sa.Integer(), nullable=True))

    with op.batch_alter_table("waits", schema=None) as batch_op:
        batch_op.add_column(sa.Column("loading_limit_seconds", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("extension_max_minutes", sa.Integer(), nullable=True))
        batch_op.create_index(
            "ix_waits_branch_id_needs_review",
            ["branch_id", "arrived_at"],
            unique=False,
            postgresql_where=sa.text("needs_review"),
            sqlite_where=sa.text("needs_review"),
        )
        batch_op.create_index(
            "ix_waits_extension_open",
            ["extension_asked_at"],
            unique=False,
            postgresql_where=sa.text("extension_state = 'requested' AND state <> 'closed'"),
            sqlite_where=sa.text("extension_state = 'requested' AND state <> 'closed'"),
        )


def downgrade() -> None:

    with op.batch_alter_table("waits", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_waits_extension_open",
            postgresql_where=sa.text("extension_state = 'requested' AND state <> 'closed'"),
            sqlite_where=sa.text("extension_state = 'requested' AND state <> 'closed'"),
        )
        batch_op.drop_index(
            "ix_waits_branch_id_needs_review",
            postgresql_where=sa.text("needs_review"),
            sqlite_where=sa.text("needs_review"),
        )
        batch_op.drop_column("extension_max_minutes")
        batch_op.drop_column("loading_limit_seconds")

    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.drop_column("wait_limit_seconds")

    with op.batch_alter_table("pickups", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_pickups_lateness_due_at",
            postgresql_where=sa.text("lateness_due_at IS NOT NULL"),
            sqlite_where=sa.text("lateness_due_at IS NOT NULL"),
        )
        batch_op.drop_column("story_began_at")
        batch_op.drop_column("lateness_due_at")

    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_index("ix_notices_staff_id_decided_at")
        batch_op.create_index(batch_op.f("ix_notices_staff_id_id"), ["staff_id", "id"], unique=False)

    with op.batch_alter_table("field_events", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_field_events_courier_id_seen",
            postgresql_where=sa.text("latitude IS NOT NULL"),
            sqlite_where=sa.text("latitude IS NOT NULL"),
        )

    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.drop_column("wait_limit_seconds")

    op.drop_table("wait_slip_acknowledgements")
    with op.batch_alter_table("stop_proposals", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_stop_proposals_open",
            postgresql_where=sa.text("state = 'proposed'"),
            sqlite_where=sa.text("state = 'proposed'"),
        )
        batch_op.drop_index(batch_op.f("ix_stop_proposals_pickup_id"))

    op.drop_table("stop_proposals")
    with op.batch_alter_table("proof_mentions", schema=None) as batch_op:
        batch_op.drop_index("ix_proof_mentions_sha256_courier_id")
        batch_op.drop_index("ix_proof_mentions_mentioned_at")

    op.drop_table("proof_mentions")
    with op.batch_alter_table("shifts", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_shifts_open",
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index("ix_shifts_staff_id_started_at")
        batch_op.drop_index(
            "ix_shifts_branch_id_open",
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )

    op.drop_table("shifts")
    with op.batch_alter_table("proofs", schema=None) as batch_op:
        batch_op.drop_index("ix_proofs_uploader_id_stored_at")
        batch_op.drop_index(batch_op.f("ix_proofs_sha256"))
        batch_op.drop_index("ix_proofs_branch_id_stored_at")

    op.drop_table("proofs")
    with op.batch_alter_table("courier_positions", schema=None) as batch_op:
        batch_op.drop_index("ix_courier_positions_received_at")

    op.drop_table("courier_positions")
    with op.batch_alter_table("changes", schema=None) as batch_op:
        batch_op.drop_index("ix_changes_staff_id_xid_seq")
        batch_op.drop_index("ix_changes_branch_id_xid_seq")

    op.drop_table("changes")
