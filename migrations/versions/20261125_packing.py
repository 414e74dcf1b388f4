"""Packing: recipes of packs and kits in versions, labels checked, kits and what is in them.

Why: a pack is made by its recipe, a kit by its list, and what was sealed can be told whatever comes of it.
Locks: nothing, all tables are new.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_packing"
down_revision = "20261125_counting"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def _foreign(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "pack_recipes",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("product_id", BIG, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.Column("set_by_id", BIG, nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_pack_recipes_not_negative")),
        _foreign("pack_recipes", "product_id", "products"),
        _foreign("pack_recipes", "set_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_recipes")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_pack_recipes_code_version")),
    )
    op.create_index(op.f("ix_pack_recipes_product_id"), "pack_recipes", ["product_id"], unique=False)
    op.create_table(
        "label_checks",
        sa.Column("id", BIG, nullable=False),
        sa.Column("item_id", BIG, nullable=False),
        sa.Column("checked_at", INSTANT, nullable=False),
        sa.Column("checked_by_id", BIG, nullable=False),
        _foreign("label_checks", "item_id", "items"),
        _foreign("label_checks", "checked_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_checks")),
        sa.UniqueConstraint("item_id", name=op.f("uq_label_checks_item_id")),
    )
    op.create_table(
        "kit_recipes",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.Column("set_by_id", BIG, nullable=False),
        _foreign("kit_recipes", "set_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_recipes")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_kit_recipes_code_version")),
    )
    op.create_table(
        "kit_recipe_lines",
        sa.Column("id", BIG, nullable=False),
        sa.Column("recipe_id", BIG, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("product_id", BIG, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_kit_recipe_lines_holds_something")),
        _foreign("kit_recipe_lines", "recipe_id", "kit_recipes"),
        _foreign("kit_recipe_lines", "product_id", "products"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_recipe_lines")),
        sa.UniqueConstraint("recipe_id", "line", name=op.f("uq_kit_recipe_lines_recipe_id_line")),
    )
    _kits()


def _kits() -> None:
    op.create_table(
        "kits",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("recipe_id", BIG, nullable=False),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("made_by_id", BIG, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("ended_by_id", BIG, nullable=True),
        _foreign("kits", "recipe_id", "kit_recipes"),
        _foreign("kits", "made_by_id", "staff"),
        _foreign("kits", "ended_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kits")),
        sa.UniqueConstraint("code", name=op.f("uq_kits_code")),
        sa.UniqueConstraint("request_key", name=op.f("uq_kits_request_key")),
    )
    op.create_table(
        "kit_items",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kit_id", BIG, nullable=False),
        sa.Column("item_id", BIG, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        _foreign("kit_items", "kit_id", "kits"),
        _foreign("kit_items", "item_id", "items"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_items")),
        sa.UniqueConstraint("kit_id", "item_id", name=op.f("uq_kit_items_kit_id_item_id")),
    )
    op.create_index(op.f("ix_kit_items_item_id"), "kit_items", ["item_id"], unique=False)


def downgrade() -> None:
    for table in ("kit_items", "kits", "kit_recipe_lines", "kit_recipes", "label_checks", "pack_recipes"):
        op.drop_table(table)
