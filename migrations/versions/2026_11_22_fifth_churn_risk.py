"""churn risk"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


# A vocabulary that grew: what autogenerate does not see.
ENGINES_BEFORE = ("model", "rule", "none")
ENGINES = ("model", "combination", "decline", "rule", "none")


def upgrade() -> None:
    for table in ("churn_models", "churn_scores"):
        _let_in(table, "engine", ENGINES_BEFORE, ENGINES)
        # What stands there was scored by the first engine.
        _add(table, sa.Column("engine_version", sa.Integer(), nullable=False, server_default="1"))

    with op.batch_alter_table("churn_scores", schema=None) as batch_op:
        batch_op.drop_index("ix_churn_scores_branch_id_scored_on")
        batch_op.create_index(
            "ix_churn_scores_branch_id_scored_on_value",
            ["branch_id", "scored_on", "value_at_risk_minor", "customer_id"],
            unique=False,
        )

    with op.batch_alter_table("churn_alerts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("usual_parcels", sa.Double(), nullable=True))
    _add("churn_alerts", sa.Column("playbook", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    with op.batch_alter_table("churn_alerts", schema=None) as batch_op:
        batch_op.drop_column("playbook")
        batch_op.drop_column("usual_parcels")

    with op.batch_alter_table("churn_scores", schema=None) as batch_op:
        batch_op.drop_index("ix_churn_scores_branch_id_scored_on_value")
        batch_op.create_index(
            "ix_churn_scores_branch_id_scored_on", ["branch_id", "scored_on"], unique=False
        )

    for table in ("churn_scores", "churn_models"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column("engine_version")
        op.execute(f"UPDATE {table} SET engine = 'model' WHERE engine IN ('combination', 'decline')")
        _let_in(table, "engine", ENGINES, ENGINES_BEFORE)


def _add(table: str, column: sa.Column) -> None:
    """Add a column that old rows get a value for, and new rows bring along."""
    with op.batch_alter_table(table) as batch_op:
        batch_op.add_column(column)
    with op.batch_alter_table(table) as batch_op:
        batch_op.alter_column(column.name, existing_type=column.type, server_default=None)


def _let_in(table: str, column: str, before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """Exchange the words that a column takes."""
    free = sa.String(length=32)
    for old, new in ((_words(before), free), (free, _words(after))):
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column(column, existing_type=old, type_=new, existing_nullable=False)


def _words(words: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*words, name="churnengine", native_enum=False, create_constraint=True, length=32)
