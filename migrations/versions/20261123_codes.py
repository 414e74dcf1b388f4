"""Codes: device identifiers, scanners and their tests, printers and their queues, prints, trace codes.

Why: what a code means beyond the catalogue, which scanners may be trusted, which labels came out, and which trace codes
came in or were sold twice.
Locks: nothing, all tables are new.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_codes"
down_revision = "20261123_first_rows"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "device_identifiers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("issuer", sa.String(length=24), nullable=False),
        sa.Column("level", sa.String(length=24), nullable=False),
        sa.Column("contains_code", sa.String(length=80), nullable=True),
        sa.Column("contains_count", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("specification", sa.String(length=200), nullable=False),
        sa.Column("insurance_code", sa.String(length=40), nullable=False),
        sa.Column("charge_code", sa.String(length=40), nullable=False),
        sa.Column("registration_number", sa.String(length=60), nullable=False),
        sa.Column("manufacturer", sa.String(length=200), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.CheckConstraint("contains_count > 0", name=op.f("ck_device_identifiers_holds_something")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_identifiers")),
        sa.UniqueConstraint("code", name=op.f("uq_device_identifiers_code")),
    )
    op.create_index(op.f("ix_device_identifiers_charge_code"), "device_identifiers", ["charge_code"], unique=False)
    op.create_index(op.f("ix_device_identifiers_contains_code"), "device_identifiers", ["contains_code"], unique=False)
    op.create_index(
        op.f("ix_device_identifiers_insurance_code"), "device_identifiers", ["insurance_code"], unique=False
    )
    op.create_table(
        "devices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("separators", sa.String(length=200), nullable=False),
        sa.Column("prefix", sa.String(length=40), nullable=False),
        sa.Column("suffix", sa.String(length=40), nullable=False),
        sa.Column("swaps_case", sa.Boolean(), nullable=False),
        sa.Column("rfid", sa.Boolean(), nullable=False),
        sa.Column("tested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("passed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("code", name=op.f("uq_devices_code")),
    )
    op.create_table(
        "printers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("host", sa.String(length=200), nullable=False),
        sa.Column("port", sa.Integer(), nullable=False),
        sa.Column("dpi", sa.Integer(), nullable=False),
        sa.Column("size", sa.String(length=24), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.CheckConstraint("port BETWEEN 1 AND 65535", name=op.f("ck_printers_has_port")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_printers")),
        sa.UniqueConstraint("code", name=op.f("uq_printers_code")),
    )
    op.create_table(
        "device_tests",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("device_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["devices.id"], name=op.f("fk_device_tests_device_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_device_tests_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_tests")),
    )
    op.create_index(op.f("ix_device_tests_device_id"), "device_tests", ["device_id"], unique=False)
    op.create_table(
        "label_prints",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("medium", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_label_prints_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_prints")),
        sa.UniqueConstraint("code", "number", name=op.f("uq_label_prints_code_number")),
    )
    op.create_table(
        "print_jobs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.Column("printer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("printed", sa.Integer(), nullable=False),
        sa.Column("trouble_zh", sa.String(length=200), nullable=False),
        sa.Column("trouble_en", sa.String(length=200), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["printer_id"], ["printers.id"], name=op.f("fk_print_jobs_printer_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_print_jobs_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_print_jobs")),
        sa.UniqueConstraint("request_key", name=op.f("uq_print_jobs_request_key")),
    )
    op.create_index(op.f("ix_print_jobs_printer_id"), "print_jobs", ["printer_id"], unique=False)
    op.create_index(op.f("ix_print_jobs_state"), "print_jobs", ["state"], unique=False)
    op.create_table(
        "trace_events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("act", sa.String(length=24), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_trace_events_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trace_events")),
        sa.UniqueConstraint("request_key", "code", name=op.f("uq_trace_events_request_key_code")),
    )
    op.create_index(op.f("ix_trace_events_code"), "trace_events", ["code"], unique=False)
    op.create_table(
        "queued_labels",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("zpl", sa.Text(), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["print_jobs.id"], name=op.f("fk_queued_labels_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_queued_labels")),
        sa.UniqueConstraint("job_id", "number", name=op.f("uq_queued_labels_job_id_number")),
    )
    op.create_table(
        "trace_alarms",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["trace_events.id"], name=op.f("fk_trace_alarms_event_id")),
        sa.ForeignKeyConstraint(["resolved_by_id"], ["staff.id"], name=op.f("fk_trace_alarms_resolved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trace_alarms")),
        sa.UniqueConstraint("event_id", name=op.f("uq_trace_alarms_event_id")),
    )
    op.create_index(op.f("ix_trace_alarms_code"), "trace_alarms", ["code"], unique=False)
    op.create_index(op.f("ix_trace_alarms_resolved_at"), "trace_alarms", ["resolved_at"], unique=False)
    op.create_table(
        "trace_codes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("parent_code", sa.String(length=20), nullable=True),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("standing", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_trace_codes_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trace_codes")),
        sa.UniqueConstraint("code", name=op.f("uq_trace_codes_code")),
    )
    op.create_index(op.f("ix_trace_codes_parent_code"), "trace_codes", ["parent_code"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_trace_codes_parent_code"), table_name="trace_codes")
    op.drop_table("trace_codes")
    op.drop_index(op.f("ix_trace_alarms_resolved_at"), table_name="trace_alarms")
    op.drop_index(op.f("ix_trace_alarms_code"), table_name="trace_alarms")
    op.drop_table("trace_alarms")
    op.drop_table("queued_labels")
    op.drop_index(op.f("ix_trace_events_code"), table_name="trace_events")
    op.drop_table("trace_events")
    op.drop_index(op.f("ix_print_jobs_state"), table_name="print_jobs")
    op.drop_index(op.f("ix_print_jobs_printer_id"), table_name="print_jobs")
    op.drop_table("print_jobs")
    op.drop_table("label_prints")
    op.drop_index(op.f("ix_device_tests_device_id"), table_name="device_tests")
    op.drop_table("device_tests")
    op.drop_table("printers")
    op.drop_table("devices")
    op.drop_index(op.f("ix_device_identifiers_insurance_code"), table_name="device_identifiers")
    op.drop_index(op.f("ix_device_identifiers_contains_code"), table_name="device_identifiers")
    op.drop_index(op.f("ix_device_identifiers_charge_code"), table_name="device_identifiers")
    op.drop_table("device_identifiers")
