"""Recalls: notices with their targets, what they matched, patients and what was done for each; what is denied of a lot.

Why: a recalled lot must be held wherever it is, refused when it comes, and its patients found.
Locks: lots for the moment its column is added (with a constant default: no rewrite); holds while its index is made.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_recalls"
down_revision = "20261125_receiving"
branch_labels = None
depends_on = None


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "recalls",
        _number("id"),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("recall_class", sa.String(length=24), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("notice_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        _number("drafted_by_id"),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        _number("opened_by_id", nullable=True),
        sa.Column("hold_by_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("patients_by_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        _number("closed_by_id", nullable=True),
        sa.Column("explained", sa.BigInteger(), nullable=False),
        _number("explained_by_id", nullable=True),
        sa.ForeignKeyConstraint(["closed_by_id"], ["staff.id"], name=op.f("fk_recalls_closed_by_id")),
        sa.ForeignKeyConstraint(["drafted_by_id"], ["staff.id"], name=op.f("fk_recalls_drafted_by_id")),
        sa.ForeignKeyConstraint(["explained_by_id"], ["staff.id"], name=op.f("fk_recalls_explained_by_id")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["staff.id"], name=op.f("fk_recalls_opened_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recalls")),
        sa.UniqueConstraint("code", name=op.f("uq_recalls_code")),
        sa.UniqueConstraint("request_key", name=op.f("uq_recalls_request_key")),
    )
    op.create_index(op.f("ix_recalls_state"), "recalls", ["state"], unique=False)
    op.create_table(
        "recall_events",
        _number("id"),
        _number("recall_id"),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        _number("staff_id"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["recall_id"], ["recalls.id"], name=op.f("fk_recall_events_recall_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_recall_events_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_events")),
        sa.UniqueConstraint("request_key", name=op.f("uq_recall_events_request_key")),
    )
    op.create_index(op.f("ix_recall_events_recall_id"), "recall_events", ["recall_id"], unique=False)
    op.create_table(
        "recall_patients",
        _number("id"),
        _number("recall_id"),
        sa.Column("patient", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("follow_up_on", sa.Date(), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["recall_id"], ["recalls.id"], name=op.f("fk_recall_patients_recall_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_patients")),
        sa.UniqueConstraint("recall_id", "patient", name=op.f("uq_recall_patients_recall_id_patient")),
    )
    op.create_index("ix_recall_patients_follow_up", "recall_patients", ["follow_up_on"], unique=False)
    op.create_table(
        "recall_targets",
        _number("id"),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        _number("product_id"),
        sa.Column("di", sa.String(length=80), nullable=False),
        sa.Column("lots", sa.Text(), nullable=False),
        sa.Column("serials", sa.Text(), nullable=False),
        sa.Column("produced_from_on", sa.Date(), nullable=True),
        sa.Column("produced_to_on", sa.Date(), nullable=True),
        sa.Column("expires_from_on", sa.Date(), nullable=True),
        sa.Column("expires_to_on", sa.Date(), nullable=True),
        sa.Column("denied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_recall_targets_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_targets")),
        sa.UniqueConstraint("reference", "line", name=op.f("uq_recall_targets_reference_line")),
    )
    op.create_index(op.f("ix_recall_targets_product_id"), "recall_targets", ["product_id"], unique=False)
    op.create_table(
        "recall_contacts",
        _number("id"),
        _number("patient_id"),
        sa.Column("step", sa.String(length=24), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("follow_up_on", sa.Date(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        _number("done_by_id"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["done_by_id"], ["staff.id"], name=op.f("fk_recall_contacts_done_by_id")),
        sa.ForeignKeyConstraint(["patient_id"], ["recall_patients.id"], name=op.f("fk_recall_contacts_patient_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_contacts")),
        sa.UniqueConstraint("request_key", "patient_id", name=op.f("uq_recall_contacts_request_key_patient_id")),
    )
    op.create_index(op.f("ix_recall_contacts_patient_id"), "recall_contacts", ["patient_id"], unique=False)
    op.create_table(
        "recall_drills",
        _number("id"),
        sa.Column("month", sa.String(length=24), nullable=False),
        _number("lot_id"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_recall_drills_lot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_drills")),
        sa.UniqueConstraint("month", name=op.f("uq_recall_drills_month")),
    )
    op.create_table(
        "recall_exceptions",
        sa.Column("reference", sa.String(length=80), nullable=False),
        _number("item_id"),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_recall_exceptions_item_id")),
        sa.PrimaryKeyConstraint("reference", "item_id", name=op.f("pk_recall_exceptions")),
    )
    op.create_table(
        "recall_items",
        _number("recall_id"),
        _number("item_id"),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("unsure", sa.Boolean(), nullable=False),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_recall_items_item_id")),
        sa.ForeignKeyConstraint(["recall_id"], ["recalls.id"], name=op.f("fk_recall_items_recall_id")),
        sa.PrimaryKeyConstraint("recall_id", "item_id", name=op.f("pk_recall_items")),
    )
    op.create_index(op.f("ix_recall_items_item_id"), "recall_items", ["item_id"], unique=False)
    op.add_column("lots", sa.Column("denied", sa.Text(), nullable=False, server_default=""))
    op.drop_index("ix_holds_reference", table_name="holds")
    op.create_index("ix_holds_reference", "holds", ["reference", "item_id"])
    for table in _WRITTEN_ONCE:
        _guard(table)


_WRITTEN_ONCE = ("recall_events", "recall_contacts")


def _guard(table: str) -> None:
    """Rows are written once, whoever writes."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION spd_refuse_change()"
        )
        return
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def downgrade() -> None:
    op.drop_index("ix_holds_reference", table_name="holds")
    op.create_index("ix_holds_reference", "holds", ["reference"])
    op.drop_column("lots", "denied")
    op.drop_index(op.f("ix_recall_items_item_id"), table_name="recall_items")
    op.drop_table("recall_items")
    op.drop_table("recall_exceptions")
    op.drop_table("recall_drills")
    op.drop_index(op.f("ix_recall_contacts_patient_id"), table_name="recall_contacts")
    op.drop_table("recall_contacts")
    op.drop_index(op.f("ix_recall_targets_product_id"), table_name="recall_targets")
    op.drop_table("recall_targets")
    op.drop_index("ix_recall_patients_follow_up", table_name="recall_patients")
    op.drop_table("recall_patients")
    op.drop_index(op.f("ix_recall_events_recall_id"), table_name="recall_events")
    op.drop_table("recall_events")
    op.drop_index(op.f("ix_recalls_state"), table_name="recalls")
    op.drop_table("recalls")
