"""Catalogue: changes of products, whose price it is, volume commitments, admission of new products.

Why: what was changed in the catalogue can be told; what may be ordered is decided by two people.
Locks: prices and product_changes for the moment columns are added (constant or no default: no rewrite).
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_catalogue"
down_revision = "20261125_groundwork"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("prices", sa.Column("agreement", sa.String(length=80), nullable=False, server_default=""))
    op.add_column("prices", sa.Column("set_at", INSTANT, nullable=True))
    with op.batch_alter_table("prices") as prices:
        prices.add_column(sa.Column("set_by_id", BIG, nullable=True))
        prices.create_foreign_key(op.f("fk_prices_set_by_id"), "staff", ["set_by_id"], ["id"])
    op.create_table(
        "product_changes",
        sa.Column("id", BIG, nullable=False),
        sa.Column("product_id", BIG, nullable=False),
        sa.Column("attribute", sa.String(length=24), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_changes_product_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_product_changes_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_changes")),
    )
    op.create_index(op.f("ix_product_changes_product_id"), "product_changes", ["product_id"], unique=False)
    op.create_table(
        "commitments",
        sa.Column("id", BIG, nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("product_id", BIG, nullable=False),
        sa.Column("supplier_id", BIG, nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.Column("set_by_id", BIG, nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_commitments_promises_something")),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_commitments_lasts")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_commitments_product_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["parties.id"], name=op.f("fk_commitments_supplier_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["staff.id"], name=op.f("fk_commitments_set_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitments")),
        sa.UniqueConstraint("number", "product_id", name=op.f("uq_commitments_number_product_id")),
    )
    _admissions()


def _admissions() -> None:
    op.create_table(
        "admissions",
        sa.Column("id", BIG, nullable=False),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("department_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("specification", sa.String(length=200), nullable=False),
        sa.Column("manufacturer", sa.String(length=200), nullable=False),
        sa.Column("supplier", sa.String(length=200), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("substitutes", sa.String(length=400), nullable=False),
        sa.Column("expected_monthly", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.String(length=24), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("asked_by_id", BIG, nullable=False),
        sa.Column("product_id", BIG, nullable=True),
        sa.Column("assessment", sa.Text(), nullable=False),
        sa.Column("assessed_at", INSTANT, nullable=True),
        sa.Column("assessed_by_id", BIG, nullable=True),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decided_by_id", BIG, nullable=True),
        *(
            sa.ForeignKeyConstraint([f"{column}_id"], [f"{table}.id"], name=op.f(f"fk_admissions_{column}_id"))
            for column, table in (
                ("department", "departments"),
                ("asked_by", "staff"),
                ("product", "products"),
                ("assessed_by", "staff"),
                ("decided_by", "staff"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admissions")),
        sa.UniqueConstraint("request_key", name=op.f("uq_admissions_request_key")),
    )
    op.create_index(op.f("ix_admissions_department_id"), "admissions", ["department_id"], unique=False)


def downgrade() -> None:
    for table in ("admissions", "commitments", "product_changes"):
        op.drop_table(table)
    with op.batch_alter_table("prices") as prices:
        prices.drop_constraint(op.f("fk_prices_set_by_id"), type_="foreignkey")
        prices.drop_column("set_by_id")
    op.drop_column("prices", "set_at")
    op.drop_column("prices", "agreement")
