"""customers and notices"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


# Vocabularies that grew: what autogenerate does not see.
CHANNELS_BEFORE, CHANNELS = ("push", "message"), ("push", "sms", "chat", "email")
STATES_BEFORE = ("pending", "leased", "accepted", "superseded", "dead")
STATES = (*STATES_BEFORE, "suppressed")


def upgrade() -> None:
    op.execute("DELETE FROM sender_states WHERE channel = 'message'")
    _let_in("sender_states", "channel", CHANNELS_BEFORE, CHANNELS)
    # Contacts were written to by text message, or not at all.
    _let_in("deliveries", "channel", CHANNELS_BEFORE, CHANNELS, {"message": "sms"})
    _let_in("deliveries", "state", STATES_BEFORE, STATES)

    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("beaten_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "branch_logos",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
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
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_branch_logos_branch_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branch_logos")),
        sa.UniqueConstraint("branch_id", name=op.f("uq_branch_logos_branch_id")),
    )
    with op.batch_alter_table("branch_logos", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_branch_logos_sha256"), ["sha256"], unique=False)

    op.create_table(
        "staff_networks",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("network", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_networks_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", "network", name=op.f("pk_staff_networks")),
    )
    with op.batch_alter_table("staff_networks", schema=None) as batch_op:
        batch_op.create_index("ix_staff_networks_seen_at", ["seen_at"], unique=False)

    op.create_table(
        "field_reports",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "customer_unhappy",
                "competitor_seen",
                "volume_drop",
                "new_shipper",
                "address_changed",
                "other",
                name="fieldreportkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "acknowledged",
                "closed",
                name="fieldreportstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "finding",
            sa.Enum(
                "promises_broken", name="housefinding", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("figures", sa.JSON(), nullable=True),
        sa.Column("reported_by_id", sa.Uuid(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["acknowledged_by_id"], ["staff.id"], name=op.f("fk_field_reports_acknowledged_by_id")
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_field_reports_branch_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_field_reports_customer_id")),
        sa.ForeignKeyConstraint(
            ["reported_by_id"], ["staff.id"], name=op.f("fk_field_reports_reported_by_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_field_reports_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_reports")),
    )
    with op.batch_alter_table("field_reports", schema=None) as batch_op:
        batch_op.create_index("ix_field_reports_branch_id_state", ["branch_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_field_reports_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(
            "uq_field_reports_open_of_house",
            ["site_id", "kind"],
            unique=True,
            postgresql_where=sa.text("reported_by_id IS NULL AND state <> 'closed'"),
            sqlite_where=sa.text("reported_by_id IS NULL AND state <> 'closed'"),
        )

    op.create_table(
        "cases",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "complaint",
                "inquiry",
                "exception",
                name="casekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "category",
            sa.Enum(
                "low_score",
                "call_back",
                "missed_pickup",
                "late",
                "conduct",
                "damaged",
                "lost",
                "papers",
                "price",
                "other",
                name="casecategory",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "answered",
                "closed",
                name="casestate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("pickup_id", sa.Uuid(), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("opened_for", sa.String(length=80), nullable=True),
        sa.Column("respond_by_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.Uuid(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_cases_branch_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_cases_contact_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_cases_customer_id")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["staff.id"], name=op.f("fk_cases_opened_by_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_cases_owner_id")),
        sa.ForeignKeyConstraint(["pickup_id"], ["pickups.id"], name=op.f("fk_cases_pickup_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("branch_id", "number", name=op.f("uq_cases_branch_id_number")),
        sa.UniqueConstraint("opened_for", name=op.f("uq_cases_opened_for")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index(
            "ix_cases_branch_id_state_respond_by_at", ["branch_id", "state", "respond_by_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_cases_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index("ix_cases_owner_id_state", ["owner_id", "state"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_pickup_id"), ["pickup_id"], unique=False)
        batch_op.create_index("ix_cases_state_respond_by_at", ["state", "respond_by_at"], unique=False)

    op.create_table(
        "case_messages",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column(
            "saying",
            sa.Enum(
                "opening",
                "answer",
                "outcome",
                name="casesaying",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("link_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_messages_case_id")),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_case_messages_link_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_case_messages_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_messages")),
    )
    with op.batch_alter_table("case_messages", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_messages_case_id"), ["case_id"], unique=False)
        batch_op.create_index("ix_case_messages_link_id_said_at", ["link_id", "said_at"], unique=False)

    with op.batch_alter_table("branches", schema=None) as batch_op:
        batch_op.add_column(sa.Column("accent_colour", sa.String(length=7), nullable=True))
        batch_op.add_column(sa.Column("logo_sha256", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("last_case_number", sa.Integer(), nullable=True))

    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "preferred_channel",
                sa.Enum(
                    "sms",
                    "chat",
                    "email",
                    name="contactchannel",
                    native_enum=False,
                    create_constraint=True,
                    length=32,
                ),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("sms_failed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("chat_failed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("email_failed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("hours_start", sa.Time(), nullable=True))
        batch_op.add_column(sa.Column("hours_end", sa.Time(), nullable=True))

    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deliveries_dead",
            ["settled_at"],
            unique=False,
            postgresql_where=sa.text("state = 'dead'"),
            sqlite_where=sa.text("state = 'dead'"),
        )

    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "review_because",
                sa.Enum(
                    "own_network",
                    "objection",
                    name="reviewcause",
                    native_enum=False,
                    create_constraint=True,
                    length=32,
                ),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("review_asked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("objected_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("objection", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reviewed_by_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("review_note", sa.Text(), nullable=True))
        batch_op.create_index("ix_feedback_branch_id_given_at", ["branch_id", "given_at"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_feedback_reviewed_by_id"), "staff", ["reviewed_by_id"], ["id"]
        )

    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.add_column(sa.Column("case_id", sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f("ix_links_case_id"), ["case_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_links_case_id"), "cases", ["case_id"], ["id"])

    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("case_id", sa.Uuid(), nullable=True))
        batch_op.create_index(
            "ix_notices_branch_id_settled_at",
            ["branch_id", "settled_at"],
            unique=False,
            postgresql_where=sa.text("settled_at IS NOT NULL"),
            sqlite_where=sa.text("settled_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_notices_branch_id_to_contacts",
            ["branch_id", "decided_at"],
            unique=False,
            postgresql_where=sa.text("contact_id IS NOT NULL"),
            sqlite_where=sa.text("contact_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_notices_pickup_id_to_contacts",
            ["pickup_id"],
            unique=False,
            postgresql_where=sa.text("contact_id IS NOT NULL"),
            sqlite_where=sa.text("contact_id IS NOT NULL"),
        )

    with op.batch_alter_table("pickups", schema=None) as batch_op:
        batch_op.add_column(sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_pickups_rescheduled_from_id"), ["rescheduled_from_id"], unique=False
        )
        batch_op.create_index(
            "ix_pickups_site_id_answered",
            ["site_id", "readiness_answered_at"],
            unique=False,
            postgresql_where=sa.text("readiness_answered_at IS NOT NULL"),
            sqlite_where=sa.text("readiness_answered_at IS NOT NULL"),
        )

    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.add_column(sa.Column("papers", sa.JSON(), nullable=True))


def downgrade() -> None:
    _let_in("deliveries", "state", STATES, STATES_BEFORE, {"suppressed": "dead"})
    _let_in("deliveries", "channel", CHANNELS, CHANNELS_BEFORE, dict.fromkeys(CHANNELS[1:], "message"))
    op.execute("DELETE FROM sender_states WHERE channel <> 'push'")
    _let_in("sender_states", "channel", CHANNELS, CHANNELS_BEFORE)

    with op.batch_alter_table("sites", schema=None) as batch_op:
        batch_op.drop_column("papers")

    with op.batch_alter_table("pickups", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_pickups_site_id_answered",
            postgresql_where=sa.text("readiness_answered_at IS NOT NULL"),
            sqlite_where=sa.text("readiness_answered_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_pickups_rescheduled_from_id"))
        batch_op.drop_column("asked_at")

    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_notices_pickup_id_to_contacts",
            postgresql_where=sa.text("contact_id IS NOT NULL"),
            sqlite_where=sa.text("contact_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_notices_branch_id_to_contacts",
            postgresql_where=sa.text("contact_id IS NOT NULL"),
            sqlite_where=sa.text("contact_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_notices_branch_id_settled_at",
            postgresql_where=sa.text("settled_at IS NOT NULL"),
            sqlite_where=sa.text("settled_at IS NOT NULL"),
        )
        batch_op.drop_column("case_id")

    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_links_case_id"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_links_case_id"))
        batch_op.drop_column("case_id")

    with op.batch_alter_table("feedback", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_feedback_reviewed_by_id"), type_="foreignkey")
        batch_op.drop_index("ix_feedback_branch_id_given_at")
        batch_op.drop_constraint(batch_op.f("ck_feedback_reviewcause"), type_="check")
        batch_op.drop_column("review_note")
        batch_op.drop_column("reviewed_by_id")
        batch_op.drop_column("reviewed_at")
        batch_op.drop_column("objection")
        batch_op.drop_column("objected_at")
        batch_op.drop_column("review_asked_at")
        batch_op.drop_column("review_because")

    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_deliveries_dead",
            postgresql_where=sa.text("state = 'dead'"),
            sqlite_where=sa.text("state = 'dead'"),
        )

    with op.batch_alter_table("contacts", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_contacts_contactchannel"), type_="check")
        batch_op.drop_column("hours_end")
        batch_op.drop_column("hours_start")
        batch_op.drop_column("email_failed_at")
        batch_op.drop_column("chat_failed_at")
        batch_op.drop_column("sms_failed_at")
        batch_op.drop_column("preferred_channel")

    with op.batch_alter_table("branches", schema=None) as batch_op:
        batch_op.drop_column("last_case_number")
        batch_op.drop_column("logo_sha256")
        batch_op.drop_column("accent_colour")

    with op.batch_alter_table("case_messages", schema=None) as batch_op:
        batch_op.drop_index("ix_case_messages_link_id_said_at")
        batch_op.drop_index(batch_op.f("ix_case_messages_case_id"))

    op.drop_table("case_messages")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index("ix_cases_state_respond_by_at")
        batch_op.drop_index(batch_op.f("ix_cases_pickup_id"))
        batch_op.drop_index("ix_cases_owner_id_state")
        batch_op.drop_index(batch_op.f("ix_cases_customer_id"))
        batch_op.drop_index(batch_op.f("ix_cases_contact_id"))
        batch_op.drop_index("ix_cases_branch_id_state_respond_by_at")

    op.drop_table("cases")
    with op.batch_alter_table("field_reports", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_field_reports_open_of_house",
            postgresql_where=sa.text("reported_by_id IS NULL AND state <> 'closed'"),
            sqlite_where=sa.text("reported_by_id IS NULL AND state <> 'closed'"),
        )
        batch_op.drop_index(batch_op.f("ix_field_reports_customer_id"))
        batch_op.drop_index("ix_field_reports_branch_id_state")

    op.drop_table("field_reports")
    with op.batch_alter_table("staff_networks", schema=None) as batch_op:
        batch_op.drop_index("ix_staff_networks_seen_at")

    op.drop_table("staff_networks")
    with op.batch_alter_table("branch_logos", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_branch_logos_sha256"))

    op.drop_table("branch_logos")
    op.drop_table("heartbeats")


def _let_in(
    table: str,
    column: str,
    before: tuple[str, ...],
    after: tuple[str, ...],
    instead: dict[str, str] | None = None,
) -> None:
    """Exchange the words that a column takes; words that no longer fit are replaced meanwhile."""
    free = sa.String(length=32)
    for old, new in ((_words(table, column, before), free), (free, _words(table, column, after))):
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column(column, existing_type=old, type_=new, existing_nullable=False)
        if new is free:
            for was, becomes in (instead or {}).items():
                op.execute(f"UPDATE {table} SET {column} = '{becomes}' WHERE {column} = '{was}'")


def _words(table: str, column: str, words: tuple[str, ...]) -> sa.Enum:
    name = {"channel": "channel", "state": "deliverystate"}[column]
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)
