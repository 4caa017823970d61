"""The audit trail, and triggers that keep it and the facts as they were written"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# What an entry says stays; what is sealed in it may be sealed anew; its place is given once.
SAID = "id, branch_id, name, about_id, actor_id, via, session_id, role"
PURGED = "SELECT max(position) FROM audit_checkpoints WHERE kind = 'purged'"
IS_AUDITED = "EXISTS (SELECT 1 FROM audit_entries WHERE audit_entries.id = OLD.id)"
IS_NOT_PURGED = f"OLD.position IS NULL OR OLD.position > coalesce(({PURGED}), 0)"

# Name, table, what is refused, and when; None: always.
TRIGGERS = (
    ("events_unchanged", "events", "UPDATE", None),
    ("events_kept", "events", "DELETE", IS_AUDITED),
    ("audit_entries_unchanged", "audit_entries", f"UPDATE OF {SAID}", None),
    ("audit_entries_in_place", "audit_entries", "UPDATE OF position, hash", "OLD.position IS NOT NULL"),
    ("audit_entries_kept", "audit_entries", "DELETE", IS_NOT_PURGED),
    ("audit_checkpoints_unchanged", "audit_checkpoints", "UPDATE", None),
    ("audit_checkpoints_kept", "audit_checkpoints", "DELETE", None),
)
EMPTIED = ("events", "audit_entries", "audit_checkpoints")
REFUSAL = "the audit trail is append-only"


def upgrade() -> None:
    op.create_table(
        "audit_checkpoints",
        sa.Column(
            "kind",
            sa.Enum(
                "reached",
                "purged",
                name="checkpointkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_checkpoints")),
        sa.UniqueConstraint("kind", "position", name=op.f("uq_audit_checkpoints_kind_position")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column(
            "via",
            sa.Enum("web", "cli", "job", name="via", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column(
            "role",
            sa.Enum(
                "courier",
                "sales_rep",
                "service_agent",
                "dispatcher",
                "manager",
                "admin",
                "integration",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("hash", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "(position IS NULL) = (hash IS NULL)", name=op.f("ck_audit_entries_chained_whole")
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_audit_entries_branch_id")),
        sa.ForeignKeyConstraint(["id"], ["events.id"], name=op.f("fk_audit_entries_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("position", name=op.f("uq_audit_entries_position")),
    )
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entries_about_id_id", ["about_id", "id"], unique=False)
        batch_op.create_index("ix_audit_entries_actor_id_id", ["actor_id", "id"], unique=False)
        batch_op.create_index("ix_audit_entries_branch_id_id", ["branch_id", "id"], unique=False)
        batch_op.create_index("ix_audit_entries_branch_id_name_id", ["branch_id", "name", "id"], unique=False)

    for trigger in TRIGGERS:
        op.execute(_on_sqlite(*trigger) if _is_sqlite() else _on_postgresql(*trigger))
    if not _is_sqlite():
        for table in EMPTIED:
            op.execute(
                f"CREATE FUNCTION {table}_not_emptied() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$ BEGIN {_raise()} END $$;"
                f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_not_emptied()"
            )


def downgrade() -> None:
    for name, table, _, _ in TRIGGERS:
        op.execute(
            f"DROP TRIGGER {name}" if _is_sqlite() else f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}()"
        )
    if not _is_sqlite():
        for table in EMPTIED:
            op.execute(
                f"DROP TRIGGER {table}_not_emptied ON {table}; DROP FUNCTION {table}_not_emptied()"
            )
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entries_branch_id_name_id")
        batch_op.drop_index("ix_audit_entries_branch_id_id")
        batch_op.drop_index("ix_audit_entries_actor_id_id")
        batch_op.drop_index("ix_audit_entries_about_id_id")

    op.drop_table("audit_entries")
    op.drop_table("audit_checkpoints")


def _on_sqlite(name: str, table: str, what: str, when: str | None) -> str:
    condition = f" WHEN {when}" if when else ""
    return (
        f"CREATE TRIGGER {name} BEFORE {what} ON {table}{condition} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    )


def _on_postgresql(name: str, table: str, what: str, when: str | None) -> str:
    """Ask inside the function: PostgreSQL allows no subquery in a trigger's own condition."""
    returned = "OLD" if what == "DELETE" else "NEW"
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {when or 'true'} THEN {_raise()} END IF; RETURN {returned}; END $$;"
        f"CREATE TRIGGER {name} BEFORE {what} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


def _raise() -> str:
    return f"RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation';"


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
