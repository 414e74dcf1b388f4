"""Stocktaking: counts and their scope, what was counted, what was decided, what came out; the ABC class of products.

Why: a count is kept apart from the ledger; only its approved differences become movements.
Locks: nothing, all tables are new.
Wards may be working: yes.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "20261125_counting"
down_revision = "20261125_stockviews"
branch_labels = None
depends_on = None

APPEND_ONLY = ("count_acts", "count_lines", "count_line_items", "count_reasons", "count_results")
TABLES = (
    "count_results", "count_line_items", "count_reasons", "count_products", "count_places", "count_passes",
    "count_lines", "count_acts", "abc_classes", "counts",
)  # fmt: skip


def _number(name: str, *, nullable: bool = False, **more: Any) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable, **more)


def upgrade() -> None:
    _planned()
    _counted()
    _decided()
    for table in APPEND_ONLY:
        _guard(table)


def _planned() -> None:
    op.create_table(
        "counts",
        _number("id"),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("tier", sa.String(length=24), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("product_class", sa.String(length=24), nullable=False),
        sa.Column("some_products", sa.Boolean(), nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("custodian_may_count", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        _number("planned_by_id"),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        _number("approved_by_id", nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("rounds IN (1, 2)", name=op.f("ck_counts_one_or_two")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["staff.id"], name=op.f("fk_counts_approved_by_id")),
        sa.ForeignKeyConstraint(["planned_by_id"], ["staff.id"], name=op.f("fk_counts_planned_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counts")),
        sa.UniqueConstraint("code", name=op.f("uq_counts_code")),
    )
    op.create_index("ix_counts_state", "counts", ["state"], unique=False)
    op.create_table(
        "abc_classes",
        _number("product_id", autoincrement=False),
        sa.Column("abc", sa.String(length=24), nullable=False),
        sa.Column("yearly_value", sa.BigInteger(), nullable=False),
        sa.Column("classified_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_abc_classes_product_id")),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_abc_classes")),
    )
    op.create_table(
        "count_acts",
        _number("id"),
        _number("count_id"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.Column("act", sa.String(length=24), nullable=False),
        _number("staff_id"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["count_id"], ["counts.id"], name=op.f("fk_count_acts_count_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_count_acts_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_acts")),
        sa.UniqueConstraint("request_key", name=op.f("uq_count_acts_request_key")),
    )
    op.create_index(op.f("ix_count_acts_count_id"), "count_acts", ["count_id"], unique=False)


def _counted() -> None:
    op.create_table(
        "count_lines",
        _number("id"),
        _number("count_id"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.Column("round", sa.String(length=24), nullable=False),
        _number("location_id"),
        sa.Column("said", sa.String(length=200), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        _number("staff_id"),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["count_id"], ["counts.id"], name=op.f("fk_count_lines_count_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_count_lines_location_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_count_lines_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_lines")),
        sa.UniqueConstraint("request_key", name=op.f("uq_count_lines_request_key")),
    )
    op.create_index(op.f("ix_count_lines_count_id"), "count_lines", ["count_id"], unique=False)
    op.create_table(
        "count_passes",
        _number("count_id"),
        _number("location_id"),
        sa.Column("round", sa.String(length=24), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        _number("opened_by_id"),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["count_id"], ["counts.id"], name=op.f("fk_count_passes_count_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_count_passes_location_id")),
        sa.ForeignKeyConstraint(["opened_by_id"], ["staff.id"], name=op.f("fk_count_passes_opened_by_id")),
        sa.PrimaryKeyConstraint("count_id", "location_id", "round", name=op.f("pk_count_passes")),
    )
    op.create_table(
        "count_places",
        _number("count_id"),
        _number("location_id"),
        sa.ForeignKeyConstraint(["count_id"], ["counts.id"], name=op.f("fk_count_places_count_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_count_places_location_id")),
        sa.PrimaryKeyConstraint("count_id", "location_id", name=op.f("pk_count_places")),
    )
    op.create_index(op.f("ix_count_places_location_id"), "count_places", ["location_id"], unique=False)
    op.create_table(
        "count_products",
        _number("count_id"),
        _number("product_id"),
        sa.ForeignKeyConstraint(["count_id"], ["counts.id"], name=op.f("fk_count_products_count_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_count_products_product_id")),
        sa.PrimaryKeyConstraint("count_id", "product_id", name=op.f("pk_count_products")),
    )


def _decided() -> None:
    op.create_table(
        "count_reasons",
        _number("id"),
        _number("act_id"),
        _number("count_id"),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["act_id"], ["count_acts.id"], name=op.f("fk_count_reasons_act_id")),
        sa.ForeignKeyConstraint(["count_id"], ["counts.id"], name=op.f("fk_count_reasons_count_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_reasons")),
    )
    op.create_index(op.f("ix_count_reasons_count_id"), "count_reasons", ["count_id"], unique=False)
    op.create_table(
        "count_line_items",
        _number("line_id"),
        _number("item_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        _number("location_id"),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_count_line_items_item_id")),
        sa.ForeignKeyConstraint(["line_id"], ["count_lines.id"], name=op.f("fk_count_line_items_line_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_count_line_items_location_id")),
        sa.PrimaryKeyConstraint("line_id", "item_id", name=op.f("pk_count_line_items")),
    )
    op.create_index(op.f("ix_count_line_items_item_id"), "count_line_items", ["item_id"], unique=False)
    op.create_table(
        "count_results",
        _number("id"),
        _number("count_id"),
        sa.Column("subject", sa.String(length=80), nullable=False),
        _number("item_id", nullable=True),
        _number("product_id", nullable=True),
        _number("location_id"),
        sa.Column("finding", sa.String(length=24), nullable=False),
        sa.Column("book", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("difference", sa.BigInteger(), nullable=False),
        sa.Column("adjusted", sa.BigInteger(), nullable=False),
        sa.Column("exception", sa.String(length=24), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("consigned", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        _number("counted_by_id", nullable=True),
        _number("second_by_id", nullable=True),
        sa.ForeignKeyConstraint(["count_id"], ["counts.id"], name=op.f("fk_count_results_count_id")),
        sa.ForeignKeyConstraint(["counted_by_id"], ["staff.id"], name=op.f("fk_count_results_counted_by_id")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_count_results_item_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_count_results_location_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_count_results_product_id")),
        sa.ForeignKeyConstraint(["second_by_id"], ["staff.id"], name=op.f("fk_count_results_second_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_results")),
    )
    op.create_index("ix_count_results_count", "count_results", ["count_id"], unique=False)
    op.create_index("ix_count_results_item", "count_results", ["item_id"], unique=False)
    op.create_index("ix_count_results_shelf", "count_results", ["location_id", "product_id"], unique=False)


def _guard(table: str) -> None:
    """What is written once stays, whoever writes."""
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
    for table in TABLES:  # their indexes and triggers go with them
        op.drop_table(table)
