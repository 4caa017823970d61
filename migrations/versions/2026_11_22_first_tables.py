"""first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "branches",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column(
            "locale",
            sa.Enum("zh-CN", "en", name="locale", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("hotline", sa.String(length=32), nullable=True),
        sa.Column("working_hours", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branches")),
        sa.UniqueConstraint("code", name=op.f("uq_branches_code")),
    )
    op.create_table(
        "idempotent_answers",
        sa.Column("caller_id", sa.Uuid(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.String(length=1000), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotent_answers")),
        sa.UniqueConstraint("caller_id", "key_hash", name=op.f("uq_idempotent_answers_caller_id_key_hash")),
    )
    with op.batch_alter_table("idempotent_answers", schema=None) as batch_op:
        batch_op.create_index("ix_idempotent_answers_created_at", ["created_at"], unique=False)

    op.create_table(
        "job_slots",
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("slot", sa.String(length=64), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("job", "slot", name=op.f("pk_job_slots")),
    )
    op.create_table(
        "sender_states",
        sa.Column(
            "channel",
            sa.Enum("push", "message", name="channel", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_sender_states")),
    )
    op.create_table(
        "sign_in_throttles",
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("window_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_sign_in_throttles")),
    )
    op.create_table(
        "churn_models",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column(
            "engine",
            sa.Enum(
                "model",
                "rule",
                "none",
                name="churnengine",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("customers", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("fitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_churn_models_branch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_churn_models")),
    )
    with op.batch_alter_table("churn_models", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_churn_models_branch_id"), ["branch_id"], unique=False)

    op.create_table(
        "events",
        sa.Column("branch_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("subject_type", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_events_branch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index(
            "ix_events_subject_type_subject_id_id", ["subject_type", "subject_id", "id"], unique=False
        )

    op.create_table(
        "staff",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
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
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("phone_index", sa.String(length=64), nullable=True),
        sa.Column(
            "locale",
            sa.Enum("zh-CN", "en", name="locale", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("token_epoch", sa.Integer(), nullable=False),
        sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_staff_branch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("phone_index", name=op.f("uq_staff_phone_index")),
    )
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.create_index("ix_staff_branch_id_role", ["branch_id", "role"], unique=False)

    op.create_table(
        "api_keys",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_api_keys_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_keys_key_hash")),
    )
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_keys_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "branch_policies",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_branch_policies_branch_id")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["staff.id"], name=op.f("fk_branch_policies_created_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branch_policies")),
        sa.UniqueConstraint("branch_id", "version", name=op.f("uq_branch_policies_branch_id_version")),
    )
    op.create_table(
        "customers",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("industry", sa.String(length=80), nullable=True),
        sa.Column(
            "grade",
            sa.Enum("A", "B", "C", name="grade", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "active",
                "closed_by_us",
                name="customerstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_customers_branch_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_customers_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("branch_id", "code", name=op.f("uq_customers_branch_id_code")),
    )
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.create_index("ix_customers_branch_id_owner_id", ["branch_id", "owner_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_customers_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "staff_sessions",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("installation_id", sa.String(length=64), nullable=False),
        sa.Column("token_epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=32), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_sessions_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sessions")),
    )
    with op.batch_alter_table("staff_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_sessions_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "access_tokens",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["staff_sessions.id"], name=op.f("fk_access_tokens_session_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_access_tokens")),
    )
    with op.batch_alter_table("access_tokens", schema=None) as batch_op:
        batch_op.create_index("ix_access_tokens_expires_at", ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_access_tokens_session_id"), ["session_id"], unique=False)

    op.create_table(
        "churn_alerts",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column(
            "reason_family",
            sa.Enum(
                "silence",
                "decline",
                "service",
                "feedback",
                name="reasonfamily",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("spell_started_on", sa.Date(), nullable=False),
        sa.Column(
            "band",
            sa.Enum(
                "low",
                "medium",
                "high",
                "unrated",
                name="band",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.Column("win_back", sa.Boolean(), nullable=False),
        sa.Column("p_ships", sa.Double(), nullable=True),
        sa.Column("value_at_risk_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "raised",
                "acknowledged",
                "acting",
                "snoozed",
                "resolved",
                name="alertstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozes", sa.Integer(), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "won_back",
                "lost",
                "false_alarm",
                "seasonal",
                name="alertoutcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "loss_reason",
            sa.Enum(
                "price",
                "service",
                "competitor",
                "relocated",
                "closed",
                "non_payment",
                "contact_left",
                "rep_left",
                "in_house",
                name="lossreason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_churn_alerts_branch_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_churn_alerts_customer_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_churn_alerts_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_churn_alerts")),
        sa.UniqueConstraint(
            "customer_id",
            "reason_family",
            "spell_started_on",
            name=op.f("uq_churn_alerts_customer_id_reason_family_spell_started_on"),
        ),
    )
    with op.batch_alter_table("churn_alerts", schema=None) as batch_op:
        batch_op.create_index("ix_churn_alerts_branch_id_state", ["branch_id", "state"], unique=False)
        batch_op.create_index("ix_churn_alerts_owner_id_state", ["owner_id", "state"], unique=False)

    op.create_table(
        "churn_scores",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("model_id", sa.Uuid(), nullable=True),
        sa.Column("scored_on", sa.Date(), nullable=False),
        sa.Column(
            "engine",
            sa.Enum(
                "model",
                "rule",
                "none",
                name="churnengine",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "band",
            sa.Enum(
                "low",
                "medium",
                "high",
                "unrated",
                name="band",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("p_ships", sa.Double(), nullable=True),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("recency_days", sa.Integer(), nullable=False),
        sa.Column("shipping_days", sa.Integer(), nullable=False),
        sa.Column("value_at_risk_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_churn_scores_branch_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_churn_scores_customer_id")),
        sa.ForeignKeyConstraint(["model_id"], ["churn_models.id"], name=op.f("fk_churn_scores_model_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_churn_scores")),
        sa.UniqueConstraint("customer_id", "scored_on", name=op.f("uq_churn_scores_customer_id_scored_on")),
    )
    with op.batch_alter_table("churn_scores", schema=None) as batch_op:
        batch_op.create_index("ix_churn_scores_branch_id_scored_on", ["branch_id", "scored_on"], unique=False)

    op.create_table(
        "contacts",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("phone_index", sa.String(length=64), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column(
            "locale",
            sa.Enum("zh-CN", "en", name="locale", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("birthday", sa.Text(), nullable=True),
        sa.Column("birthday_index", sa.String(length=64), nullable=True),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_contacts_branch_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_contacts_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_contacts_birthday_index"), ["birthday_index"], unique=False)
        batch_op.create_index(batch_op.f("ix_contacts_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_contacts_phone_index"), ["phone_index"], unique=False)

    op.create_table(
        "devices",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("installation_id", sa.String(length=64), nullable=False),
        sa.Column("push_address", sa.String(length=4096), nullable=False),
        sa.Column(
            "address_kind",
            sa.Enum("token", "fid", name="addresskind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column(
            "platform",
            sa.Enum(
                "android",
                "ios",
                "harmony",
                name="platform",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("app_version", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["staff_sessions.id"], name=op.f("fk_devices_session_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_devices_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("push_address", name=op.f("uq_devices_push_address")),
        sa.UniqueConstraint("staff_id", "installation_id", name=op.f("uq_devices_staff_id_installation_id")),
    )
    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_devices_session_id"), ["session_id"], unique=False)

    op.create_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("parent_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rotated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("successor_sealed", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["staff_sessions.id"], name=op.f("fk_refresh_tokens_session_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_refresh_tokens")),
        sa.UniqueConstraint("parent_hash", name=op.f("uq_refresh_tokens_parent_hash")),
    )
    with op.batch_alter_table("refresh_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refresh_tokens_session_id"), ["session_id"], unique=False)

    op.create_table(
        "shipments",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("waybill", sa.String(length=64), nullable=False),
        sa.Column("picked_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shipped_on", sa.Date(), nullable=False),
        sa.Column("revenue_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=True),
        sa.Column(
            "failure",
            sa.Enum(
                "late",
                "lost",
                "damaged",
                "misrouted",
                "data_entry",
                "customs_held",
                name="shipmentfailure",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_shipments_branch_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_shipments_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipments")),
        sa.UniqueConstraint("branch_id", "waybill", name=op.f("uq_shipments_branch_id_waybill")),
    )
    with op.batch_alter_table("shipments", schema=None) as batch_op:
        batch_op.create_index("ix_shipments_branch_id_shipped_on", ["branch_id", "shipped_on"], unique=False)
        batch_op.create_index(
            "ix_shipments_customer_id_shipped_on", ["customer_id", "shipped_on"], unique=False
        )

    op.create_table(
        "sites",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("radius_m", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_sites_branch_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_sites_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        sa.UniqueConstraint("customer_id", "name", name=op.f("uq_sites_customer_id_name")),
    )
    op.create_table(
        "visits",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("rep_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "planned",
                "completed",
                "missed",
                "skipped",
                "cancelled",
                name="visitstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("purpose", sa.String(length=200), nullable=True),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("check_in_distance_m", sa.Integer(), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("findings", sa.Text(), nullable=True),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.Column("cancel_reason", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_visits_branch_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_visits_customer_id")),
        sa.ForeignKeyConstraint(["rep_id"], ["staff.id"], name=op.f("fk_visits_rep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.create_index("ix_visits_branch_id_planned_on", ["branch_id", "planned_on"], unique=False)
        batch_op.create_index(
            "ix_visits_customer_id_completed_at", ["customer_id", "completed_at"], unique=False
        )
        batch_op.create_index("ix_visits_rep_id_planned_on", ["rep_id", "planned_on"], unique=False)

    op.create_table(
        "notices",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("dedupe_key", sa.String(length=200), nullable=False),
        sa.Column("thread", sa.String(length=80), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("pickup_id", sa.Uuid(), nullable=True),
        sa.Column("wait_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("link_id", sa.Uuid(), nullable=True),
        sa.Column("variables", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "accepted",
                "superseded",
                "dead",
                "suppressed",
                name="noticestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("useful_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_notices_branch_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_notices_contact_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_notices_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_notices_dedupe_key")),
    )
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.create_index("ix_notices_contact_id_decided_at", ["contact_id", "decided_at"], unique=False)
        batch_op.create_index("ix_notices_staff_id_id", ["staff_id", "id"], unique=False)
        batch_op.create_index(
            "ix_notices_thread",
            ["thread"],
            unique=False,
            postgresql_where=sa.text("state = 'pending'"),
            sqlite_where=sa.text("state = 'pending'"),
        )

    op.create_table(
        "pickups",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("external_ref", sa.String(length=64), nullable=False),
        sa.Column("booking_hash", sa.String(length=64), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "booked",
                "assigned",
                "en_route",
                "at_door",
                "collected",
                "left",
                "missed",
                "cancelled",
                name="pickupstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("eta_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("courier_id", sa.Uuid(), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parcels_expected", sa.Integer(), nullable=True),
        sa.Column("parcels_collected", sa.Integer(), nullable=True),
        sa.Column(
            "readiness_answer",
            sa.Enum(
                "ready",
                "in_minutes",
                "another_time",
                "nothing_today",
                name="readinessanswer",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("readiness_answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promised_ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("goods_packed", sa.Boolean(), nullable=True),
        sa.Column("papers_printed", sa.Boolean(), nullable=True),
        sa.Column("ping_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pings_sent", sa.Integer(), nullable=False),
        sa.Column("feedback_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrivals_undone", sa.Integer(), nullable=False),
        sa.Column("last_event_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.String(length=200), nullable=True),
        sa.Column("rescheduled_from_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_pickups_branch_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_pickups_contact_id")),
        sa.ForeignKeyConstraint(["courier_id"], ["staff.id"], name=op.f("fk_pickups_courier_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_pickups_customer_id")),
        sa.ForeignKeyConstraint(
            ["rescheduled_from_id"], ["pickups.id"], name=op.f("fk_pickups_rescheduled_from_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_pickups_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pickups")),
        sa.UniqueConstraint("branch_id", "external_ref", name=op.f("uq_pickups_branch_id_external_ref")),
    )
    with op.batch_alter_table("pickups", schema=None) as batch_op:
        batch_op.create_index(
            "ix_pickups_branch_id_window_start", ["branch_id", "window_start"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_pickups_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(
            "ix_pickups_courier_id_window_start", ["courier_id", "window_start"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_pickups_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(
            "ix_pickups_feedback_due_at",
            ["feedback_due_at"],
            unique=False,
            postgresql_where=sa.text("feedback_due_at IS NOT NULL"),
            sqlite_where=sa.text("feedback_due_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_pickups_ping_due_at",
            ["ping_due_at"],
            unique=False,
            postgresql_where=sa.text("ping_due_at IS NOT NULL"),
            sqlite_where=sa.text("ping_due_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_pickups_site_id"), ["site_id"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("push", "message", name="channel", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("address_key", sa.String(length=64), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "leased",
                "accepted",
                "superseded",
                "dead",
                name="deliverystate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.String(length=32), nullable=True),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.Column("provider_ref", sa.String(length=200), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_deliveries_notice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint(
            "notice_id", "channel", "address_key", name=op.f("uq_deliveries_notice_id_channel_address_key")
        ),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deliveries_due",
            ["next_at"],
            unique=False,
            postgresql_where=sa.text("state = 'pending'"),
            sqlite_where=sa.text("state = 'pending'"),
        )
        batch_op.create_index(
            "ix_deliveries_lease",
            ["lease_until"],
            unique=False,
            postgresql_where=sa.text("state = 'leased'"),
            sqlite_where=sa.text("state = 'leased'"),
        )

    op.create_table(
        "field_events",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("courier_id", sa.Uuid(), nullable=False),
        sa.Column("pickup_id", sa.Uuid(), nullable=False),
        sa.Column("wait_id", sa.Uuid(), nullable=True),
        sa.Column(
            "type",
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
            nullable=False,
        ),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "quality",
            sa.Enum(
                "measured",
                "estimated",
                "unverified",
                name="quality",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("boot_id", sa.String(length=64), nullable=True),
        sa.Column("monotonic_ms", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("mock", sa.Boolean(), nullable=True),
        sa.Column(
            "trust",
            sa.Enum(
                "verified",
                "near",
                "low",
                "unknown",
                name="trust",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "applied",
                "duplicate",
                "conflict",
                "rejected",
                name="eventoutcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["courier_id"], ["staff.id"], name=op.f("fk_field_events_courier_id")),
        sa.ForeignKeyConstraint(["pickup_id"], ["pickups.id"], name=op.f("fk_field_events_pickup_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_events")),
        sa.UniqueConstraint("courier_id", "event_id", name=op.f("uq_field_events_courier_id_event_id")),
    )
    with op.batch_alter_table("field_events", schema=None) as batch_op:
        batch_op.create_index(
            "ix_field_events_pickup_id_effective_at", ["pickup_id", "effective_at"], unique=False
        )

    op.create_table(
        "links",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("pickup_id", sa.Uuid(), nullable=True),
        sa.Column(
            "purpose",
            sa.Enum(
                "pickup",
                "reschedule",
                "feedback",
                "case",
                "preferences",
                name="linkpurpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("key_id", sa.String(length=8), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_links_branch_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_links_contact_id")),
        sa.ForeignKeyConstraint(["pickup_id"], ["pickups.id"], name=op.f("fk_links_pickup_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_links_token_sha256")),
    )
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_links_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index("ix_links_pickup_id_purpose", ["pickup_id", "purpose"], unique=False)

    op.create_table(
        "pickup_assignments",
        sa.Column("pickup_id", sa.Uuid(), nullable=False),
        sa.Column("courier_id", sa.Uuid(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["courier_id"], ["staff.id"], name=op.f("fk_pickup_assignments_courier_id")),
        sa.ForeignKeyConstraint(["pickup_id"], ["pickups.id"], name=op.f("fk_pickup_assignments_pickup_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pickup_assignments")),
    )
    with op.batch_alter_table("pickup_assignments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pickup_assignments_pickup_id"), ["pickup_id"], unique=False)

    op.create_table(
        "waits",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("pickup_id", sa.Uuid(), nullable=False),
        sa.Column("courier_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "handing_over",
                "closed",
                name="waitstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "collected",
                "left",
                "undone",
                "abandoned",
                "cancelled",
                name="waitoutcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clock_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("limit_seconds", sa.Integer(), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column(
            "trust",
            sa.Enum(
                "verified",
                "near",
                "low",
                "unknown",
                name="trust",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "quality",
            sa.Enum(
                "measured",
                "estimated",
                "unverified",
                name="quality",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("handover_started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("departed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "cause",
            sa.Enum(
                "goods_not_ready",
                "papers_missing",
                "nobody_there",
                "closed",
                "access",
                "courier_early",
                "our_delay",
                name="waitcause",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("needs_review", sa.Boolean(), nullable=False),
        sa.Column("dwell_seconds", sa.Integer(), nullable=True),
        sa.Column("avoidable_wait_seconds", sa.Integer(), nullable=True),
        sa.Column(
            "extension_state",
            sa.Enum(
                "requested",
                "granted",
                "refused",
                name="extensionstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("extension_minutes", sa.Integer(), nullable=True),
        sa.Column("extension_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extension_asked_by", sa.String(), nullable=True),
        sa.Column("extension_decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_waits_branch_id")),
        sa.ForeignKeyConstraint(["courier_id"], ["staff.id"], name=op.f("fk_waits_courier_id")),
        sa.ForeignKeyConstraint(["pickup_id"], ["pickups.id"], name=op.f("fk_waits_pickup_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waits")),
        sa.UniqueConstraint("pickup_id", "attempt", name=op.f("uq_waits_pickup_id_attempt")),
    )
    with op.batch_alter_table("waits", schema=None) as batch_op:
        batch_op.create_index("ix_waits_branch_id_arrived_at", ["branch_id", "arrived_at"], unique=False)
        batch_op.create_index(
            "ix_waits_branch_id_running",
            ["branch_id", "arrived_at"],
            unique=False,
            postgresql_where=sa.text("state <> 'closed'"),
            sqlite_where=sa.text("state <> 'closed'"),
        )
        batch_op.create_index(batch_op.f("ix_waits_courier_id"), ["courier_id"], unique=False)
        batch_op.create_index(
            "uq_waits_running",
            ["pickup_id"],
            unique=True,
            postgresql_where=sa.text("state <> 'closed'"),
            sqlite_where=sa.text("state <> 'closed'"),
        )

    op.create_table(
        "feedback",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("pickup_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("courier_id", sa.Uuid(), nullable=True),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column(
            "about",
            sa.Enum(
                "courier",
                "company",
                "customer_service",
                name="feedbackabout",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("call_me_back", sa.Boolean(), nullable=False),
        sa.Column("left_out_because", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_feedback_score")),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_feedback_branch_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_feedback_contact_id")),
        sa.ForeignKeyConstraint(["courier_id"], ["staff.id"], name=op.f("fk_feedback_courier_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_feedback_customer_id")),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_feedback_link_id")),
        sa.ForeignKeyConstraint(["pickup_id"], ["pickups.id"], name=op.f("fk_feedback_pickup_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("pickup_id", name=op.f("uq_feedback_pickup_id")),
    )
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_feedback_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_courier_id"), ["courier_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_feedback_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "readiness_answers",
        sa.Column("pickup_id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=True),
        sa.Column(
            "answer",
            sa.Enum(
                "ready",
                "in_minutes",
                "another_time",
                "nothing_today",
                name="readinessanswer",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("goods_packed", sa.Boolean(), nullable=True),
        sa.Column("papers_printed", sa.Boolean(), nullable=True),
        sa.Column("parcels", sa.Integer(), nullable=True),
        sa.Column("promised_ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_readiness_answers_link_id")),
        sa.ForeignKeyConstraint(["pickup_id"], ["pickups.id"], name=op.f("fk_readiness_answers_pickup_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_readiness_answers")),
    )
    with op.batch_alter_table("readiness_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_readiness_answers_pickup_id"), ["pickup_id"], unique=False)

    op.create_table(
        "wait_timers",
        sa.Column("wait_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "nudge",
                "warn",
                "expire",
                "undecided",
                "abandon",
                "loading",
                name="timerkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "armed",
                "fired",
                "cancelled",
                "superseded",
                name="timerstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("fired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["wait_id"], ["waits.id"], name=op.f("fk_wait_timers_wait_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wait_timers")),
        sa.UniqueConstraint(
            "wait_id", "kind", "generation", name=op.f("uq_wait_timers_wait_id_kind_generation")
        ),
    )
    with op.batch_alter_table("wait_timers", schema=None) as batch_op:
        batch_op.create_index(
            "ix_wait_timers_due",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("state = 'armed'"),
            sqlite_where=sa.text("state = 'armed'"),
        )

    op.create_table(
        "feedback_versions",
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column(
            "about",
            sa.Enum(
                "courier",
                "company",
                "customer_service",
                name="feedbackabout",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("call_me_back", sa.Boolean(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["feedback.id"], name=op.f("fk_feedback_versions_feedback_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_versions")),
        sa.UniqueConstraint("feedback_id", "version", name=op.f("uq_feedback_versions_feedback_id_version")),
    )


def downgrade() -> None:

    op.drop_table("feedback_versions")
    with op.batch_alter_table("wait_timers", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_wait_timers_due",
            postgresql_where=sa.text("state = 'armed'"),
            sqlite_where=sa.text("state = 'armed'"),
        )

    op.drop_table("wait_timers")
    with op.batch_alter_table("readiness_answers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_readiness_answers_pickup_id"))

    op.drop_table("readiness_answers")
    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_feedback_customer_id"))
        batch_op.drop_index(batch_op.f("ix_feedback_courier_id"))
        batch_op.drop_index(batch_op.f("ix_feedback_contact_id"))

    op.drop_table("feedback")
    with op.batch_alter_table("waits", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_waits_running",
            postgresql_where=sa.text("state <> 'closed'"),
            sqlite_where=sa.text("state <> 'closed'"),
        )
        batch_op.drop_index(batch_op.f("ix_waits_courier_id"))
        batch_op.drop_index(
            "ix_waits_branch_id_running",
            postgresql_where=sa.text("state <> 'closed'"),
            sqlite_where=sa.text("state <> 'closed'"),
        )
        batch_op.drop_index("ix_waits_branch_id_arrived_at")

    op.drop_table("waits")
    with op.batch_alter_table("pickup_assignments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pickup_assignments_pickup_id"))

    op.drop_table("pickup_assignments")
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.drop_index("ix_links_pickup_id_purpose")
        batch_op.drop_index(batch_op.f("ix_links_contact_id"))

    op.drop_table("links")
    with op.batch_alter_table("field_events", schema=None) as batch_op:
        batch_op.drop_index("ix_field_events_pickup_id_effective_at")

    op.drop_table("field_events")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_deliveries_lease",
            postgresql_where=sa.text("state = 'leased'"),
            sqlite_where=sa.text("state = 'leased'"),
        )
        batch_op.drop_index(
            "ix_deliveries_due",
            postgresql_where=sa.text("state = 'pending'"),
            sqlite_where=sa.text("state = 'pending'"),
        )

    op.drop_table("deliveries")
    with op.batch_alter_table("pickups", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pickups_site_id"))
        batch_op.drop_index(
            "ix_pickups_ping_due_at",
            postgresql_where=sa.text("ping_due_at IS NOT NULL"),
            sqlite_where=sa.text("ping_due_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_pickups_feedback_due_at",
            postgresql_where=sa.text("feedback_due_at IS NOT NULL"),
            sqlite_where=sa.text("feedback_due_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_pickups_customer_id"))
        batch_op.drop_index("ix_pickups_courier_id_window_start")
        batch_op.drop_index(batch_op.f("ix_pickups_contact_id"))
        batch_op.drop_index("ix_pickups_branch_id_window_start")

    op.drop_table("pickups")
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_notices_thread",
            postgresql_where=sa.text("state = 'pending'"),
            sqlite_where=sa.text("state = 'pending'"),
        )
        batch_op.drop_index("ix_notices_staff_id_id")
        batch_op.drop_index("ix_notices_contact_id_decided_at")

    op.drop_table("notices")
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.drop_index("ix_visits_rep_id_planned_on")
        batch_op.drop_index("ix_visits_customer_id_completed_at")
        batch_op.drop_index("ix_visits_branch_id_planned_on")

    op.drop_table("visits")
    op.drop_table("sites")
    with op.batch_alter_table("shipments", schema=None) as batch_op:
        batch_op.drop_index("ix_shipments_customer_id_shipped_on")
        batch_op.drop_index("ix_shipments_branch_id_shipped_on")

    op.drop_table("shipments")
    with op.batch_alter_table("refresh_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refresh_tokens_session_id"))

    op.drop_table("refresh_tokens")
    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_devices_session_id"))

    op.drop_table("devices")
    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contacts_phone_index"))
        batch_op.drop_index(batch_op.f("ix_contacts_customer_id"))
        batch_op.drop_index(batch_op.f("ix_contacts_birthday_index"))

    op.drop_table("contacts")
    with op.batch_alter_table("churn_scores", schema=None) as batch_op:
        batch_op.drop_index("ix_churn_scores_branch_id_scored_on")

    op.drop_table("churn_scores")
    with op.batch_alter_table("churn_alerts", schema=None) as batch_op:
        batch_op.drop_index("ix_churn_alerts_owner_id_state")
        batch_op.drop_index("ix_churn_alerts_branch_id_state")

    op.drop_table("churn_alerts")
    with op.batch_alter_table("access_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_access_tokens_session_id"))
        batch_op.drop_index("ix_access_tokens_expires_at")

    op.drop_table("access_tokens")
    with op.batch_alter_table("staff_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_sessions_staff_id"))

    op.drop_table("staff_sessions")
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customers_owner_id"))
        batch_op.drop_index("ix_customers_branch_id_owner_id")

    op.drop_table("customers")
    op.drop_table("branch_policies")
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_keys_staff_id"))

    op.drop_table("api_keys")
    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_index("ix_staff_branch_id_role")

    op.drop_table("staff")
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index("ix_events_subject_type_subject_id_id")

    op.drop_table("events")
    with op.batch_alter_table("churn_models", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_churn_models_branch_id"))

    op.drop_table("churn_models")
    op.drop_table("sign_in_throttles")
    op.drop_table("sender_states")
    op.drop_table("job_slots")
    with op.batch_alter_table("idempotent_answers", schema=None) as batch_op:
        batch_op.drop_index("ix_idempotent_answers_created_at")

    op.drop_table("idempotent_answers")
    op.drop_table("branches")
