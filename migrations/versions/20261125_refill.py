"""Fixed quantities: how many packs of a product a location holds, in versions.

Why: what is refilled is told by what a location should hold.
Locks: nothing worth naming, a new table.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_refill"
down_revision = "20261125_catalogue"
branch_labels = None
depends_on = None


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "fixed_quantities",
        _number("id"),
        _number("location_id"),
        _number("product_id"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("pack_quantity", sa.BigInteger(), nullable=False),
        sa.Column("lower", sa.Integer(), nullable=False),
        sa.Column("upper", sa.Integer(), nullable=False),
        sa.Column("valid_from_at", sa.DateTime(timezone=True), nullable=False),
        _number("set_by_id"),
        _number("approved_by_id", nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_fixed_quantities_location_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_fixed_quantities_product_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["staff.id"], name=op.f("fk_fixed_quantities_set_by_id")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["staff.id"], name=op.f("fk_fixed_quantities_approved_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fixed_quantities")),
        sa.UniqueConstraint(
            "location_id",
            "product_id",
            "version",
            name=op.f("uq_fixed_quantities_location_id_product_id_version"),
        ),
    )
    op.create_index(op.f("ix_fixed_quantities_product_id"), "fixed_quantities", ["product_id"])
    op.create_index("ix_fixed_quantities_request", "fixed_quantities", ["request_key"])
    _guard("fixed_quantities")


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
    op.drop_table("fixed_quantities")
