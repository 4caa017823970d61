"""The sales rep's day"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "absences",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("stand_in_id", sa.Uuid(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Uuid(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_early_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_absences_branch_id")),
        sa.ForeignKeyConstraint(["entered_by_id"], ["staff.id"], name=op.f("fk_absences_entered_by_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_absences_staff_id")),
        sa.ForeignKeyConstraint(["stand_in_id"], ["staff.id"], name=op.f("fk_absences_stand_in_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    with op.batch_alter_table("absences", schema=None) as batch_op:
        batch_op.create_index("ix_absences_branch_id_ends_at", ["branch_id", "ends_at"], unique=False)
        batch_op.create_index("ix_absences_staff_id_ends_at", ["staff_id", "ends_at"], unique=False)

    op.create_table(
        "calendar_days",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("is_worked", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=80), nullable=True),
        sa.Column("set_by_id", sa.Uuid(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_calendar_days_branch_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["staff.id"], name=op.f("fk_calendar_days_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_days")),
        sa.UniqueConstraint("branch_id", "day_on", name=op.f("uq_calendar_days_branch_id_day_on")),
    )
    op.create_table(
        "calendar_links",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.String(length=8), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_calendar_links_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_links")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_calendar_links_token_sha256")),
    )
    with op.batch_alter_table("calendar_links", schema=None) as batch_op:
        batch_op.create_index(
            "uq_calendar_links_live",
            ["staff_id"],
            unique=True,
            postgresql_where=sa.text("revoked_at IS NULL"),
            sqlite_where=sa.text("revoked_at IS NULL"),
        )

    op.create_table(
        "transfers",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_transfers_branch_id")),
        sa.ForeignKeyConstraint(["from_id"], ["staff.id"], name=op.f("fk_transfers_from_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["staff.id"], name=op.f("fk_transfers_made_by_id")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["staff.id"], name=op.f("fk_transfers_undone_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
    )
    with op.batch_alter_table("transfers", schema=None) as batch_op:
        batch_op.create_index("ix_transfers_branch_id_made_at", ["branch_id", "made_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_transfers_from_id"), ["from_id"], unique=False)

    op.create_table(
        "visit_plans",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("rep_id", sa.Uuid(), nullable=False),
        sa.Column("week_starts_on", sa.Date(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_visit_plans_branch_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["staff.id"], name=op.f("fk_visit_plans_made_by_id")),
        sa.ForeignKeyConstraint(["rep_id"], ["staff.id"], name=op.f("fk_visit_plans_rep_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_plans")),
        sa.UniqueConstraint("rep_id", "week_starts_on", name=op.f("uq_visit_plans_rep_id_week_starts_on")),
    )
    with op.batch_alter_table("visit_plans", schema=None) as batch_op:
        batch_op.create_index(
            "ix_visit_plans_branch_id_week_starts_on", ["branch_id", "week_starts_on"], unique=False
        )

    op.create_table(
        "transfer_items",
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "customer",
                "churn_alert",
                "visit",
                "task",
                "case",
                "introduction",
                name="transferredkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["to_id"], ["staff.id"], name=op.f("fk_transfer_items_to_id")),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfers.id"], name=op.f("fk_transfer_items_transfer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_items")),
        sa.UniqueConstraint(
            "transfer_id", "kind", "subject_id", name=op.f("uq_transfer_items_transfer_id_kind_subject_id")
        ),
    )
    op.create_table(
        "contact_log",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column(
            "way",
            sa.Enum(
                "phone",
                "chat",
                "email",
                "met",
                name="contactway",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("logged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_contact_log_branch_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_contact_log_contact_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_contact_log_customer_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_contact_log_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_log")),
    )
    with op.batch_alter_table("contact_log", schema=None) as batch_op:
        batch_op.create_index(
            "ix_contact_log_customer_id_happened_at", ["customer_id", "happened_at"], unique=False
        )

    op.create_table(
        "occasions",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "birthday",
                "company_anniversary",
                "new_year",
                "spring_festival",
                "labour_day",
                "dragon_boat",
                "mid_autumn",
                "national_day",
                "christmas",
                name="occasionkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("falls_on", sa.Date(), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("greeted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("greeted_by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_occasions_branch_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_occasions_contact_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_occasions_customer_id")),
        sa.ForeignKeyConstraint(["greeted_by_id"], ["staff.id"], name=op.f("fk_occasions_greeted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occasions")),
        sa.UniqueConstraint("contact_id", "kind", "year", name=op.f("uq_occasions_contact_id_kind_year")),
    )
    with op.batch_alter_table("occasions", schema=None) as batch_op:
        batch_op.create_index("ix_occasions_branch_id_falls_on", ["branch_id", "falls_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_occasions_customer_id"), ["customer_id"], unique=False)

    op.create_table(
        "visit_tasks",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("rep_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branches.id"], name=op.f("fk_visit_tasks_branch_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_visit_tasks_customer_id")),
        sa.ForeignKeyConstraint(["rep_id"], ["staff.id"], name=op.f("fk_visit_tasks_rep_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_visit_tasks_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_tasks")),
    )
    with op.batch_alter_table("visit_tasks", schema=None) as batch_op:
        batch_op.create_index("ix_visit_tasks_branch_id_due_on", ["branch_id", "due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_visit_tasks_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index("ix_visit_tasks_rep_id_due_on", ["rep_id", "due_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_visit_tasks_visit_id"), ["visit_id"], unique=False)

    op.create_table(
        "field_report_sightings",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("pickup_id", sa.Uuid(), nullable=True),
        sa.Column("seen_by_id", sa.Uuid(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("photo_sha256", sa.String(length=64), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branches.id"], name=op.f("fk_field_report_sightings_branch_id")
        ),
        sa.ForeignKeyConstraint(
            ["pickup_id"], ["pickups.id"], name=op.f("fk_field_report_sightings_pickup_id")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["field_reports.id"], name=op.f("fk_field_report_sightings_report_id")
        ),
        sa.ForeignKeyConstraint(
            ["seen_by_id"], ["staff.id"], name=op.f("fk_field_report_sightings_seen_by_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_field_report_sightings_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_report_sightings")),
    )
    with op.batch_alter_table("field_report_sightings", schema=None) as batch_op:
        batch_op.create_index("ix_field_report_sightings_photo_sha256", ["photo_sha256"], unique=False)
        batch_op.create_index(
            "ix_field_report_sightings_report_id_seen_at", ["report_id", "seen_at"], unique=False
        )
        batch_op.create_index(
            "ix_field_report_sightings_seen_by_id_seen_at", ["seen_by_id", "seen_at"], unique=False
        )

    with op.batch_alter_table("branches", schema=None) as batch_op:
        batch_op.add_column(sa.Column("holiday_region", sa.String(length=10), nullable=True))

    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("founded_on", sa.Date(), nullable=True))

    with op.batch_alter_table("field_reports", schema=None) as batch_op:
        batch_op.add_column(sa.Column("acknowledge_by_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("closed_by_id", sa.Uuid(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "outcome",
                sa.Enum(
                    "settled",
                    "visit_planned",
                    "offer_made",
                    "record_corrected",
                    "passed_on",
                    "nothing_to_it",
                    "customer_lost",
                    name="fieldreportoutcome",
                    native_enum=False,
                    create_constraint=True,
                    length=32,
                ),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("outcome_note", sa.Text(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_field_reports_closed_by_id"), "staff", ["closed_by_id"], ["id"]
        )

    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.add_column(sa.Column("timezone", sa.String(length=64), nullable=True))

    _call_off_doubles()
    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.add_column(sa.Column("plan_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("because", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("needs", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("competitor", sa.String(length=120), nullable=True))
        batch_op.add_column(
            sa.Column(
                "obstacle",
                sa.Enum(
                    "nobody_there",
                    "turned_away",
                    "closed",
                    "no_time",
                    "ill",
                    "called_off_by_customer",
                    "no_longer_needed",
                    "other",
                    name="visitobstacle",
                    native_enum=False,
                    create_constraint=True,
                    length=32,
                ),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("overdue_told_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_visits_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(
            "ix_visits_starts_at_planned",
            ["starts_at"],
            unique=False,
            postgresql_where=sa.text("state = 'planned' AND starts_at IS NOT NULL"),
            sqlite_where=sa.text("state = 'planned' AND starts_at IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_visits_open_of_day",
            ["customer_id", "planned_on"],
            unique=True,
            postgresql_where=sa.text("state IN ('proposed', 'planned')"),
            sqlite_where=sa.text("state IN ('proposed', 'planned')"),
        )
        batch_op.create_index(
            "uq_visits_proposed",
            ["customer_id"],
            unique=True,
            postgresql_where=sa.text("state = 'proposed'"),
            sqlite_where=sa.text("state = 'proposed'"),
        )
        batch_op.create_foreign_key(batch_op.f("fk_visits_plan_id"), "visit_plans", ["plan_id"], ["id"])


def downgrade() -> None:

    with op.batch_alter_table("visits", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_visits_plan_id"), type_="foreignkey")
        batch_op.drop_index(
            "uq_visits_proposed",
            postgresql_where=sa.text("state = 'proposed'"),
            sqlite_where=sa.text("state = 'proposed'"),
        )
        batch_op.drop_index(
            "uq_visits_open_of_day",
            postgresql_where=sa.text("state IN ('proposed', 'planned')"),
            sqlite_where=sa.text("state IN ('proposed', 'planned')"),
        )
        batch_op.drop_index(
            "ix_visits_starts_at_planned",
            postgresql_where=sa.text("state = 'planned' AND starts_at IS NOT NULL"),
            sqlite_where=sa.text("state = 'planned' AND starts_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_visits_plan_id"))
        batch_op.drop_constraint(batch_op.f("ck_visits_visitobstacle"), type_="check")
        batch_op.drop_column("overdue_told_at")
        batch_op.drop_column("obstacle")
        batch_op.drop_column("competitor")
        batch_op.drop_column("needs")
        batch_op.drop_column("because")
        batch_op.drop_column("plan_id")

    with op.batch_alter_table("staff", schema=None) as batch_op:
        batch_op.drop_column("timezone")

    with op.batch_alter_table("field_reports", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_field_reports_closed_by_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("ck_field_reports_fieldreportoutcome"), type_="check")
        batch_op.drop_column("outcome_note")
        batch_op.drop_column("outcome")
        batch_op.drop_column("closed_by_id")
        batch_op.drop_column("acknowledge_by_at")

    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.drop_column("founded_on")

    with op.batch_alter_table("branches", schema=None) as batch_op:
        batch_op.drop_column("holiday_region")

    with op.batch_alter_table("field_report_sightings", schema=None) as batch_op:
        batch_op.drop_index("ix_field_report_sightings_seen_by_id_seen_at")
        batch_op.drop_index("ix_field_report_sightings_report_id_seen_at")
        batch_op.drop_index("ix_field_report_sightings_photo_sha256")

    op.drop_table("field_report_sightings")
    with op.batch_alter_table("visit_tasks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_visit_tasks_visit_id"))
        batch_op.drop_index("ix_visit_tasks_rep_id_due_on")
        batch_op.drop_index(batch_op.f("ix_visit_tasks_customer_id"))
        batch_op.drop_index("ix_visit_tasks_branch_id_due_on")

    op.drop_table("visit_tasks")
    with op.batch_alter_table("occasions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_occasions_customer_id"))
        batch_op.drop_index("ix_occasions_branch_id_falls_on")

    op.drop_table("occasions")
    with op.batch_alter_table("contact_log", schema=None) as batch_op:
        batch_op.drop_index("ix_contact_log_customer_id_happened_at")

    op.drop_table("contact_log")
    op.drop_table("transfer_items")
    with op.batch_alter_table("visit_plans", schema=None) as batch_op:
        batch_op.drop_index("ix_visit_plans_branch_id_week_starts_on")

    op.drop_table("visit_plans")
    with op.batch_alter_table("transfers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_transfers_from_id"))
        batch_op.drop_index("ix_transfers_branch_id_made_at")

    op.drop_table("transfers")
    with op.batch_alter_table("calendar_links", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_calendar_links_live",
            postgresql_where=sa.text("revoked_at IS NULL"),
            sqlite_where=sa.text("revoked_at IS NULL"),
        )

    op.drop_table("calendar_links")
    op.drop_table("calendar_days")
    with op.batch_alter_table("absences", schema=None) as batch_op:
        batch_op.drop_index("ix_absences_staff_id_ends_at")
        batch_op.drop_index("ix_absences_branch_id_ends_at")

    op.drop_table("absences")


def _call_off_doubles() -> None:
    """Keep the first of several open visits of a customer and day, and the first of several proposals."""
    for ends_as, open_states, same in (
        ("cancelled", "('proposed', 'planned')", "earlier.planned_on = visits.planned_on AND"),
        ("skipped", "('proposed')", ""),
    ):
        op.execute(
            f"UPDATE visits SET state = '{ends_as}', cancel_reason = 'planned twice' "
            f"WHERE state IN {open_states} AND EXISTS (SELECT 1 FROM visits AS earlier "
            f"WHERE earlier.customer_id = visits.customer_id AND {same} "
            f"earlier.state IN {open_states} AND earlier.id < visits.id)"
        )
