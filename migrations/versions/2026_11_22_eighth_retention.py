"""Retention and erasure"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

REVOKED = sa.text("revoked_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "erased_phones",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.String(length=64), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_erased_phones_branch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erased_phones")),
        sa.UniqueConstraint("branch_id", "phone", name=op.f("uq_erased_phones_branch_id_phone")),
    )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.add_column(sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("case_messages", schema=None) as batch_op:
        batch_op.alter_column("text", existing_type=sa.Text(), nullable=True)

    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.alter_column("link_id", existing_type=sa.Uuid(), nullable=True)
        batch_op.create_index(batch_op.f("ix_feedback_link_id"), ["link_id"], unique=False)

    with op.batch_alter_table("readiness_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_readiness_answers_link_id"), ["link_id"], unique=False)

    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.create_index("ix_links_branch_id_expires_at", ["branch_id", "expires_at"], unique=False)
        batch_op.create_index(
            "ix_links_branch_id_revoked_at",
            ["branch_id", "revoked_at"],
            unique=False,
            postgresql_where=REVOKED,
            sqlite_where=REVOKED,
        )


def downgrade() -> None:
    # What is empty by now stays empty: the two columns may go on being NULL, which the code before allows for.
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_links_branch_id_revoked_at", postgresql_where=REVOKED, sqlite_where=REVOKED
        )
        batch_op.drop_index("ix_links_branch_id_expires_at")

    with op.batch_alter_table("readiness_answers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_readiness_answers_link_id"))

    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_link_id"))

    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_column("erased_at")

    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.drop_column("erased_at")

    op.drop_table("erased_phones")
