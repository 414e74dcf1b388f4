"""What HIS charged, the cases that charges and uses fall into, and what came of sending charges.

Why: charges are reconciled with uses, and sent to HIS with retries that people can follow.
Locks: outbox for the moment its columns are added (no default: no rewrite), and against writing while its index is
made: on a large outbox, some seconds in which scans wait.
Wards may be working: yes, at a quiet hour.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_charges"
down_revision = "20261126_bedside_safety"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "charge_runs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("facts", sa.BigInteger(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_runs")),
    )
    op.create_table(
        "charge_windows",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("until_at > from_at", name=op.f("ck_charge_windows_lasts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_windows")),
        sa.UniqueConstraint("request_key", name=op.f("uq_charge_windows_request_key")),
    )
    op.create_table(
        "outbox_channels",
        sa.Column("name", sa.String(length=24), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("openings", sa.BigInteger(), nullable=False),
        sa.Column("open_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_outbox_channels")),
    )
    op.create_table(
        "charge_cases",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("verdict", sa.String(length=24), nullable=False),
        sa.Column("rule", sa.String(length=24), nullable=False),
        sa.Column("encounter", sa.String(length=80), nullable=False),
        sa.Column("charge_code", sa.String(length=80), nullable=False),
        sa.Column("department_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("charged_quantity", sa.BigInteger(), nullable=False),
        sa.Column("used_quantity", sa.BigInteger(), nullable=False),
        sa.Column("charged", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_charge_cases_department_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["staff.id"], name=op.f("fk_charge_cases_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_cases")),
    )
    op.create_index(op.f("ix_charge_cases_encounter"), "charge_cases", ["encounter"], unique=False)
    op.create_index("ix_charge_cases_open", "charge_cases", ["verdict", "day_on"], unique=False)
    op.create_index(
        "uq_charge_cases_key",
        "charge_cases",
        ["key"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "charge_lines",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("refund_of", sa.String(length=80), nullable=False),
        sa.Column("encounter", sa.String(length=80), nullable=False),
        sa.Column("department_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("charge_code", sa.String(length=80), nullable=False),
        sa.Column("item", sa.String(length=80), nullable=False),
        sa.Column("lot", sa.String(length=80), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("charged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("refund_of = '' OR quantity < 0", name=op.f("ck_charge_lines_refunds_take_back")),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_charge_lines_charges_something")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_charge_lines_department_id")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["staff.id"], name=op.f("fk_charge_lines_recorded_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_lines")),
        sa.UniqueConstraint("number", name=op.f("uq_charge_lines_number")),
    )
    op.create_index("ix_charge_lines_day", "charge_lines", ["day_on", "department_id"], unique=False)
    op.create_index(op.f("ix_charge_lines_encounter"), "charge_lines", ["encounter"], unique=False)
    op.create_index("ix_charge_lines_item", "charge_lines", ["item"], unique=False)
    op.create_index("ix_charge_lines_recorded", "charge_lines", ["recorded_at"], unique=False)
    op.create_index("ix_charge_lines_refund_of", "charge_lines", ["refund_of"], unique=False)
    op.create_table(
        "charge_case_acts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("act", sa.String(length=24), nullable=False),
        sa.Column("resolution", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["charge_cases.id"], name=op.f("fk_charge_case_acts_case_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_charge_case_acts_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_case_acts")),
        sa.UniqueConstraint("request_key", name=op.f("uq_charge_case_acts_request_key")),
    )
    op.create_index(op.f("ix_charge_case_acts_case_id"), "charge_case_acts", ["case_id"], unique=False)
    op.create_table(
        "charge_facts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("charge_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("movement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("department_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(charge_line_id IS NULL) <> (movement_id IS NULL)", name=op.f("ck_charge_facts_is_one_of_them")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["charge_cases.id"], name=op.f("fk_charge_facts_case_id")),
        sa.ForeignKeyConstraint(["charge_line_id"], ["charge_lines.id"], name=op.f("fk_charge_facts_charge_line_id")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_charge_facts_department_id")),
        sa.ForeignKeyConstraint(["movement_id"], ["movements.id"], name=op.f("fk_charge_facts_movement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_facts")),
        sa.UniqueConstraint("charge_line_id", name=op.f("uq_charge_facts_charge_line_id")),
        sa.UniqueConstraint("movement_id", name=op.f("uq_charge_facts_movement_id")),
    )
    op.create_index(op.f("ix_charge_facts_case_id"), "charge_facts", ["case_id"], unique=False)
    op.create_index("ix_charge_facts_day", "charge_facts", ["day_on", "department_id"], unique=False)
    op.create_table(
        "outbox_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("request_key", sa.Uuid(), nullable=True),
        sa.Column("content", sa.LargeBinary(length=32), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["outbox.id"], name=op.f("fk_outbox_events_message_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_outbox_events_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_events")),
        sa.UniqueConstraint("request_key", name=op.f("uq_outbox_events_request_key")),
    )
    op.create_index(op.f("ix_outbox_events_message_id"), "outbox_events", ["message_id"], unique=False)
    op.add_column("outbox", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outbox", sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outbox", sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outbox", sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("outbox", sa.Column("trouble", sa.String(length=200), nullable=True))
    op.create_index("ix_outbox_movement", "outbox", ["movement_id"], unique=False)
    for table in _WRITTEN_ONCE:
        _guard(table)


_WRITTEN_ONCE = ("charge_lines", "charge_windows", "charge_runs", "charge_case_acts", "outbox_events")


def _guard(table: str) -> None:
    """Rows are written once, whoever writes."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION spd_refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_never_truncated BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION spd_refuse_change()"
        )
        return
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def downgrade() -> None:
    op.drop_index("ix_outbox_movement", table_name="outbox")
    op.drop_column("outbox", "trouble")
    op.drop_column("outbox", "given_up_at")
    op.drop_column("outbox", "dead_at")
    op.drop_column("outbox", "claimed_at")
    op.drop_column("outbox", "due_at")
    op.drop_index(op.f("ix_outbox_events_message_id"), table_name="outbox_events")
    op.drop_table("outbox_events")
    op.drop_index("ix_charge_facts_day", table_name="charge_facts")
    op.drop_index(op.f("ix_charge_facts_case_id"), table_name="charge_facts")
    op.drop_table("charge_facts")
    op.drop_index(op.f("ix_charge_case_acts_case_id"), table_name="charge_case_acts")
    op.drop_table("charge_case_acts")
    op.drop_index("ix_charge_lines_refund_of", table_name="charge_lines")
    op.drop_index("ix_charge_lines_recorded", table_name="charge_lines")
    op.drop_index("ix_charge_lines_item", table_name="charge_lines")
    op.drop_index(op.f("ix_charge_lines_encounter"), table_name="charge_lines")
    op.drop_index("ix_charge_lines_day", table_name="charge_lines")
    op.drop_table("charge_lines")
    op.drop_index(
        "uq_charge_cases_key",
        table_name="charge_cases",
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index("ix_charge_cases_open", table_name="charge_cases")
    op.drop_index(op.f("ix_charge_cases_encounter"), table_name="charge_cases")
    op.drop_table("charge_cases")
    op.drop_table("outbox_channels")
    op.drop_table("charge_windows")
    op.drop_table("charge_runs")
