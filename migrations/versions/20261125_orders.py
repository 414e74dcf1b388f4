"""Orders, agreements on how products are ordered, cases of delivery notes, what notes said before they were amended.

Why: what was asked of a supplier, who asked and who allowed it, and what of it was announced and came.
Locks: deliveries and delivery_lines for the moment their columns are added; delivery_lines again while each line's
largest quantity is set to what it states (one statement).
Wards may be working: yes; nobody should be receiving.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_orders"
down_revision = "20261125_refill"
branch_labels = None
depends_on = None


APPEND_ONLY = ("order_lines", "order_steps", "order_answers", "delivery_versions")


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "agreements",
        _number("id"),
        _number("supplier_id"),
        _number("product_id"),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("valid_from_on", sa.Date(), nullable=False),
        sa.Column("valid_to_on", sa.Date(), nullable=True),
        sa.Column("lead_days", sa.Integer(), nullable=True),
        sa.Column("min_order_quantity", sa.BigInteger(), nullable=False),
        sa.Column("order_multiple", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("lead_days >= 0", name=op.f("ck_agreements_not_before")),
        sa.CheckConstraint("min_order_quantity > 0", name=op.f("ck_agreements_orders_something")),
        sa.CheckConstraint("order_multiple > 0", name=op.f("ck_agreements_packs_something")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_agreements_product_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["parties.id"], name=op.f("fk_agreements_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
        sa.UniqueConstraint(
            "supplier_id",
            "product_id",
            "valid_from_on",
            name=op.f("uq_agreements_supplier_id_product_id_valid_from_on"),
        ),
    )
    op.create_index(op.f("ix_agreements_product_id"), "agreements", ["product_id"], unique=False)
    op.create_table(
        "delivery_versions",
        _number("id"),
        _number("delivery_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("amended_at", sa.DateTime(timezone=True), nullable=False),
        _number("amended_by_id"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_delivery_versions_delivery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_versions")),
        sa.UniqueConstraint("delivery_id", "version", name=op.f("uq_delivery_versions_delivery_id_version")),
        sa.UniqueConstraint("request_key", name=op.f("uq_delivery_versions_request_key")),
    )
    op.create_table(
        "orders",
        _number("id"),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        _number("supplier_id"),
        _number("location_id"),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=24), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        _number("placed_by_id"),
        sa.Column("wanted_on", sa.Date(), nullable=True),
        sa.Column("over_percent", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.CheckConstraint("over_percent BETWEEN 0 AND 100", name=op.f("ck_orders_over_is_bounded")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_orders_location_id")),
        sa.ForeignKeyConstraint(["placed_by_id"], ["staff.id"], name=op.f("fk_orders_placed_by_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["parties.id"], name=op.f("fk_orders_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("code", name=op.f("uq_orders_code")),
        sa.UniqueConstraint("label", name=op.f("uq_orders_label")),
    )
    op.create_index(op.f("ix_orders_state"), "orders", ["state"], unique=False)
    op.create_index(op.f("ix_orders_supplier_id"), "orders", ["supplier_id"], unique=False)
    op.create_table(
        "delivery_packages",
        _number("id"),
        _number("delivery_id"),
        sa.Column("sscc", sa.String(length=80), nullable=True),
        _number("parent_id", nullable=True),
        _number("delivery_line_id", nullable=True),
        sa.Column("di", sa.String(length=80), nullable=False),
        sa.Column("lot", sa.String(length=80), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("produced_on", sa.Date(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("serials", sa.Text(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_delivery_packages_not_negative")),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_delivery_packages_delivery_id")),
        sa.ForeignKeyConstraint(
            ["delivery_line_id"], ["delivery_lines.id"], name=op.f("fk_delivery_packages_delivery_line_id")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["delivery_packages.id"], name=op.f("fk_delivery_packages_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_packages")),
        sa.UniqueConstraint("delivery_id", "sscc", name=op.f("uq_delivery_packages_delivery_id_sscc")),
    )
    op.create_index(op.f("ix_delivery_packages_parent_id"), "delivery_packages", ["parent_id"], unique=False)
    op.create_index(op.f("ix_delivery_packages_sscc"), "delivery_packages", ["sscc"], unique=False)
    op.create_table(
        "order_lines",
        _number("id"),
        _number("order_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        _number("product_id"),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("order_multiple", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("settlement_mode", sa.String(length=24), nullable=False),
        sa.Column("wanted_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_lines_asks_something")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_order_lines_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_lines")),
        sa.UniqueConstraint("order_id", "version", "line", name=op.f("uq_order_lines_order_id_version_line")),
    )
    op.create_index(op.f("ix_order_lines_product_id"), "order_lines", ["product_id"], unique=False)
    op.create_table(
        "order_steps",
        _number("id"),
        _number("order_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=24), nullable=False),
        sa.Column("state_after", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        _number("staff_id"),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_steps_order_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_order_steps_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_steps")),
        sa.UniqueConstraint("request_key", "order_id", "step", name=op.f("uq_order_steps_request_key_order_id_step")),
    )
    op.create_index(op.f("ix_order_steps_order_id"), "order_steps", ["order_id"], unique=False)
    op.create_table(
        "order_answers",
        _number("id"),
        _number("step_id"),
        _number("order_line_id"),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_order_answers_not_negative")),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_lines.id"], name=op.f("fk_order_answers_order_line_id")),
        sa.ForeignKeyConstraint(["step_id"], ["order_steps.id"], name=op.f("fk_order_answers_step_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_answers")),
    )
    op.create_index(op.f("ix_order_answers_order_line_id"), "order_answers", ["order_line_id"], unique=False)
    op.create_index(op.f("ix_order_answers_step_id"), "order_answers", ["step_id"], unique=False)
    op.add_column("deliveries", _number("announced_by_id", nullable=True))
    op.add_column("deliveries", sa.Column("slip_number", sa.String(length=80), nullable=False, server_default=""))
    op.add_column("deliveries", sa.Column("invoice_numbers", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("deliveries", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("delivery_lines", sa.Column("produced_on", sa.Date(), nullable=True))
    op.add_column("delivery_lines", _number("order_line_id", nullable=True))
    op.add_column("delivery_lines", sa.Column("largest_quantity", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("UPDATE delivery_lines SET largest_quantity = quantity")
    op.create_index(op.f("ix_delivery_lines_order_line_id"), "delivery_lines", ["order_line_id"], unique=False)
    _guard()


def _guard() -> None:
    """What is written once is never changed, in the database itself."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in APPEND_ONLY:
        if postgresql:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION spd_refuse_change()"
            )
        else:
            for event in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )


def downgrade() -> None:
    op.drop_index(op.f("ix_delivery_lines_order_line_id"), table_name="delivery_lines")
    op.drop_column("delivery_lines", "largest_quantity")
    op.drop_column("delivery_lines", "order_line_id")
    op.drop_column("delivery_lines", "produced_on")
    op.drop_column("deliveries", "version")
    op.drop_column("deliveries", "invoice_numbers")
    op.drop_column("deliveries", "slip_number")
    op.drop_column("deliveries", "announced_by_id")
    op.drop_index(op.f("ix_order_answers_step_id"), table_name="order_answers")
    op.drop_index(op.f("ix_order_answers_order_line_id"), table_name="order_answers")
    op.drop_table("order_answers")
    op.drop_index(op.f("ix_order_steps_order_id"), table_name="order_steps")
    op.drop_table("order_steps")
    op.drop_index(op.f("ix_order_lines_product_id"), table_name="order_lines")
    op.drop_table("order_lines")
    op.drop_index(op.f("ix_delivery_packages_sscc"), table_name="delivery_packages")
    op.drop_index(op.f("ix_delivery_packages_parent_id"), table_name="delivery_packages")
    op.drop_table("delivery_packages")
    op.drop_index(op.f("ix_orders_supplier_id"), table_name="orders")
    op.drop_index(op.f("ix_orders_state"), table_name="orders")
    op.drop_table("orders")
    op.drop_table("delivery_versions")
    op.drop_index(op.f("ix_agreements_product_id"), table_name="agreements")
    op.drop_table("agreements")
